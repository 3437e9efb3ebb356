"""Restaurants, menus, dining orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0007_dining"
down_revision = "0006_orders"
branch_labels = None
depends_on = None


CATALOGUE = {"merchant": "merchant_id", "open_to": ("customer", "public")}
POLICIES = {
    "dining_shop": CATALOGUE,
    "dining_area": {"merchant": "merchant_id"},
    "dining_table": CATALOGUE,
    "dining_category": CATALOGUE,
    "dining_dish": CATALOGUE,
    "dining_size": CATALOGUE,
    "dining_option_group": CATALOGUE,
    "dining_option": CATALOGUE,
    "dining_menu_import": {"merchant": "merchant_id"},
    "dining_ticket_counter": {},
}
# The dining half of an order is as visible as its other half, which has policies of its own.
ORDER_POLICY = """
ALTER TABLE dining_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY dining_order_all ON dining_order USING
    ((SELECT baiye_scope_kind()) = 'all' OR EXISTS (SELECT 1 FROM order_order o WHERE o.id = dining_order.id));
"""


def upgrade() -> None:
    op.create_table(
        "dining_shop",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("cuisine", sa.String(length=20), nullable=False),
        sa.Column("notice", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("cover", sa.String(length=64), nullable=False),
        sa.Column("hours", postgresql.JSONB(), nullable=False),
        sa.Column("closed_days", postgresql.JSONB(), nullable=False),
        sa.Column("services", postgresql.JSONB(), nullable=False),
        sa.Column("accept_minutes", sa.Integer(), nullable=False),
        sa.Column("accepts_by_itself", sa.Boolean(), nullable=False),
        sa.Column("cook_minutes", sa.Integer(), nullable=False),
        sa.Column("packing_fee", sa.BigInteger(), nullable=False),
        sa.Column("delivery_fee", sa.BigInteger(), nullable=False),
        sa.Column("delivery_least", sa.BigInteger(), nullable=False),
        sa.Column("delivery_metres", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("accept_minutes BETWEEN 1 AND 60", name=op.f("ck_dining_shop_accept_minutes")),
        sa.CheckConstraint(
            "delivery_fee >= 0 AND delivery_least >= 0 AND packing_fee >= 0 AND delivery_metres >= 0",
            name=op.f("ck_dining_shop_fees"),
        ),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f("ck_dining_shop_place")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_dining_shop_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_shop")),
        sa.UniqueConstraint("merchant_id", name=op.f("uq_dining_shop_merchant_id")),
    )
    op.create_index(
        "ix_dining_shop_name",
        "dining_shop",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index("ix_dining_shop_place", "dining_shop", ["latitude", "longitude"], unique=False)
    op.create_table(
        "dining_area",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_dining_area_merchant_id_party_merchant")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["dining_shop.id"], name=op.f("fk_dining_area_shop_id_dining_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_area")),
        sa.UniqueConstraint("shop_id", "name", name=op.f("uq_dining_area_shop_id_name")),
    )
    op.create_table(
        "dining_category",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_dining_category_merchant_id_party_merchant")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["dining_shop.id"], name=op.f("fk_dining_category_shop_id_dining_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_category")),
        sa.UniqueConstraint("shop_id", "name", name=op.f("uq_dining_category_shop_id_name")),
    )
    op.create_index(op.f("ix_dining_category_shop_id"), "dining_category", ["shop_id"], unique=False)
    op.create_table(
        "dining_ticket_counter",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["dining_shop.id"], name=op.f("fk_dining_ticket_counter_shop_id_dining_shop")
        ),
        sa.PrimaryKeyConstraint("shop_id", "day", name=op.f("pk_dining_ticket_counter")),
    )
    op.create_table(
        "dining_dish",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("image", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sale_hours", postgresql.JSONB(), nullable=False),
        sa.Column("approved_as", postgresql.JSONB(), nullable=False),
        sa.Column("refusal", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["dining_category.id"], name=op.f("fk_dining_dish_category_id_dining_category")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_dining_dish_merchant_id_party_merchant")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["dining_shop.id"], name=op.f("fk_dining_dish_shop_id_dining_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_dish")),
        sa.UniqueConstraint("shop_id", "name", name=op.f("uq_dining_dish_shop_id_name")),
    )
    op.create_index(op.f("ix_dining_dish_category_id"), "dining_dish", ["category_id"], unique=False)
    op.create_index(
        "ix_dining_dish_name",
        "dining_dish",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index(op.f("ix_dining_dish_shop_id"), "dining_dish", ["shop_id"], unique=False)
    op.create_table(
        "dining_table",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("seats BETWEEN 1 AND 99", name=op.f("ck_dining_table_seats")),
        sa.ForeignKeyConstraint(["area_id"], ["dining_area.id"], name=op.f("fk_dining_table_area_id_dining_area")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_dining_table_merchant_id_party_merchant")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["dining_shop.id"], name=op.f("fk_dining_table_shop_id_dining_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_table")),
        sa.UniqueConstraint("code", name=op.f("uq_dining_table_code")),
        sa.UniqueConstraint("shop_id", "name", name=op.f("uq_dining_table_shop_id_name")),
    )
    op.create_index(op.f("ix_dining_table_area_id"), "dining_table", ["area_id"], unique=False)
    op.create_table(
        "dining_option_group",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("dish_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 <= least AND least <= most AND most BETWEEN 1 AND 20", name=op.f("ck_dining_option_group_limits")
        ),
        sa.ForeignKeyConstraint(
            ["dish_id"], ["dining_dish.id"], name=op.f("fk_dining_option_group_dish_id_dining_dish"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_dining_option_group_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_option_group")),
        sa.UniqueConstraint("dish_id", "name", name=op.f("uq_dining_option_group_dish_id_name")),
    )
    op.create_table(
        "dining_order",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("service", sa.String(length=10), nullable=False),
        sa.Column("table_id", sa.BigInteger(), nullable=True),
        sa.Column("table_name", sa.String(length=20), nullable=False),
        sa.Column("ticket", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("guests", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("contact_phone", sa.String(length=20), nullable=False),
        sa.Column("accept_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "service <> 'dine_in' OR table_id IS NOT NULL", name=op.f("ck_dining_order_table_when_dining_in")
        ),
        sa.CheckConstraint("service IN ('dine_in', 'pickup', 'delivery')", name=op.f("ck_dining_order_service")),
        sa.ForeignKeyConstraint(["id"], ["order_order.id"], name=op.f("fk_dining_order_id_order_order")),
        sa.ForeignKeyConstraint(["shop_id"], ["dining_shop.id"], name=op.f("fk_dining_order_shop_id_dining_shop")),
        sa.ForeignKeyConstraint(["table_id"], ["dining_table.id"], name=op.f("fk_dining_order_table_id_dining_table")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_order")),
    )
    op.create_index("ix_dining_order_accept_by", "dining_order", ["accept_by"], unique=False)
    op.create_index(op.f("ix_dining_order_shop_id"), "dining_order", ["shop_id"], unique=False)
    op.create_table(
        "dining_size",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("dish_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("low_stock", sa.Integer(), nullable=False),
        sa.Column("sold_out", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("low_stock >= 0", name=op.f("ck_dining_size_low_stock")),
        sa.CheckConstraint("price BETWEEN 0 AND 99999999", name=op.f("ck_dining_size_price")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_dining_size_stock_not_below_zero")),
        sa.ForeignKeyConstraint(
            ["dish_id"], ["dining_dish.id"], name=op.f("fk_dining_size_dish_id_dining_dish"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_dining_size_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_size")),
        sa.UniqueConstraint("dish_id", "name", name=op.f("uq_dining_size_dish_id_name")),
    )
    op.create_table(
        "dining_option",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("sold_out", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("price BETWEEN 0 AND 99999999", name=op.f("ck_dining_option_price")),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["dining_option_group.id"],
            name=op.f("fk_dining_option_group_id_dining_option_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_dining_option_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_option")),
        sa.UniqueConstraint("group_id", "name", name=op.f("uq_dining_option_group_id_name")),
    )
    op.create_table(
        "dining_menu_import",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("outcomes", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_dining_menu_import_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["shop_id"], ["dining_shop.id"], name=op.f("fk_dining_menu_import_shop_id_dining_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_menu_import")),
    )
    op.create_index(op.f("ix_dining_menu_import_shop_id"), "dining_menu_import", ["shop_id"], unique=False)
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):
            op.execute(statement)
    op.execute(ORDER_POLICY)



def downgrade() -> None:
    op.drop_index(op.f("ix_dining_menu_import_shop_id"), table_name="dining_menu_import")
    op.drop_table("dining_menu_import")
    op.drop_table("dining_option")
    op.drop_table("dining_size")
    op.drop_index(op.f("ix_dining_order_shop_id"), table_name="dining_order")
    op.drop_index("ix_dining_order_accept_by", table_name="dining_order")
    op.drop_table("dining_order")
    op.drop_table("dining_option_group")
    op.drop_index(op.f("ix_dining_table_area_id"), table_name="dining_table")
    op.drop_table("dining_table")
    op.drop_index(op.f("ix_dining_dish_shop_id"), table_name="dining_dish")
    op.drop_index(
        "ix_dining_dish_name", table_name="dining_dish", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
    )
    op.drop_index(op.f("ix_dining_dish_category_id"), table_name="dining_dish")
    op.drop_table("dining_dish")
    op.drop_table("dining_ticket_counter")
    op.drop_index(op.f("ix_dining_category_shop_id"), table_name="dining_category")
    op.drop_table("dining_category")
    op.drop_table("dining_area")
    op.drop_index("ix_dining_shop_place", table_name="dining_shop")
    op.drop_index(
        "ix_dining_shop_name", table_name="dining_shop", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
    )
    op.drop_table("dining_shop")
