"""Orders of a state and a time are counted from their index alone: it says whose they are, which the row policies ask."""

from __future__ import annotations

from alembic import op

revision = "0042_counted_orders"
down_revision = "0041_dish_cost"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Owners beside state and time."""
    op.drop_index("ix_order_order_open", table_name="order_order")
    op.create_index("ix_order_order_open", "order_order", ["trade", "status", "placed_at"], postgresql_include=["merchant_id", "customer_id"])


def downgrade() -> None:
    """As before."""
    op.drop_index("ix_order_order_open", table_name="order_order")
    op.create_index("ix_order_order_open", "order_order", ["trade", "status", "placed_at"])
