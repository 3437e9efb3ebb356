"""How the last run of each scheduled job ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.framework.access import policy_statements

revision = "0088_job_outcomes"
down_revision = "0087_found_from_both_sides"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A row for each job."""
    op.create_table(
        "job_outcome",
        sa.Column("job", sa.String(80), primary_key=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took", sa.BigInteger(), nullable=False),
        sa.Column("did", sa.BigInteger()),
    )
    for statement in policy_statements("job_outcome"):
        op.execute(statement)


def downgrade() -> None:
    """Nothing is known of runs that went well."""
    op.drop_table("job_outcome")
