"""Conversations of customers with merchants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0082_conversations"
down_revision = "0081_audience"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables."""
    _conversations()
    _messages()
    for table in ("chat_conversation", "chat_message"):
        for statement in policy_statements(table, merchant="merchant_id", customer="customer_id"):
            op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("chat_message")
    op.drop_table("chat_conversation")


def _conversations() -> None:
    name = "chat_conversation"
    op.create_table(
        name,
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("id", "merchant_id", "customer_id")),
        sa.Column("customer_name", sa.String(40), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("about", sa.String(24), nullable=False),
        sa.Column("last_words", sa.String(60), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(column, sa.Integer(), nullable=False) for column in ("merchant_unread", "customer_unread")),
        *(sa.Column(column, sa.DateTime(timezone=True), nullable=False) for column in ("created_at", "updated_at")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("merchant_unread >= 0 AND customer_unread >= 0", name=op.f(f"ck_{name}_unread")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f(f"fk_{name}_customer_id_party_customer")),
        sa.ForeignKeyConstraint(["order_id"], ["order_order.id"], name=op.f(f"fk_{name}_order_id_order_order")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("merchant_id", "customer_id", name=op.f(f"uq_{name}_merchant_id_customer_id")),
    )
    for side in ("merchant", "customer"):
        op.create_index(f"ix_{name}_{side}", name, [f"{side}_id", "last_at", "id"])
    op.create_index(op.f(f"ix_{name}_order_id"), name, ["order_id"])
    op.create_index(f"ix_{name}_waiting", name, ["merchant_id"], postgresql_where=sa.text("merchant_unread > 0"))


def _messages() -> None:
    name = "chat_message"
    op.create_table(
        name,
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("id", "conversation_id", "merchant_id", "customer_id")),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        *(sa.Column(column, postgresql.JSONB(), nullable=False) for column in ("pictures", "risks")),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('customer', 'merchant')", name=op.f(f"ck_{name}_side")),
        sa.CheckConstraint("words <> '' OR jsonb_array_length(pictures) > 0", name=op.f(f"ck_{name}_says_something")),
        sa.ForeignKeyConstraint(["conversation_id"], ["chat_conversation.id"], name=op.f(f"fk_{name}_conversation_id_chat_conversation")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_conversation", name, ["conversation_id", "id"])
