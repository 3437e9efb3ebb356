"""Group buying: zones, communities, leaders, suppliers, goods, rounds, sheets, orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0073_groupbuy"
down_revision = "0062_vouchers"
branch_labels = None
depends_on = None

POLICIES: dict[str, dict[str, object]] = {
    "groupbuy_zone": {"open_to": ("customer", "merchant", "public")},
    "groupbuy_community": {"open_to": ("customer", "merchant", "public")},
    "groupbuy_leader": {"merchant": "merchant_id", "open_to": ("customer", "public")},
    "groupbuy_supplier": {"merchant": "merchant_id"},
    "groupbuy_goods": {"merchant": "merchant_id", "open_to": ("customer", "public")},
    "groupbuy_round": {"open_to": ("customer", "merchant", "public")},
    "groupbuy_sheet": {"merchant": "merchant_id"},
    "groupbuy_sheet_line": {"merchant": "merchant_id"},
    "groupbuy_refund_photos": {"merchant": "merchant_id", "customer": "customer_id"},
}

# An order's rows are those of the order that it extends.
ORDER_POLICY = """
ALTER TABLE groupbuy_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY groupbuy_order_all ON groupbuy_order USING
    ((SELECT baiye_scope_kind()) = 'all' OR EXISTS (SELECT 1 FROM order_order o WHERE o.id = groupbuy_order.id));
"""


def upgrade() -> None:
    """The tables and whose rows they hold."""
    for make in (_zones, _communitys, _leaders, _suppliers, _goodss, _rounds, _sheets, _sheet_lines, _orders, _refund_photoss):
        make()
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):  # type: ignore[arg-type]
            op.execute(statement)
    op.execute(ORDER_POLICY)


def downgrade() -> None:
    """Drop them."""
    for table in ("groupbuy_refund_photos", "groupbuy_order", *reversed([table for table in POLICIES if table != "groupbuy_refund_photos"])):
        op.drop_table(table)


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def _zones() -> None:
    name = "groupbuy_zone"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(30), nullable=False),
        sa.Column("cutoff_minute", sa.Integer(), nullable=False),
        sa.Column("days", postgresql.JSONB(), nullable=False),
        *_dated(),
        sa.CheckConstraint("cutoff_minute BETWEEN 0 AND 1439", name=op.f(f"ck_{name}_cutoff")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("name", name=op.f(f"uq_{name}_name")),
    )


def _communitys() -> None:
    name = "groupbuy_community"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("zone_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("address", sa.String(120), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        *_dated(),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f(f"ck_{name}_place")),
        sa.ForeignKeyConstraint(["zone_id"], ["groupbuy_zone.id"], name=op.f(f"fk_{name}_zone_id_groupbuy_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("name", name=op.f(f"uq_{name}_name")),
    )
    op.create_index(f"ix_{name}_place", name, ["latitude", "longitude"])
    op.create_index(op.f(f"ix_{name}_zone_id"), name, ["zone_id"])


def _leaders() -> None:
    name = "groupbuy_leader"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("share_code", sa.String(12, "C"), nullable=False),
        sa.Column("point", sa.String(120), nullable=False),
        sa.Column("hours", sa.String(60), nullable=False),
        sa.Column("notice", sa.String(200), nullable=False),
        sa.Column("delivers", sa.Boolean(), nullable=False),
        *_dated(),
        sa.CheckConstraint("level IN ('new', 'silver', 'gold')", name=op.f(f"ck_{name}_level")),
        sa.ForeignKeyConstraint(["community_id"], ["groupbuy_community.id"], name=op.f(f"fk_{name}_community_id_groupbuy_community")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("merchant_id", name=op.f(f"uq_{name}_merchant_id")),
        sa.UniqueConstraint("share_code", name=op.f(f"uq_{name}_share_code")),
    )
    op.create_index(op.f(f"ix_{name}_community_id"), name, ["community_id"])


def _suppliers() -> None:
    name = "groupbuy_supplier"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        *_dated(),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("merchant_id", name=op.f(f"uq_{name}_merchant_id")),
    )


def _goodss() -> None:
    name = "groupbuy_goods"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("spec", sa.String(30), nullable=False),
        sa.Column("category", sa.String(12), nullable=False),
        sa.Column("description", sa.String(300), nullable=False),
        sa.Column("images", postgresql.JSONB(), nullable=False),
        sa.Column("supply_price", sa.BigInteger(), nullable=False),
        sa.Column("sale_price", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("each", sa.Integer(), nullable=False),
        sa.Column("days", postgresql.JSONB(), nullable=False),
        sa.Column("sold", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("approved_as", postgresql.JSONB(), nullable=False),
        sa.Column("proposed", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.Column("refusal", sa.String(200), nullable=False),
        *_dated(),
        sa.CheckConstraint("each BETWEEN 0 AND 999 AND sold >= 0", name=op.f(f"ck_{name}_each")),
        sa.CheckConstraint("supply_price > 0 AND sale_price >= supply_price AND sale_price <= 99999999", name=op.f(f"ck_{name}_prices")),
        sa.CheckConstraint("stock >= 0", name=op.f(f"ck_{name}_stock_not_below_zero")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("merchant_id", "title", "spec", name=op.f(f"uq_{name}_merchant_id_title_spec")),
    )
    op.create_index(f"ix_{name}_on_sale", name, ["category", "id"])


def _rounds() -> None:
    name = "groupbuy_round"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("zone_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.ForeignKeyConstraint(["zone_id"], ["groupbuy_zone.id"], name=op.f(f"fk_{name}_zone_id_groupbuy_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("zone_id", "day", name=op.f(f"uq_{name}_zone_id_day")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{name}_number")),
    )
    op.create_index(f"ix_{name}_open", name, ["cutoff_at"], postgresql_where=sa.text("status = 'open'"))


def _sheets() -> None:
    name = "groupbuy_sheet"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_by", sa.String(80), nullable=False),
        *_dated(),
        sa.CheckConstraint("kind IN ('purchase', 'picking')", name=op.f(f"ck_{name}_kind")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["round_id"], ["groupbuy_round.id"], name=op.f(f"fk_{name}_round_id_groupbuy_round")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("round_id", "kind", "merchant_id", name=op.f(f"uq_{name}_round_id_kind_merchant_id")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{name}_number")),
    )
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "id"])


def _sheet_lines() -> None:
    name = "groupbuy_sheet_line"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("goods_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("spec", sa.String(30), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("allotted", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.CheckConstraint("counted BETWEEN 0 AND quantity AND allotted BETWEEN 0 AND quantity", name=op.f(f"ck_{name}_counted")),
        sa.CheckConstraint("quantity > 0 AND amount >= 0", name=op.f(f"ck_{name}_quantity")),
        sa.ForeignKeyConstraint(["goods_id"], ["groupbuy_goods.id"], name=op.f(f"fk_{name}_goods_id_groupbuy_goods")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["sheet_id"], ["groupbuy_sheet.id"], name=op.f(f"fk_{name}_sheet_id_groupbuy_sheet"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("sheet_id", "goods_id", name=op.f(f"uq_{name}_sheet_id_goods_id")),
    )
    op.create_index(op.f(f"ix_{name}_goods_id"), name, ["goods_id"])
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])


def _orders() -> None:
    name = "groupbuy_order"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("leader_id", sa.BigInteger(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=True),
        sa.Column("service", sa.String(10), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(120), nullable=False),
        sa.Column("contact_phone", sa.String(20), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(200), nullable=False),
        sa.CheckConstraint("service IN ('pickup', 'delivery')", name=op.f(f"ck_{name}_service")),
        sa.ForeignKeyConstraint(["community_id"], ["groupbuy_community.id"], name=op.f(f"fk_{name}_community_id_groupbuy_community")),
        sa.ForeignKeyConstraint(["id"], ["order_order.id"], name=op.f(f"fk_{name}_id_order_order")),
        sa.ForeignKeyConstraint(["leader_id"], ["groupbuy_leader.id"], name=op.f(f"fk_{name}_leader_id_groupbuy_leader")),
        sa.ForeignKeyConstraint(["round_id"], ["groupbuy_round.id"], name=op.f(f"fk_{name}_round_id_groupbuy_round")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_arrived", name, ["arrived_at"], postgresql_where=sa.text("done_at IS NULL AND arrived_at IS NOT NULL"))
    op.create_index(op.f(f"ix_{name}_community_id"), name, ["community_id"])
    op.create_index(op.f(f"ix_{name}_leader_id"), name, ["leader_id"])
    op.create_index(op.f(f"ix_{name}_round_id"), name, ["round_id"])


def _refund_photoss() -> None:
    name = "groupbuy_refund_photos"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("pictures", postgresql.JSONB(), nullable=False),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *_dated(),
        sa.ForeignKeyConstraint(["case_id"], ["after_refund_case.id"], name=op.f(f"fk_{name}_case_id_after_refund_case")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f(f"fk_{name}_customer_id_party_customer")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("case_id", name=op.f(f"uq_{name}_case_id")),
    )
    op.create_index(op.f(f"ix_{name}_customer_id"), name, ["customer_id"])
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
