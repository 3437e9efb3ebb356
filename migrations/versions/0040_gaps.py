"""A sharing is given up by two people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040_gaps"
down_revision = "0039_tables_cash"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who proposed it, why, and who agreed."""
    for column in ("proposed_by", "given_up_by"):
        op.add_column("share_sharing", sa.Column(column, sa.String(80), nullable=True))
    op.add_column("share_sharing", sa.Column("proposal", sa.String(200), nullable=False, server_default=""))
    op.alter_column("share_sharing", "proposal", server_default=None)
    op.create_check_constraint(op.f("ck_share_sharing_second_person"), "share_sharing", "given_up_by <> proposed_by")
    op.create_check_constraint(op.f("ck_share_sharing_proposed_by_somebody"), "share_sharing", "status <> 'proposed' OR proposed_by IS NOT NULL")


def downgrade() -> None:
    """Drop them."""
    for name in ("proposed_by_somebody", "second_person"):
        op.drop_constraint(op.f(f"ck_share_sharing_{name}"), "share_sharing")
    for column in ("proposal", "given_up_by", "proposed_by"):
        op.drop_column("share_sharing", column)
