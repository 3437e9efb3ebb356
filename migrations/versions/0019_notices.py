"""Words of notices; messages that are one of a kind, and when they went out as a text message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_notices"
down_revision = "0018_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table, and two columns of messages."""
    op.create_table(
        "notice_template",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("texted", sa.Boolean(), nullable=False),
        sa.Column("heading_zh", sa.String(60), nullable=False),
        sa.Column("text_zh", sa.String(300), nullable=False),
        sa.Column("heading_en", sa.String(120), nullable=False),
        sa.Column("text_en", sa.String(600), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_template")),
        sa.UniqueConstraint("kind", name=op.f("uq_notice_template_kind")),
    )
    op.add_column("workspace_notice", sa.Column("kind", sa.String(60), nullable=False, server_default=""))
    op.alter_column("workspace_notice", "kind", server_default=None)
    op.add_column("workspace_notice", sa.Column("texted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Messages that are no mention have no author and go."""
    op.execute("DELETE FROM workspace_notice WHERE kind <> ''")
    op.drop_column("workspace_notice", "texted_at")
    op.drop_column("workspace_notice", "kind")
    op.drop_table("notice_template")
