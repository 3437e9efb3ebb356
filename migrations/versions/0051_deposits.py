"""Orders that stand with a deposit and are paid whole later; what is no longer owed of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051_deposits"
down_revision = "0050_bookings"
branch_labels = None
depends_on = None

NAME = op.f("ck_order_order_amounts_add_up")
PARTS = "goods >= 0 AND delivery >= 0 AND packing >= 0 AND merchant_discount >= 0 AND platform_discount >= 0"
SUM = "payable = goods + delivery + packing - merchant_discount - platform_discount"


def upgrade() -> None:
    """Two amounts, and the sum with them."""
    for column in ("deposit", "waived"):
        op.add_column("order_order", sa.Column(column, sa.BigInteger(), server_default="0", nullable=False))
    op.drop_constraint(NAME, "order_order")
    op.create_check_constraint(NAME, "order_order", f"{PARTS} AND {SUM} - waived AND payable >= 0 AND waived >= 0 AND deposit >= 0")


def downgrade() -> None:
    """As before; refused while an order has either."""
    op.drop_constraint(NAME, "order_order")
    for column in ("deposit", "waived"):
        op.drop_column("order_order", column)
    op.create_check_constraint(NAME, "order_order", f"{PARTS} AND {SUM} AND payable >= 0")
