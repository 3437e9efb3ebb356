"""Saved reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0018_reports"
down_revision = "0017_visibility"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table, each side's rows its own."""
    op.create_table(
        "report",
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("list_name", sa.String(60), nullable=False),
        sa.Column("query", postgresql.JSONB(), nullable=False),
        sa.Column("group_by", sa.String(80), nullable=False),
        sa.Column("series", sa.String(80), nullable=False),
        sa.Column("measure", sa.String(80), nullable=False),
        sa.Column("shape", sa.String(8), nullable=False),
        sa.Column("shared", sa.String(8), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(shared = 'role') = (role <> '')", name=op.f("ck_report_role")),
        sa.CheckConstraint("shape IN ('bar', 'line', 'pie', 'table')", name=op.f("ck_report_shape")),
        sa.CheckConstraint("shared IN ('private', 'role', 'side')", name=op.f("ck_report_shared")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_report_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_report_user_id_ab_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_side", "report", ["merchant_id", "id"])
    for statement in policy_statements("report", merchant="merchant_id"):
        op.execute(statement)


def downgrade() -> None:
    """Reports are forgotten."""
    op.drop_table("report")
