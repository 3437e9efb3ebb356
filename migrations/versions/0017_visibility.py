"""Who sees what: columns, facts, and sections hidden from a role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_visibility"
down_revision = "0016_reasons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is hidden at first."""
    op.create_table(
        "visibility_rule",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.String(60), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("hidden", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("jsonb_typeof(hidden) = 'array'", name=op.f("ck_visibility_rule_hidden")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visibility_rule")),
        sa.UniqueConstraint("page", "role", name=op.f("uq_visibility_rule_page_role")),
    )


def downgrade() -> None:
    """Everybody sees everything again."""
    op.drop_table("visibility_rule")
