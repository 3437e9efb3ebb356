"""Limited-time deals, groups that buy together, and what orders took of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.framework.access import policy_statements

revision = "0070_deals"
down_revision = "0061_redemption"
branch_labels = None
depends_on = None

POLICIES: dict[str, dict[str, object]] = {
    "marketing_deal": {"merchant": "merchant_id"},
    "marketing_group": {"merchant": "merchant_id"},
    "marketing_grab": {"merchant": "merchant_id", "customer": "customer_id"},
}


def upgrade() -> None:
    """The tables and whose rows they hold."""
    for make in (_deals, _groups, _grabs):
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


def _deals() -> None:
    name = "marketing_deal"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("list_price", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("per_customer", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("fill_hours", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f(f"ck_{name}_approved_by_somebody")),
        sa.CheckConstraint("price > 0 AND price < list_price", name=op.f(f"ck_{name}_cheaper")),
        sa.CheckConstraint(
            "CASE kind WHEN 'group' THEN size BETWEEN 2 AND 100 AND fill_hours BETWEEN 1 AND 72 ELSE size = 0 AND fill_hours = 0 END",
            name=op.f(f"ck_{name}_group"),
        ),
        sa.CheckConstraint("kind IN ('seckill', 'group')", name=op.f(f"ck_{name}_kind")),
        sa.CheckConstraint("per_customer BETWEEN 1 AND units", name=op.f(f"ck_{name}_per_customer")),
        sa.CheckConstraint("begins_at < ends_at", name=op.f(f"ck_{name}_period")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by OR merchant_id IS NOT NULL", name=op.f(f"ck_{name}_second_person")),
        sa.CheckConstraint("taken BETWEEN 0 AND units AND units > 0", name=op.f(f"ck_{name}_within_units")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
    op.create_index(f"ix_{name}_subject", name, ["trade", "subject_id"], postgresql_where=sa.text("status = 'approved'"))


def _groups() -> None:
    name = "marketing_group"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(12, "C"), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("status <> 'full' OR (paid = size AND filled_at IS NOT NULL)", name=op.f(f"ck_{name}_full")),
        sa.CheckConstraint("0 <= paid AND paid <= seats AND seats <= size", name=op.f(f"ck_{name}_seats")),
        sa.ForeignKeyConstraint(["deal_id"], ["marketing_deal.id"], name=op.f(f"fk_{name}_deal_id_marketing_deal")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["opened_by"], ["party_customer.id"], name=op.f(f"fk_{name}_opened_by_party_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("code", name=op.f(f"uq_{name}_code")),
    )
    op.create_index(f"ix_{name}_closing", name, ["closes_at"], postgresql_where=sa.text("status = 'open'"))
    op.create_index(f"ix_{name}_deal", name, ["deal_id", "id"])
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
    op.create_index(op.f(f"ix_{name}_opened_by"), name, ["opened_by"])


def _grabs() -> None:
    name = "marketing_grab"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(24, "C"), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("status <> 'paid' OR paid_at IS NOT NULL", name=op.f(f"ck_{name}_paid")),
        sa.CheckConstraint("quantity > 0", name=op.f(f"ck_{name}_quantity")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f(f"fk_{name}_customer_id_party_customer")),
        sa.ForeignKeyConstraint(["deal_id"], ["marketing_deal.id"], name=op.f(f"fk_{name}_deal_id_marketing_deal")),
        sa.ForeignKeyConstraint(["group_id"], ["marketing_group.id"], name=op.f(f"fk_{name}_group_id_marketing_group")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["order_id"], ["order_order.id"], name=op.f(f"fk_{name}_order_id_order_order")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("order_id", name=op.f(f"uq_{name}_order_id")),
    )
    op.create_index(f"ix_{name}_customer", name, ["customer_id", "deal_id"])
    op.create_index(f"ix_{name}_deal", name, ["deal_id", "id"])
    op.create_index(op.f(f"ix_{name}_group_id"), name, ["group_id"])
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
