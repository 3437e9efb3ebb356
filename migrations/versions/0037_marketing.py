"""Coupons, the copies that customers hold, and what was taken off which order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0037_marketing"
down_revision = "0036_tx_base"
branch_labels = None
depends_on = None

POLICIES: dict[str, dict[str, object]] = {
    "marketing_coupon": {"merchant": "merchant_id"},
    "marketing_claim": {"merchant": "merchant_id", "customer": "customer_id"},
    "marketing_use": {"merchant": "merchant_id"},
}


def upgrade() -> None:
    """Three tables."""
    for make in (_coupons, _claims, _uses):
        make()
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):  # type: ignore[arg-type]
            op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(POLICIES):
        op.drop_table(table)


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def _coupons() -> None:
    name = "marketing_coupon"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("title", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("least", "off")),
        sa.Column("ppm", sa.Integer(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("products", postgresql.JSONB(), nullable=False),
        *(sa.Column(column, sa.Boolean(), nullable=False) for column in ("newcomers_only", "automatic")),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("per_customer", sa.Integer(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        *(sa.Column(column, sa.DateTime(timezone=True), nullable=False) for column in ("begins_at", "ends_at")),
        *(sa.Column(column, sa.Integer(), nullable=False) for column in ("valid_days", "claimed")),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f(f"ck_{name}_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by OR merchant_id IS NOT NULL", name=op.f(f"ck_{name}_second_person")),
        sa.CheckConstraint("kind IN ('amount', 'percent')", name=op.f(f"ck_{name}_kind")),
        sa.CheckConstraint(
            "CASE kind WHEN 'amount' THEN off > 0 AND ppm = 0 ELSE ppm BETWEEN 1 AND 1000000 AND off = 0 END", name=op.f(f"ck_{name}_one_rule"),
        ),
        sa.CheckConstraint("least >= 0 AND most >= 0 AND off >= 0", name=op.f(f"ck_{name}_amounts")),
        sa.CheckConstraint("given >= 0 AND (budget IS NULL OR given <= budget)", name=op.f(f"ck_{name}_within_budget")),
        sa.CheckConstraint("claimed >= 0 AND (quantity IS NULL OR claimed <= quantity)", name=op.f(f"ck_{name}_within_quantity")),
        sa.CheckConstraint("merchant_id IS NOT NULL OR budget IS NOT NULL", name=op.f(f"ck_{name}_platform_has_budget")),
        sa.CheckConstraint("begins_at < ends_at", name=op.f(f"ck_{name}_period")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
    op.create_index(f"ix_{name}_offers", name, ["trade", "merchant_id"], postgresql_where=sa.text("status = 'approved'"))


def _claims() -> None:
    name = "marketing_claim"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        *(sa.Column(column, sa.DateTime(timezone=True), nullable=False) for column in ("claimed_at", "expires_at")),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        *_dated(),
        sa.CheckConstraint("status <> 'used' OR order_id IS NOT NULL", name=op.f(f"ck_{name}_used_by_order")),
        sa.ForeignKeyConstraint(["coupon_id"], ["marketing_coupon.id"], name=op.f(f"fk_{name}_coupon_id_marketing_coupon")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f(f"fk_{name}_customer_id_party_customer")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["order_id"], ["order_order.id"], name=op.f(f"fk_{name}_order_id_order_order")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in ("merchant_id", "order_id"):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
    op.create_index(f"ix_{name}_customer", name, ["customer_id", "status", "id"])
    op.create_index(f"ix_{name}_coupon", name, ["coupon_id", "id"])
    op.create_index(f"ix_{name}_expiring", name, ["expires_at"], postgresql_where=sa.text("status = 'held'"))


def _uses() -> None:
    name = "marketing_use"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(24, "C"), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("merchant_id", "customer_id")),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f(f"ck_{name}_amount")),
        sa.CheckConstraint("side IN ('merchant', 'platform')", name=op.f(f"ck_{name}_side")),
        sa.ForeignKeyConstraint(["claim_id"], ["marketing_claim.id"], name=op.f(f"fk_{name}_claim_id_marketing_claim")),
        sa.ForeignKeyConstraint(["coupon_id"], ["marketing_coupon.id"], name=op.f(f"fk_{name}_coupon_id_marketing_coupon")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f(f"fk_{name}_customer_id_party_customer")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["order_id"], ["order_order.id"], name=op.f(f"fk_{name}_order_id_order_order")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_customer_id"), name, ["customer_id"])
    op.create_index(f"ix_{name}_order", name, ["order_id", "coupon_id"], unique=True)
    op.create_index(f"ix_{name}_coupon", name, ["coupon_id", "id"])
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "id"])
