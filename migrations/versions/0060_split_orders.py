"""Lines of an order may get an order of their own: which one they were bought with, and where their money is in between."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060_split_orders"
down_revision = "0051_deposits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column, an index, a book."""
    op.add_column("order_order", sa.Column("split_from_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_order_order_split_from_id_order_order"), "order_order", "order_order", ["split_from_id"], ["id"])
    op.create_index("ix_order_order_split_from", "order_order", ["split_from_id"], postgresql_where=sa.text("split_from_id IS NOT NULL"))
    op.execute("INSERT INTO ledger_book (name, floor) VALUES ('order_transit', NULL)")


def downgrade() -> None:
    """Which orders were split off which is lost; the ledger keeps what was posted."""
    op.execute("ALTER TABLE ledger_book DISABLE TRIGGER ledger_book_append_only")
    op.execute("DELETE FROM ledger_book WHERE name = 'order_transit' AND NOT EXISTS (SELECT FROM ledger_account WHERE book = 'order_transit')")
    op.execute("ALTER TABLE ledger_book ENABLE TRIGGER ledger_book_append_only")
    op.drop_index("ix_order_order_split_from", "order_order")
    op.drop_constraint(op.f("fk_order_order_split_from_id_order_order"), "order_order")
    op.drop_column("order_order", "split_from_id")
