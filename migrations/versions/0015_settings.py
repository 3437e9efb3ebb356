"""Settings and schedules that staff change, and second persons above a limit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0015_settings"
down_revision = "0014_second_looks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Versions of settings, of which one of each name counts; cron expressions by job; proposer and approver of a refund."""
    op.create_table(
        "setting_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("money", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f("ck_setting_version_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by OR NOT money", name=op.f("ck_setting_version_second_person")),
        postgresql.ExcludeConstraint(
            (sa.column("name"), "="), where=sa.text("status = 'approved'"), using="gist", name="one_setting_version_counts", deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_version")),
        sa.UniqueConstraint("name", "number", name=op.f("uq_setting_version_name_number")),
    )
    op.create_index("ix_setting_version_status", "setting_version", ["status"])
    for statement in policy_statements("setting_version", open_to=("merchant", "customer", "public")):
        op.execute(statement)
    op.create_table(
        "schedule_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.String(80), nullable=False),
        sa.Column("cron", sa.String(80), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_change")),
    )
    op.create_index("ix_schedule_change_job", "schedule_change", ["job", "id"])
    op.add_column("after_refund_case", sa.Column("proposed_by", sa.String(80), nullable=True))
    op.add_column("after_refund_case", sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("after_refund_case", sa.Column("approved_by", sa.String(80), nullable=True))
    op.create_check_constraint(op.f("ck_after_refund_case_proposed"), "after_refund_case", "status <> 'approving' OR proposed_by IS NOT NULL")
    op.create_check_constraint(op.f("ck_after_refund_case_second_person"), "after_refund_case", "approved_by IS NULL OR approved_by <> proposed_by")


def downgrade() -> None:
    """Defaults and shipped schedules count again; refunds that wait for a second person wait for an answer."""
    op.execute("UPDATE after_refund_case SET status = 'asked' WHERE status = 'approving'")
    for name in ("second_person", "proposed"):
        op.drop_constraint(op.f(f"ck_after_refund_case_{name}"), "after_refund_case")
    for column in ("approved_by", "proposed_at", "proposed_by"):
        op.drop_column("after_refund_case", column)
    op.drop_table("schedule_change")
    op.drop_table("setting_version")
