"""What making a portion costs, so that a dish's margin can be shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041_dish_cost"
down_revision = "0040_gaps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A cost beside each price."""
    op.add_column("dining_size", sa.Column("cost", sa.BigInteger()))
    op.create_check_constraint(op.f("ck_dining_size_cost"), "dining_size", "cost BETWEEN 0 AND 99999999")


def downgrade() -> None:
    """Forget the costs."""
    op.drop_column("dining_size", "cost")
