"""The trade vouchers: malls, deals and where they can be used, orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.framework.access import policy_statements

revision = "0062_vouchers"
down_revision = "0080_inbox"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("vouchers_order", "vouchers_deal_store", "vouchers_deal", "vouchers_mall_store", "vouchers_mall")
# The trade's half of an order is as visible as its other half, which has policies of its own.
ORDER_POLICY = """
ALTER TABLE vouchers_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY vouchers_order_all ON vouchers_order USING
    ((SELECT baiye_scope_kind()) = 'all' OR EXISTS (SELECT 1 FROM order_order o WHERE o.id = vouchers_order.id));
"""
EVERYBODY = ("merchant", "customer", "public")


def upgrade() -> None:
    """Five tables."""
    _malls()
    _deals()
    _orders()
    policies = (
        *policy_statements("vouchers_mall", open_to=EVERYBODY), *policy_statements("vouchers_mall_store", open_to=EVERYBODY),
        *policy_statements("vouchers_deal", merchant="merchant_id", open_to=("customer", "public")),
        *policy_statements("vouchers_deal_store", merchant="merchant_id"),
    )
    for statement in policies:
        op.execute(statement)
    op.execute(ORDER_POLICY)


def downgrade() -> None:
    """What was sold is lost; the ledger keeps what was posted."""
    for table in TABLES:
        op.drop_table(table)


def _big(*names: str) -> tuple[sa.Column, ...]:
    return tuple(sa.Column(name, sa.BigInteger(), nullable=False) for name in names)


def _int(*names: str) -> tuple[sa.Column, ...]:
    return tuple(sa.Column(name, sa.Integer(), nullable=False) for name in names)


def _text(length: int, *names: str) -> tuple[sa.Column, ...]:
    return tuple(sa.Column(name, sa.String(length), nullable=False) for name in names)


def _dated() -> tuple[sa.Column, ...]:
    return sa.Column("created_at", MOMENT, nullable=False), sa.Column("updated_at", MOMENT, nullable=False), *_int("version")


def _keys(table: str, **targets: str) -> tuple[sa.Constraint, ...]:
    made = [sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}")) for column, to in targets.items()]
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")), *made


def _check(table: str, **words: str) -> tuple[sa.CheckConstraint, ...]:
    return tuple(sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in words.items())


def _malls() -> None:
    name = "vouchers_mall"
    op.create_table(
        name, *_big("id"), *_text(40, "name"), *_text(8, "status"), *_text(120, "address"), *_text(200, "notice"),
        sa.Column("latitude", sa.Float(), nullable=False), sa.Column("longitude", sa.Float(), nullable=False), *_dated(),
        *_check(name, place="latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", status="status IN ('open', 'closed')"), *_keys(name),
        sa.UniqueConstraint("name", name=op.f(f"uq_{name}_name")),
    )
    name = "vouchers_mall_store"
    op.create_table(
        name, *_big("id", "mall_id", "store_id"), *_text(20, "place"), *_keys(name, mall_id="vouchers_mall", store_id="redeem_store"),
        sa.UniqueConstraint("store_id", name=op.f(f"uq_{name}_store_id")),
    )
    op.create_index(op.f(f"ix_{name}_mall_id"), name, ["mall_id"])


def _deals() -> None:
    name = "vouchers_deal"
    op.create_table(
        name, *_big("id", "merchant_id", "price", "market_price"), *_text(8, "kind"), *_text(60, "title"), *_text(600, "description"),
        sa.Column("images", JSONB(), nullable=False), *_int("uses", "sold", "per_customer", "valid_days"), sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True), sa.Column("closed_weekdays", JSONB(), nullable=False),
        sa.Column("closed_days", JSONB(), nullable=False), *_text(12, "status"), sa.Column("approved_as", JSONB(), nullable=False),
        sa.Column("proposed", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False), *_text(200, "refusal"), *_dated(),
        *_check(
            name, kind="kind IN ('goods', 'service', 'coupon', 'card')", uses="uses BETWEEN 1 AND 60 AND (kind = 'card' OR uses = 1)",
            price="price BETWEEN uses AND 99999999 AND market_price >= price", within_quantity="sold >= 0 AND (quantity IS NULL OR sold <= quantity)",
            limits="per_customer >= 0 AND valid_days BETWEEN 1 AND 366",
        ),
        *_keys(name, merchant_id="party_merchant"),
    )
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "id"])
    name = "vouchers_deal_store"
    op.create_table(
        name, *_big("id", "deal_id", "store_id", "merchant_id", "seller_id", "price"), *_text(8, "status"), *_text(60, "title"), *_dated(),
        *_keys(name, deal_id="vouchers_deal", store_id="redeem_store", merchant_id="party_merchant", seller_id="party_merchant"),
        sa.UniqueConstraint("deal_id", "store_id", name=op.f(f"uq_{name}_deal_id_store_id")),
    )
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "status", "id"])
    op.create_index(f"ix_{name}_store", name, ["store_id"])
    op.create_index(op.f(f"ix_{name}_seller_id"), name, ["seller_id"])


def _orders() -> None:
    name = "vouchers_order"
    op.create_table(
        name, *_big("id"), sa.Column("deal_id", sa.BigInteger(), nullable=True), *_int("count"), *_check(name, count="count >= 0"),
        *_keys(name, id="order_order", deal_id="vouchers_deal"),
    )
    op.create_index(op.f(f"ix_{name}_deal_id"), name, ["deal_id"])
