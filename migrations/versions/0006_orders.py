"""Price list, orders, refund cases, stored API answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0006_orders"
down_revision = "0005_payments"
branch_labels = None
depends_on = None


POLICIES = {
    "fee_rule": {"open_to": ("merchant", "customer", "public")},
    "fee_rule_version": {},
    "fee_line": {"merchant": "merchant_id"},
    "order_order": {"merchant": "merchant_id", "customer": "customer_id"},
    "order_line": {"merchant": "merchant_id", "customer": "customer_id"},
    "after_refund_case": {"merchant": "merchant_id", "customer": "customer_id"},
    "api_stored_answer": {},
}


def upgrade() -> None:
    op.execute("CREATE SEQUENCE order_number")
    op.execute("CREATE SEQUENCE after_refund_number")
    op.create_table(
        "fee_rule",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("item", sa.String(length=8), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_rule")),
        sa.UniqueConstraint("trade", "kind", name=op.f("uq_fee_rule_trade_kind")),
    )
    op.create_table(
        "fee_rule_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("base", sa.String(length=24), nullable=False),
        sa.Column("ppm", sa.Integer(), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("least_fen", sa.BigInteger(), nullable=True),
        sa.Column("most_fen", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("rule_id"), "="),
            (sa.text("coalesce(merchant_id, 0)"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("status = 'approved'"),
            deferrable="True",
            initially="DEFERRED",
            using="gist",
            name="one_version_at_a_time",
        ),
        sa.CheckConstraint(
            "base IN ('list', 'after_merchant_coupon', 'after_all_coupons')", name=op.f("ck_fee_rule_version_base")
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR approved_by IS NOT NULL", name=op.f("ck_fee_rule_version_approved_by_somebody")
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_fee_rule_version_second_person")
        ),
        sa.CheckConstraint("ppm BETWEEN 0 AND 1000000 AND fen >= 0", name=op.f("ck_fee_rule_version_rate")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_fee_rule_version_merchant_id_party_merchant")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["fee_rule.id"], name=op.f("fk_fee_rule_version_rule_id_fee_rule")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_rule_version")),
        sa.UniqueConstraint("rule_id", "number", name=op.f("uq_fee_rule_version_rule_id_number")),
    )
    op.create_index("ix_fee_rule_version_valid", "fee_rule_version", ["rule_id", "status"], unique=False)
    op.create_table(
        "order_order",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("trade", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_name", sa.String(length=60), nullable=False),
        sa.Column("goods", sa.BigInteger(), nullable=False),
        sa.Column("delivery", sa.BigInteger(), nullable=False),
        sa.Column("packing", sa.BigInteger(), nullable=False),
        sa.Column("merchant_discount", sa.BigInteger(), nullable=False),
        sa.Column("platform_discount", sa.BigInteger(), nullable=False),
        sa.Column("payable", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("commission", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pay_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "goods >= 0 AND delivery >= 0 AND packing >= 0 AND merchant_discount >= 0 AND platform_discount >= 0 AND payable = goods + delivery + packing - merchant_discount - platform_discount AND payable >= 0",
            name=op.f("ck_order_order_amounts_add_up"),
        ),
        sa.CheckConstraint(
            "paid IN (0, payable) AND refunded BETWEEN 0 AND paid", name=op.f("ck_order_order_refunded_within_paid")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["party_customer.id"], name=op.f("fk_order_order_customer_id_party_customer")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_order_order_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_order")),
        sa.UniqueConstraint("number", name=op.f("uq_order_order_number")),
    )
    op.create_index("ix_order_order_customer", "order_order", ["customer_id", "id"], unique=False)
    op.create_index("ix_order_order_merchant", "order_order", ["merchant_id", "id"], unique=False)
    op.create_index("ix_order_order_merchant_placed", "order_order", ["merchant_id", "placed_at"], unique=False)
    op.create_index("ix_order_order_open", "order_order", ["trade", "status", "placed_at"], unique=False)
    op.create_table(
        "after_refund_case",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(length=24), nullable=False),
        sa.Column("trade", sa.String(length=20), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("amounts", postgresql.JSONB(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.String(length=12), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_after_refund_case_amount")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order_order.id"], name=op.f("fk_after_refund_case_order_id_order_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_after_refund_case")),
        sa.UniqueConstraint("number", name=op.f("uq_after_refund_case_number")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_after_refund_case_refund_id")),
    )
    op.create_index("ix_after_refund_case_customer", "after_refund_case", ["customer_id", "id"], unique=False)
    op.create_index("ix_after_refund_case_merchant", "after_refund_case", ["merchant_id", "status", "id"], unique=False)
    op.create_index(op.f("ix_after_refund_case_order_id"), "after_refund_case", ["order_id"], unique=False)
    op.create_table(
        "fee_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("rule_version_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_label", sa.String(length=100), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("ppm", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.String(length=16), nullable=False),
        sa.Column("payee", sa.String(length=16), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("returned BETWEEN 0 AND amount", name=op.f("ck_fee_line_returned_within_amount")),
        sa.ForeignKeyConstraint(
            ["rule_version_id"], ["fee_rule_version.id"], name=op.f("fk_fee_line_rule_version_id_fee_rule_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_line")),
    )
    op.create_index("ix_fee_line_merchant", "fee_line", ["merchant_id", "id"], unique=False)
    op.create_index("ix_fee_line_order", "fee_line", ["order_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("spec", sa.String(length=200), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payable", sa.BigInteger(), nullable=False),
        sa.Column("subsidy", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_returned", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND amount = price * quantity AND payable >= 0 AND subsidy >= 0 AND payable + subsidy <= amount",
            name=op.f("ck_order_line_amounts"),
        ),
        sa.CheckConstraint(
            "refunded BETWEEN 0 AND payable AND subsidy_returned BETWEEN 0 AND subsidy",
            name=op.f("ck_order_line_refunded_within"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order_order.id"], name=op.f("fk_order_line_order_id_order_order"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order_id", "seq", name=op.f("uq_order_line_order_id_seq")),
    )
    op.create_index(op.f("ix_order_line_subject_id"), "order_line", ["subject_id"], unique=False)
    op.create_table(
        "api_stored_answer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_stored_answer")),
        sa.UniqueConstraint("caller", "key", name=op.f("uq_api_stored_answer_caller_key")),
    )
    op.create_index(op.f("ix_api_stored_answer_at"), "api_stored_answer", ["at"], unique=False)
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):
            op.execute(statement)



def downgrade() -> None:
    op.drop_table("api_stored_answer")
    op.drop_index(op.f("ix_order_line_subject_id"), table_name="order_line")
    op.drop_table("order_line")
    op.drop_index("ix_fee_line_order", table_name="fee_line")
    op.drop_index("ix_fee_line_merchant", table_name="fee_line")
    op.drop_table("fee_line")
    op.drop_index(op.f("ix_after_refund_case_order_id"), table_name="after_refund_case")
    op.drop_index("ix_after_refund_case_merchant", table_name="after_refund_case")
    op.drop_index("ix_after_refund_case_customer", table_name="after_refund_case")
    op.drop_table("after_refund_case")
    op.drop_index("ix_order_order_open", table_name="order_order")
    op.drop_index("ix_order_order_merchant_placed", table_name="order_order")
    op.drop_index("ix_order_order_merchant", table_name="order_order")
    op.drop_index("ix_order_order_customer", table_name="order_order")
    op.drop_table("order_order")
    op.drop_index("ix_fee_rule_version_valid", table_name="fee_rule_version")
    op.drop_table("fee_rule_version")
    op.drop_table("fee_rule")
    op.execute("DROP SEQUENCE order_number")
    op.execute("DROP SEQUENCE after_refund_number")
