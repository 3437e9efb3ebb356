"""The documents that each trade demands, as staff keep them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022_demands"
down_revision = "0021_dish_pictures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table; each start writes the trades' own demands into it."""
    op.create_table(
        "approval_demand",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(30), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("label_zh", sa.String(40), nullable=False),
        sa.Column("label_en", sa.String(80), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("expires", sa.Boolean(), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("many", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind ~ '^[a-z][a-z0-9_]{0,39}$'", name=op.f("ck_approval_demand_kind")),
        sa.CheckConstraint("many BETWEEN 1 AND 9", name=op.f("ck_approval_demand_many")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_demand")),
        sa.UniqueConstraint("trade", "kind", name=op.f("uq_approval_demand_trade_kind")),
    )


def downgrade() -> None:
    """The trades' own demands are all there is."""
    op.drop_table("approval_demand")
