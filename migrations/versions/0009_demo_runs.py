"""When the demo town was begun and finished."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_demo_runs"
down_revision = "0008_settlement"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "party_demo_run",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_party_demo_run_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_demo_run")),
    )


def downgrade() -> None:
    op.drop_table("party_demo_run")
