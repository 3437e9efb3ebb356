"""Messages to customers and what they agreed to; notices may go out as subscribe messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0080_inbox"
down_revision = "0072_several_earners"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables and two columns."""
    _messages()
    _consents()
    op.add_column("notice_template", sa.Column("subscribe_id", sa.String(64), server_default="", nullable=False))
    op.add_column("notice_template", sa.Column("subscribe_fields", sa.String(600), server_default="", nullable=False))
    for statement in policy_statements("inbox_message", merchant="merchant_id", customer="customer_id"):
        op.execute(statement)
    for statement in policy_statements("inbox_consent", customer="customer_id"):
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    op.drop_column("notice_template", "subscribe_fields")
    op.drop_column("notice_template", "subscribe_id")
    op.drop_table("inbox_consent")
    op.drop_table("inbox_message")


def _messages() -> None:
    name = "inbox_message"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("words", sa.String(600), nullable=False),
        sa.Column("page", sa.String(200), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("push", sa.String(8), nullable=False),
        sa.Column("push_template", sa.String(64), nullable=False),
        sa.Column("push_data", postgresql.JSONB(), nullable=False),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("push IN ('', 'waiting', 'sent', 'refused', 'failed')", name=op.f(f"ck_{name}_push")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f(f"fk_{name}_customer_id_party_customer")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_customer", name, ["customer_id", "id"])
    op.create_index(f"ix_{name}_unread", name, ["customer_id"], postgresql_where=sa.text("read_at IS NULL"))
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "kind", "id"])


def _consents() -> None:
    name = "inbox_consent"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("remaining BETWEEN 0 AND 1000", name=op.f(f"ck_{name}_remaining")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f(f"fk_{name}_customer_id_party_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("customer_id", "kind", name=op.f(f"uq_{name}_customer_id_kind")),
    )
