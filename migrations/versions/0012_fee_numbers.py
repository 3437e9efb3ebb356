"""Fee lines carry their order's number; orders are found by the day they were placed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_fee_numbers"
down_revision = "0011_workspace"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Fill the number from the order, then ask for it. A BRIN index costs the order's hot path next to nothing."""
    op.add_column("fee_line", sa.Column("order_number", sa.String(24), nullable=True))
    op.execute("UPDATE fee_line SET order_number = order_order.number FROM order_order WHERE order_order.id = fee_line.order_id")
    op.alter_column("fee_line", "order_number", nullable=False)
    op.create_index("ix_order_order_placed", "order_order", ["placed_at"], postgresql_using="brin")


def downgrade() -> None:
    """Back to the key alone."""
    op.drop_index("ix_order_order_placed", "order_order")
    op.drop_column("fee_line", "order_number")
