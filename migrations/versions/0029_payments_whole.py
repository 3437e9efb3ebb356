"""Odd payments, refunds that are paid another way, complaints, stored value."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0029_payments_whole"
down_revision = "0028_plans"
branch_labels = None
depends_on = None

POLICIES: dict[str, dict[str, str]] = {
    "pay_anomaly": {},
    "pay_other_way": {},
    "complaint_complaint": {"merchant": "merchant_id", "customer": "customer_id"},
    "wallet_offer": {"merchant": "merchant_id"},
    "wallet_top_up": {"merchant": "merchant_id", "customer": "customer_id"},
}

# What reached its customer, by the channel or another way, does not change any more.
REFUND_FIXED = """
CREATE OR REPLACE FUNCTION pay_refund_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.number, NEW.payment_id, NEW.amount, NEW.merchant_id, NEW.customer_id)
        IS DISTINCT FROM (OLD.number, OLD.payment_id, OLD.amount, OLD.merchant_id, OLD.customer_id) THEN
        RAISE EXCEPTION 'refund %: number, payment, amount, and parties are fixed', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status IN (FINAL) AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'refund % has reached its customer', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Two tables of payments, one of complaints, two of stored value."""
    op.execute("CREATE SEQUENCE complaint_number")
    op.execute("CREATE SEQUENCE wallet_top_up_number")
    op.execute(REFUND_FIXED.replace("FINAL", "'succeeded', 'elsewhere'"))
    _anomalies()
    _other_ways()
    op.add_column("after_refund_case", sa.Column("from_merchant", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("after_refund_case", "from_merchant", server_default=None)
    _complaints()
    for table in ("pay_payment", "pay_refund"):
        op.add_column(table, sa.Column("principal", sa.BigInteger(), nullable=False, server_default="0"))
    _wallet()
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):
            op.execute(statement)


def _anomalies() -> None:
    op.create_table(
        "pay_anomaly",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.Column("done", sa.String(12), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("notice_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(200), nullable=False),
        sa.Column("settled_by", sa.String(80), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("times > 0", name=op.f("ck_pay_anomaly_times")),
        *(
            sa.ForeignKeyConstraint([f"{name}_id"], [f"pay_{name}.id"], name=op.f(f"fk_pay_anomaly_{name}_id_pay_{name}"))
            for name in ("payment", "refund", "notice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_anomaly")),
        sa.UniqueConstraint("key", name=op.f("uq_pay_anomaly_key")),
    )
    op.create_index("ix_pay_anomaly_open", "pay_anomaly", ["status", "id"], postgresql_where=sa.text("status = 'open'"))
    op.create_index("ix_pay_anomaly_kind", "pay_anomaly", ["kind", "id"])
    for name in ("subject", "refund_id", "notice_id"):
        op.create_index(op.f(f"ix_pay_anomaly_{name}"), "pay_anomaly", [name])


def _other_ways() -> None:
    op.create_table(
        "pay_other_way",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.String(40), nullable=False),
        sa.Column("account_tail", sa.String(4), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        *_proposal(),
        *_dated(),
        *_proposal_checks("pay_other_way"),
        sa.CheckConstraint("amount > 0", name=op.f("ck_pay_other_way_amount")),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'paid', 'dropped') OR approved_by IS NOT NULL", name=op.f("ck_pay_other_way_approved_first")
        ),
        sa.CheckConstraint("status <> 'paid' OR (reference <> '' AND paid_at IS NOT NULL)", name=op.f("ck_pay_other_way_paid_with_proof")),
        sa.ForeignKeyConstraint(["refund_id"], ["pay_refund.id"], name=op.f("fk_pay_other_way_refund_id_pay_refund")),
        _customer("pay_other_way"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_other_way")),
    )
    op.create_index(
        "uq_pay_other_way_underway", "pay_other_way", ["refund_id"], unique=True, postgresql_where=sa.text("status IN ('draft', 'approved', 'paid')")
    )


def _complaints() -> None:
    op.create_table(
        "complaint_complaint",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(24), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(12), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.Column("pictures", postgresql.JSONB(), nullable=False),
        sa.Column("wish", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(200), nullable=False),
        sa.Column("ruling", sa.String(200), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("bearer", sa.String(8), nullable=False),
        sa.Column("merchant_ppm", sa.Integer(), nullable=False),
        sa.Column("borne", sa.BigInteger(), nullable=False),
        sa.Column("ruled_by", sa.String(80), nullable=True),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("wish > 0 AND granted >= 0 AND held >= 0 AND borne >= 0", name=op.f("ck_complaint_complaint_amounts")),
        sa.CheckConstraint("merchant_ppm BETWEEN 0 AND 1000000", name=op.f("ck_complaint_complaint_merchant_ppm")),
        sa.CheckConstraint("status <> 'upheld' OR (granted > 0 AND approved_by IS NOT NULL)", name=op.f("ck_complaint_complaint_upheld_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> ruled_by", name=op.f("ck_complaint_complaint_second_person")),
        sa.ForeignKeyConstraint(["order_id"], ["order_order.id"], name=op.f("fk_complaint_complaint_order_id_order_order")),
        sa.ForeignKeyConstraint(["case_id"], ["after_refund_case.id"], name=op.f("fk_complaint_complaint_case_id_after_refund_case")),
        _merchant("complaint_complaint"),
        _customer("complaint_complaint"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_complaint")),
        sa.UniqueConstraint("number", name=op.f("uq_complaint_complaint_number")),
    )
    live = sa.text("status IN ('open', 'answered', 'arbitrating', 'ruled')")
    op.create_index("uq_complaint_complaint_live", "complaint_complaint", ["order_id"], unique=True, postgresql_where=live)
    op.create_index("ix_complaint_complaint_merchant", "complaint_complaint", ["merchant_id", "status", "id"])
    op.create_index("ix_complaint_complaint_customer", "complaint_complaint", ["customer_id", "id"])
    op.create_index("ix_complaint_complaint_due", "complaint_complaint", ["answer_by"], postgresql_where=sa.text("status IN ('open', 'answered')"))


def _wallet() -> None:
    op.create_table(
        "wallet_offer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("gift", sa.BigInteger(), nullable=False),
        *_proposal(),
        *_dated(),
        *_proposal_checks("wallet_offer"),
        sa.CheckConstraint("amount > 0 AND gift BETWEEN 0 AND amount", name=op.f("ck_wallet_offer_amounts")),
        _merchant("wallet_offer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_offer")),
    )
    op.create_index("ix_wallet_offer_merchant", "wallet_offer", ["merchant_id", "status", "amount"])
    op.create_table(
        "wallet_top_up",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("gift", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("pay_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("amount > 0 AND gift >= 0 AND fee >= 0", name=op.f("ck_wallet_top_up_amounts")),
        sa.CheckConstraint("status <> 'paid' OR paid_at IS NOT NULL", name=op.f("ck_wallet_top_up_paid_when")),
        _merchant("wallet_top_up"),
        _customer("wallet_top_up"),
        sa.ForeignKeyConstraint(["offer_id"], ["wallet_offer.id"], name=op.f("fk_wallet_top_up_offer_id_wallet_offer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_top_up")),
        sa.UniqueConstraint("number", name=op.f("uq_wallet_top_up_number")),
    )
    op.create_index("ix_wallet_top_up_merchant", "wallet_top_up", ["merchant_id", "id"])
    op.create_index("ix_wallet_top_up_customer", "wallet_top_up", ["customer_id", "id"])


def _proposal() -> tuple[sa.Column, ...]:
    return (
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
    )


def _proposal_checks(table: str) -> tuple[sa.CheckConstraint, ...]:
    return (
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f(f"ck_{table}_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f(f"ck_{table}_second_person")),
    )


def _merchant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{table}_merchant_id_party_merchant"))


def _customer(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f(f"fk_{table}_customer_id_party_customer"))


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """The ledger keeps what was paid; what was odd about it is lost."""
    for table in ("pay_payment", "pay_refund"):
        op.drop_column(table, "principal")
    op.execute("DROP SEQUENCE wallet_top_up_number")
    for name in ("wallet_top_up", "wallet_offer", "complaint_complaint", "pay_other_way", "pay_anomaly"):
        op.drop_table(name)
    op.execute("DROP SEQUENCE complaint_number")
    op.drop_column("after_refund_case", "from_merchant")
    op.execute(REFUND_FIXED.replace("FINAL", "'succeeded'"))
