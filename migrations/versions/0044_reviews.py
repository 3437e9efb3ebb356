"""Reviews of orders, and the scores that they add up to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0044_reviews"
down_revision = "0043_listings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables."""
    _reviews()
    _scores()
    for statement in policy_statements("review_review", merchant="merchant_id", customer="customer_id"):
        op.execute(statement)
    for statement in policy_statements("review_score", merchant="merchant_id", open_to=("customer", "public")):
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("review_score")
    op.drop_table("review_review")


def _reviews() -> None:
    name = "review_review"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(24), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_name", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.Column("pictures", postgresql.JSONB(), nullable=False),
        sa.Column("risks", postgresql.JSONB(), nullable=False),
        sa.Column("reply", sa.String(300), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_because", sa.String(200), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f(f"ck_{name}_stars")),
        sa.CheckConstraint("counted = (status IN ('shown', 'replied'))", name=op.f(f"ck_{name}_counted")),
        sa.CheckConstraint("status <> 'replied' OR reply <> ''", name=op.f(f"ck_{name}_replied_with_words")),
        sa.ForeignKeyConstraint(["order_id"], ["order_order.id"], name=op.f(f"fk_{name}_order_id_order_order")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f(f"fk_{name}_customer_id_party_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("order_id", "subject_id", name=op.f(f"uq_{name}_order_id_subject_id")),
    )
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "status", "id"])
    op.create_index(
        f"ix_{name}_subject", name, ["trade", "subject_id", "id"], postgresql_where=sa.text("status IN ('shown', 'replied')"),
    )
    op.create_index(f"ix_{name}_customer", name, ["customer_id", "id"])
    op.create_index(f"ix_{name}_status", name, ["status", "id"])


def _scores() -> None:
    name = "review_score"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.CheckConstraint("reviews >= 0 AND stars BETWEEN reviews AND 5 * reviews", name=op.f(f"ck_{name}_stars")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("trade", "merchant_id", "subject_id", name=op.f(f"uq_{name}_trade_merchant_id_subject_id")),
    )
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
