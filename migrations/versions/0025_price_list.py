"""The price list of all trades: kinds of fees, rules with conditions in an order, methods with tiers, volumes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0025_price_list"
down_revision = "0024_scope_functions"
branch_labels = None
depends_on = None

METHODS = "'ppm', 'per_unit', 'per_order', 'amount_tiers', 'volume_tiers', 'per_period'"
BASES = (
    "'list', 'after_merchant_coupon', 'after_all_coupons', 'list_with_delivery', 'after_merchant_coupon_with_delivery', "
    "'after_all_coupons_with_delivery', 'delivery', 'amount'"
)
CONDITIONS = (
    "(from_minute IS NULL) = (to_minute IS NULL) AND from_minute BETWEEN 0 AND 1439 AND to_minute BETWEEN 1 AND 1440 AND from_minute < to_minute"
    " AND new_days > 0"
)


def upgrade() -> None:
    """Rules that exist keep their order and become what the others fall back to; frozen fees are commission, as they were."""
    _kinds()
    _rules()
    _versions()
    _charges()
    _proposals()
    op.add_column("order_order", sa.Column("kind", sa.String(16), nullable=False, server_default=""))
    op.execute("UPDATE order_order SET kind = dining_order.service FROM dining_order WHERE dining_order.id = order_order.id")
    op.alter_column("order_order", "kind", server_default=None)


def _kinds() -> None:
    op.create_table(
        "fee_kind",
        sa.Column("id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in (
            ("trade", 20), ("kind", 40), ("title", 80), ("item", 8), ("method", 16), ("period", 8), ("about", 80), ("payer", 16), ("payee", 16),
            ("income", 16), ("tax_class", 16),
        )),
        sa.Column("least_ppm", sa.Integer(), nullable=True),
        sa.Column("most_ppm", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_kind")),
        sa.UniqueConstraint("trade", "kind", name=op.f("uq_fee_kind_trade_kind")),
    )
    op.execute(
        "INSERT INTO fee_kind (id, trade, kind, title, item, method, period, about, payer, payee, income, tax_class, created_at, updated_at, version)"
        " SELECT id, trade, kind, title, item, 'ppm', '', '', 'merchant', 'platform', 'commission', 'agency', created_at, updated_at, 1 FROM fee_rule"
    )
    op.execute("SELECT setval('fee_kind_id_seq', (SELECT COALESCE(max(id), 0) + 1 FROM fee_kind), false)")
    for statement in policy_statements("fee_kind", open_to=("merchant", "customer", "public")):
        op.execute(statement)


def _rules() -> None:
    op.drop_constraint("uq_fee_rule_trade_kind", "fee_rule")
    op.drop_column("fee_rule", "item")
    for name, length in (("category", 30), ("order_kind", 16)):
        op.add_column("fee_rule", sa.Column(name, sa.String(length), nullable=False, server_default=""))
        op.alter_column("fee_rule", name, server_default=None)
    for name in ("from_minute", "to_minute", "new_days"):
        op.add_column("fee_rule", sa.Column(name, sa.Integer(), nullable=True))
    op.execute("UPDATE fee_rule SET rank = 1000")
    op.create_check_constraint(op.f("ck_fee_rule_conditions"), "fee_rule", CONDITIONS)
    op.create_unique_constraint(op.f("uq_fee_rule_trade_kind_rank"), "fee_rule", ["trade", "kind", "rank"], deferrable=True, initially="DEFERRED")
    op.create_foreign_key("fk_fee_rule_kind", "fee_rule", "fee_kind", ["trade", "kind"], ["trade", "kind"])


def _versions() -> None:
    op.alter_column("fee_rule_version", "base", type_=sa.String(40))
    op.add_column("fee_rule_version", sa.Column("method", sa.String(16), nullable=False, server_default="ppm"))
    op.add_column("fee_rule_version", sa.Column("tiers", postgresql.JSONB(), nullable=False, server_default="[]"))
    op.add_column("fee_rule_version", sa.Column("marginal", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("method", "tiers", "marginal"):
        op.alter_column("fee_rule_version", name, server_default=None)
    op.drop_constraint(op.f("ck_fee_rule_version_base"), "fee_rule_version")
    for name, condition in (
        ("base", f"base IN ({BASES})"), ("method", f"method IN ({METHODS})"),
        ("tiers", "(method IN ('amount_tiers', 'volume_tiers')) = (jsonb_array_length(tiers) > 0)"),
        ("limits", "method NOT IN ('volume_tiers', 'per_period') OR (least_fen IS NULL AND most_fen IS NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_fee_rule_version_{name}"), "fee_rule_version", condition)


def _charges() -> None:
    op.add_column("fee_line", sa.Column("units", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("fee_line", sa.Column("volume", sa.BigInteger(), nullable=True))
    op.add_column("fee_line", sa.Column("income", sa.String(16), nullable=False, server_default="commission"))
    op.add_column("fee_line", sa.Column("tax_class", sa.String(16), nullable=False, server_default="agency"))
    for name in ("units", "income", "tax_class"):
        op.alter_column("fee_line", name, server_default=None)
    op.create_index("ix_fee_line_version", "fee_line", ["rule_version_id", "id"])
    op.create_index("ix_fee_line_volume", "fee_line", ["rule_version_id", "merchant_id"], postgresql_where=sa.text("volume IS NOT NULL"))
    op.create_table(
        "fee_volume",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("rule_version_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("volume >= 0", name=op.f("ck_fee_volume_volume")),
        sa.ForeignKeyConstraint(["rule_version_id"], ["fee_rule_version.id"], name=op.f("fk_fee_volume_rule_version_id_fee_rule_version")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_fee_volume_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_volume")),
        sa.UniqueConstraint("rule_version_id", "merchant_id", "month", name=op.f("uq_fee_volume_rule_version_id_merchant_id_month")),
    )
    for statement in policy_statements("fee_volume", merchant="merchant_id"):
        op.execute(statement)


def _proposals() -> None:
    op.create_table(
        "fee_ordering",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("cardinality(rule_ids) > 1", name=op.f("ck_fee_ordering_rules")),
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f("ck_fee_ordering_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_fee_ordering_second_person")),
        sa.ForeignKeyConstraint(["kind_id"], ["fee_kind.id"], name=op.f("fk_fee_ordering_kind_id_fee_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_ordering")),
    )
    op.create_index("ix_fee_ordering_kind", "fee_ordering", ["kind_id", "status"])
    for statement in policy_statements("fee_ordering"):
        op.execute(statement)
    op.create_table(
        "fee_adjustment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("rule_version_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("rule_label", sa.String(100), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("volume", "charged", "due", "amount")),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount = due - charged AND volume >= 0 AND charged >= 0 AND due >= 0", name=op.f("ck_fee_adjustment_amounts")),
        sa.CheckConstraint("(amount = 0) = (transaction_id IS NULL)", name=op.f("ck_fee_adjustment_posted")),
        sa.ForeignKeyConstraint(["rule_version_id"], ["fee_rule_version.id"], name=op.f("fk_fee_adjustment_rule_version_id_fee_rule_version")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_fee_adjustment_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_adjustment")),
        sa.UniqueConstraint("rule_version_id", "merchant_id", "month", name=op.f("uq_fee_adjustment_rule_version_id_merchant_id_month")),
    )
    op.create_index("ix_fee_adjustment_merchant", "fee_adjustment", ["merchant_id", "id"])
    for statement in policy_statements("fee_adjustment", merchant="merchant_id"):
        op.execute(statement)


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Only the rules that everybody falls back to are kept, with their versions that need no method."""
    op.drop_column("order_order", "kind")
    for table in ("fee_adjustment", "fee_ordering", "fee_volume"):
        op.drop_table(table)
    op.drop_index("ix_fee_line_volume", "fee_line")
    op.drop_index("ix_fee_line_version", "fee_line")
    for name in ("tax_class", "income", "volume", "units"):
        op.drop_column("fee_line", name)
    for name in ("limits", "tiers", "method", "base"):
        op.drop_constraint(op.f(f"ck_fee_rule_version_{name}"), "fee_rule_version")
    for name in ("marginal", "tiers", "method"):
        op.drop_column("fee_rule_version", name)
    op.create_check_constraint(
        op.f("ck_fee_rule_version_base"), "fee_rule_version", "base IN ('list', 'after_merchant_coupon', 'after_all_coupons')", postgresql_not_valid=True
    )
    op.drop_constraint("fk_fee_rule_kind", "fee_rule")
    op.drop_constraint(op.f("uq_fee_rule_trade_kind_rank"), "fee_rule")
    op.drop_constraint(op.f("ck_fee_rule_conditions"), "fee_rule")
    op.add_column("fee_rule", sa.Column("item", sa.String(8), nullable=False, server_default=""))
    op.execute("UPDATE fee_rule SET item = fee_kind.item FROM fee_kind WHERE fee_kind.trade = fee_rule.trade AND fee_kind.kind = fee_rule.kind")
    for name in ("new_days", "to_minute", "from_minute", "order_kind", "category"):
        op.drop_column("fee_rule", name)
    op.create_unique_constraint(op.f("uq_fee_rule_trade_kind"), "fee_rule", ["trade", "kind"])
    op.drop_table("fee_kind")
