"""Points: programmes, levels, members, lots, adjustments; payments and refunds say how many points they took or returned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.framework.access import policy_statements

revision = "0033_loyalty"
down_revision = "0032_accounts"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
POLICIES: dict[str, dict[str, str]] = {
    "loyalty_programme": {"merchant": "merchant_id"},
    "loyalty_level": {"merchant": "merchant_id"},
    "loyalty_member": {"merchant": "merchant_id", "customer": "customer_id"},
    "loyalty_lot": {"merchant": "merchant_id", "customer": "customer_id"},
    "loyalty_adjustment": {"merchant": "merchant_id"},
}


def upgrade() -> None:
    """Five tables, two columns."""
    for table in ("pay_payment", "pay_refund"):
        op.add_column(table, sa.Column("points", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "loyalty_programme",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(24), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("per_yuan", sa.Integer(), nullable=False),
        sa.Column("for_yuan", sa.Integer(), nullable=False),
        sa.Column("cap_ppm", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        *_dated(),
        sa.CheckConstraint("per_yuan BETWEEN 0 AND 1000 AND for_yuan BETWEEN 1 AND 100000", name=op.f("ck_loyalty_programme_rates")),
        sa.CheckConstraint("cap_ppm BETWEEN 0 AND 1000000 AND months BETWEEN 1 AND 60", name=op.f("ck_loyalty_programme_bounds")),
        _merchant("loyalty_programme"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_programme")),
        sa.UniqueConstraint("issuer", name=op.f("uq_loyalty_programme_issuer")),
    )
    op.create_table(
        "loyalty_level",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("discount_ppm", sa.Integer(), nullable=False),
        *_dated(),
        sa.CheckConstraint("threshold > 0 AND discount_ppm BETWEEN 0 AND 500000", name=op.f("ck_loyalty_level_bounds")),
        _merchant("loyalty_level"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_level")),
        sa.UniqueConstraint("merchant_id", "threshold", name=op.f("uq_loyalty_level_merchant_id_threshold")),
    )
    op.create_table(
        "loyalty_member",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(24), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("phone_masked", sa.String(20), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        *_dated(),
        sa.CheckConstraint("points >= 0", name=op.f("ck_loyalty_member_points")),
        _merchant("loyalty_member"),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f("fk_loyalty_member_customer_id_party_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_member")),
        sa.UniqueConstraint("issuer", "customer_id", name=op.f("uq_loyalty_member_issuer_customer_id")),
    )
    op.create_index("ix_loyalty_member_merchant", "loyalty_member", ["merchant_id", "id"])
    op.create_index("ix_loyalty_member_customer", "loyalty_member", ["customer_id", "id"])
    _lots()
    _adjustments()
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):
            op.execute(statement)


def _lots() -> None:
    op.create_table(
        "loyalty_lot",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(12), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("per_yuan", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("taken_back", sa.BigInteger(), nullable=False),
        sa.Column("came_at", MOMENT, nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        *_dated(),
        sa.CheckConstraint(
            "points > 0 AND remaining BETWEEN 0 AND points AND taken_back BETWEEN 0 AND points", name=op.f("ck_loyalty_lot_amounts")
        ),
        _member("loyalty_lot"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_lot")),
    )
    op.create_index("ix_loyalty_lot_live", "loyalty_lot", ["member_id", "expires_on", "id"], postgresql_where=sa.text("remaining > 0"))
    op.create_index("uq_loyalty_lot_order", "loyalty_lot", ["member_id", "order_id"], unique=True, postgresql_where=sa.text("source = 'earned'"))
    op.create_index("ix_loyalty_lot_order", "loyalty_lot", ["order_id"])


def _adjustments() -> None:
    op.create_table(
        "loyalty_adjustment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        *_dated(),
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f("ck_loyalty_adjustment_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_loyalty_adjustment_second_person")),
        sa.CheckConstraint("points <> 0", name=op.f("ck_loyalty_adjustment_points")),
        _member("loyalty_adjustment"),
        _merchant("loyalty_adjustment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_adjustment")),
    )
    op.create_index("ix_loyalty_adjustment_merchant", "loyalty_adjustment", ["merchant_id", "status"])
    op.create_index(op.f("ix_loyalty_adjustment_member_id"), "loyalty_adjustment", ["member_id"])


def _merchant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{table}_merchant_id_party_merchant"))


def _member(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["member_id"], ["loyalty_member.id"], name=op.f(f"fk_{table}_member_id_loyalty_member"))


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Points are lost; the ledger keeps them."""
    for table in ("loyalty_adjustment", "loyalty_lot", "loyalty_member", "loyalty_level", "loyalty_programme"):
        op.drop_table(table)
    for table in ("pay_payment", "pay_refund"):
        op.drop_column(table, "points")
