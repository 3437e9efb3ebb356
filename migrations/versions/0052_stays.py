"""Homestays and hotels: houses, rooms, prices, stays with their nights and guests, codes of doors, calendars of other channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0052_stays"
down_revision = "0073_groupbuy"
branch_labels = None
depends_on = None

CATALOGUES = ("stays_house", "stays_type", "stays_season", "stays_price_day", "stays_promotion")
OWNED = ("stays_unit", "stays_night", "stays_guest", "stays_door", "stays_feed")


def upgrade() -> None:
    """The tables, parents first, and whose rows they hold."""
    _house()
    _type()
    _price_day()
    _promotion()
    _season()
    _unit()
    _feed()
    _order()
    _door()
    _guest()
    _night()
    for table in CATALOGUES:
        for statement in policy_statements(table, merchant="merchant_id", open_to=("customer", "public")):
            op.execute(statement)
    for table in OWNED:
        for statement in policy_statements(table, merchant="merchant_id"):
            op.execute(statement)


def downgrade() -> None:
    """Drop them, children first."""
    for table in (
        "stays_night", "stays_guest", "stays_door", "stays_order", "stays_feed", "stays_unit", "stays_season", "stays_promotion", "stays_price_day",
        "stays_type", "stays_house",
    ):
        op.drop_table(table)


def _house() -> None:
    op.create_table(
        "stays_house",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("intro", sa.String(500), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("region", sa.String(40), nullable=False),
        sa.Column("address", sa.String(120), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("cover", sa.String(64), nullable=False),
        sa.Column("arrive_from", sa.String(5), nullable=False),
        sa.Column("leave_by", sa.String(5), nullable=False),
        sa.Column("house_rules", sa.String(1000), nullable=False),
        sa.Column("facilities", postgresql.JSONB(), nullable=False),
        sa.Column("deposit", sa.String(12), nullable=False),
        sa.Column("deposit_ppm", sa.Integer(), nullable=False),
        sa.Column("ladder", postgresql.JSONB(), nullable=False),
        sa.Column("confirms_by_itself", sa.Boolean(), nullable=False),
        sa.Column("confirm_minutes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("deposit IN ('all', 'first_night', 'part') AND deposit_ppm BETWEEN 0 AND 1000000", name=op.f("ck_stays_house_deposit")),
        sa.CheckConstraint("confirm_minutes BETWEEN 5 AND 1440", name=op.f("ck_stays_house_confirm_minutes")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f("ck_stays_house_place")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_stays_house_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_house")),
        sa.UniqueConstraint("merchant_id", name=op.f("uq_stays_house_merchant_id")),
    )
    op.create_index("ix_stays_house_name", "stays_house", ["name"], postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"})
    op.create_index("ix_stays_house_place", "stays_house", ["latitude", "longitude"])


def _type() -> None:
    op.create_table(
        "stays_type",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("description", sa.String(1000), nullable=False),
        sa.Column("images", postgresql.JSONB(), nullable=False),
        sa.Column("video", sa.String(200), nullable=False),
        sa.Column("facilities", postgresql.JSONB(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("beds", sa.String(60), nullable=False),
        sa.Column("area", sa.Integer(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("weekdays", postgresql.JSONB(), nullable=False),
        sa.Column("steps", postgresql.JSONB(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("approved_as", postgresql.JSONB(), nullable=False),
        sa.Column("proposed", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("refusal", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("base BETWEEN 1 AND 99999999", name=op.f("ck_stays_type_base")),
        sa.CheckConstraint("least BETWEEN 1 AND most AND most <= 90", name=op.f("ck_stays_type_nights")),
        sa.CheckConstraint("people BETWEEN 1 AND 30", name=op.f("ck_stays_type_people")),
        sa.ForeignKeyConstraint(["house_id"], ["stays_house.id"], name=op.f("fk_stays_type_house_id_stays_house")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_stays_type_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_type")),
        sa.UniqueConstraint("house_id", "name", name=op.f("uq_stays_type_house_id_name")),
    )
    op.create_index(op.f("ix_stays_type_merchant_id"), "stays_type", ["merchant_id"])


def _price_day() -> None:
    op.create_table(
        "stays_price_day",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price BETWEEN 1 AND 99999999 AND least BETWEEN 0 AND 90", name=op.f("ck_stays_price_day_values")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_stays_price_day_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["type_id"], ["stays_type.id"], name=op.f("fk_stays_price_day_type_id_stays_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_price_day")),
        sa.UniqueConstraint("type_id", "day", name=op.f("uq_stays_price_day_type_id_day")),
    )
    op.create_index("ix_stays_price_day_merchant", "stays_price_day", ["merchant_id"])


def _promotion() -> None:
    op.create_table(
        "stays_promotion",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("ppm", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('always', 'early', 'late')", name=op.f("ck_stays_promotion_kind")),
        sa.CheckConstraint("first <= last AND ppm BETWEEN 1 AND 900000 AND days BETWEEN 0 AND 365", name=op.f("ck_stays_promotion_values")),
        sa.ForeignKeyConstraint(["house_id"], ["stays_house.id"], name=op.f("fk_stays_promotion_house_id_stays_house")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_stays_promotion_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["type_id"], ["stays_type.id"], name=op.f("fk_stays_promotion_type_id_stays_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_promotion")),
    )
    op.create_index("ix_stays_promotion_house", "stays_promotion", ["house_id", "last"])
    op.create_index("ix_stays_promotion_merchant", "stays_promotion", ["merchant_id"])
    op.create_index("ix_stays_promotion_type", "stays_promotion", ["type_id"])


def _season() -> None:
    op.create_table(
        "stays_season",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("ppm", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.literal_column("type_id"), "="), (sa.text("daterange(first, last, '[]')"), "&&"), using="gist", name=op.f("ex_stays_season_overlap"),
        ),
        sa.CheckConstraint(
            "(price IS NULL) <> (ppm = 0) AND price BETWEEN 1 AND 99999999 AND ppm BETWEEN -900000 AND 9000000", name=op.f("ck_stays_season_price"),
        ),
        sa.CheckConstraint("first <= last", name=op.f("ck_stays_season_order")),
        sa.CheckConstraint("least BETWEEN 0 AND 90", name=op.f("ck_stays_season_least")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_stays_season_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["type_id"], ["stays_type.id"], name=op.f("fk_stays_season_type_id_stays_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_season")),
    )
    op.create_index("ix_stays_season_merchant", "stays_season", ["merchant_id"])
    op.create_index("ix_stays_season_type", "stays_season", ["type_id", "first"])


def _unit() -> None:
    op.create_table(
        "stays_unit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("calendar_code", sa.String(40), nullable=False),
        sa.Column("lock_number", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["house_id"], ["stays_house.id"], name=op.f("fk_stays_unit_house_id_stays_house")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_stays_unit_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["resource_id"], ["booking_resource.id"], name=op.f("fk_stays_unit_resource_id_booking_resource")),
        sa.ForeignKeyConstraint(["type_id"], ["stays_type.id"], name=op.f("fk_stays_unit_type_id_stays_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_unit")),
        sa.UniqueConstraint("calendar_code", name=op.f("uq_stays_unit_calendar_code")),
        sa.UniqueConstraint("house_id", "name", name=op.f("uq_stays_unit_house_id_name")),
        sa.UniqueConstraint("resource_id", name=op.f("uq_stays_unit_resource_id")),
    )
    op.create_index(op.f("ix_stays_unit_merchant_id"), "stays_unit", ["merchant_id"])
    op.create_index(op.f("ix_stays_unit_type_id"), "stays_unit", ["type_id"])


def _feed() -> None:
    op.create_table(
        "stays_feed",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stretches", sa.Integer(), nullable=False),
        sa.Column("clashes", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_stays_feed_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["unit_id"], ["stays_unit.id"], name=op.f("fk_stays_feed_unit_id_stays_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_feed")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_stays_feed_unit_id_name")),
    )
    op.create_index("ix_stays_feed_merchant", "stays_feed", ["merchant_id"])


def _order() -> None:
    op.create_table(
        "stays_order",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("type_name", sa.String(40), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_name", sa.String(20), nullable=False),
        sa.Column("arrives", sa.Date(), nullable=False),
        sa.Column("leaves", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("contact_name", sa.String(30), nullable=False),
        sa.Column("contact_phone", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("ladder", postgresql.JSONB(), nullable=False),
        sa.Column("arrive_from", sa.String(5), nullable=False),
        sa.Column("confirm_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("guests_named", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(200), nullable=False),
        sa.CheckConstraint("arrives < leaves", name=op.f("ck_stays_order_nights")),
        sa.CheckConstraint("people BETWEEN 1 AND 30", name=op.f("ck_stays_order_people")),
        sa.ForeignKeyConstraint(["house_id"], ["stays_house.id"], name=op.f("fk_stays_order_house_id_stays_house")),
        sa.ForeignKeyConstraint(["id"], ["order_order.id"], name=op.f("fk_stays_order_id_order_order")),
        sa.ForeignKeyConstraint(["type_id"], ["stays_type.id"], name=op.f("fk_stays_order_type_id_stays_type")),
        sa.ForeignKeyConstraint(["unit_id"], ["stays_unit.id"], name=op.f("fk_stays_order_unit_id_stays_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_order")),
    )
    op.create_index("ix_stays_order_arrives", "stays_order", ["house_id", "arrives"])
    op.create_index("ix_stays_order_leaves", "stays_order", ["house_id", "leaves"])
    op.create_index(op.f("ix_stays_order_type_id"), "stays_order", ["type_id"])
    op.create_index(op.f("ix_stays_order_unit_id"), "stays_order", ["unit_id"])


def _door() -> None:
    op.create_table(
        "stays_door",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_name", sa.String(20), nullable=False),
        sa.Column("lock_number", sa.String(40), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("begins", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_stays_door_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["order_id"], ["stays_order.id"], name=op.f("fk_stays_door_order_id_stays_order")),
        sa.ForeignKeyConstraint(["unit_id"], ["stays_unit.id"], name=op.f("fk_stays_door_unit_id_stays_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_door")),
    )
    op.create_index("ix_stays_door_merchant", "stays_door", ["merchant_id"])
    op.create_index("ix_stays_door_order", "stays_door", ["order_id"])
    op.create_index(op.f("ix_stays_door_unit_id"), "stays_door", ["unit_id"])


def _guest() -> None:
    op.create_table(
        "stays_guest",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(30), nullable=False),
        sa.Column("id_kind", sa.String(10), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("masked", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id_kind IN ('id_card', 'passport', 'permit')", name=op.f("ck_stays_guest_id_kind")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_stays_guest_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["order_id"], ["stays_order.id"], name=op.f("fk_stays_guest_order_id_stays_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_guest")),
    )
    op.create_index("ix_stays_guest_merchant", "stays_guest", ["merchant_id"])
    op.create_index("ix_stays_guest_order", "stays_guest", ["order_id"])


def _night() -> None:
    op.create_table(
        "stays_night",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_stays_night_line_id_order_line")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_stays_night_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["order_id"], ["stays_order.id"], name=op.f("fk_stays_night_order_id_stays_order")),
        sa.ForeignKeyConstraint(["reservation_id"], ["booking_reservation.id"], name=op.f("fk_stays_night_reservation_id_booking_reservation")),
        sa.ForeignKeyConstraint(["type_id"], ["stays_type.id"], name=op.f("fk_stays_night_type_id_stays_type")),
        sa.ForeignKeyConstraint(["unit_id"], ["stays_unit.id"], name=op.f("fk_stays_night_unit_id_stays_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays_night")),
        sa.UniqueConstraint("line_id", name=op.f("uq_stays_night_line_id")),
    )
    op.create_index("ix_stays_night_house", "stays_night", ["merchant_id", "day"])
    op.create_index("ix_stays_night_order", "stays_night", ["order_id", "day"])
    op.create_index("ix_stays_night_reservation", "stays_night", ["reservation_id"])
    op.create_index("ix_stays_night_type", "stays_night", ["type_id"])
    op.create_index("uq_stays_night_live", "stays_night", ["unit_id", "day"], unique=True, postgresql_where=sa.text("gone_at IS NULL"))
