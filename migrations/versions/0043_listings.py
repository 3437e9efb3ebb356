"""The index of what is on sale, and customers' reports; a change of a dish may wait beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0043_listings"
down_revision = "0042_counted_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables and a column."""
    _entries()
    _reports()
    op.add_column("dining_dish", sa.Column("proposed", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False))
    for statement in policy_statements("listing_entry", merchant="merchant_id", open_to=("customer", "public")):
        op.execute(statement)
    for statement in policy_statements("listing_report", customer="customer_id"):
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    op.drop_column("dining_dish", "proposed")
    op.drop_table("listing_report")
    op.drop_table("listing_entry")


def _entries() -> None:
    name = "listing_entry"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("trade", sa.String(30), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("detail", sa.String(600), nullable=False),
        sa.Column("cover", sa.String(64), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("grams", postgresql.ARRAY(sa.String(32)), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f(f"ck_{name}_price")),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180 AND (latitude IS NULL) = (longitude IS NULL)", name=op.f(f"ck_{name}_place"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f(f"uq_{name}_kind_subject_id")),
    )
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
    op.create_index(f"ix_{name}_grams", name, ["grams"], postgresql_using="gin")
    op.create_index(f"ix_{name}_title", name, ["title"], postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"})
    op.create_index(f"ix_{name}_place", name, ["latitude", "longitude"], postgresql_where=sa.text("latitude IS NOT NULL"))
    op.create_index(f"ix_{name}_trade", name, ["trade", "id"])


def _reports() -> None:
    name = "listing_report"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("trade", sa.String(30), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_label", sa.String(200), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(12), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("answer", sa.String(200), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f(f"fk_{name}_customer_id_party_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
    op.create_index(op.f(f"ix_{name}_customer_id"), name, ["customer_id"])
    op.create_index(f"uq_{name}_open", name, ["kind", "subject_id", "customer_id"], unique=True, postgresql_where=sa.text("status = 'open'"))
    op.create_index(f"ix_{name}_status", name, ["status", "id"])
