"""Cases that look at a decision again: samples and appeals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014_second_looks"
down_revision = "0013_people"
branch_labels = None
depends_on = None

OPEN = "status IN ('waiting', 'claimed', 'asked')"


def upgrade() -> None:
    """A sample stands beside an open case of the same subject; a policy says how many there are."""
    op.add_column("approval_case", sa.Column("purpose", sa.String(8), server_default="review", nullable=False))
    op.add_column("approval_case", sa.Column("about_id", sa.BigInteger(), nullable=True))
    op.add_column("approval_case", sa.Column("barred_by", sa.BigInteger(), nullable=True))
    op.add_column("approval_case", sa.Column("plea", sa.String(500), server_default="", nullable=False))
    op.create_foreign_key("fk_approval_case_about_id_approval_case", "approval_case", "approval_case", ["about_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_approval_case_purpose"), "approval_case", "purpose IN ('review', 'sample', 'appeal') AND (purpose = 'review') = (about_id IS NULL)",
    )
    op.drop_index("uq_approval_case_open", "approval_case")
    op.create_index(
        "uq_approval_case_open", "approval_case", ["kind", "subject_id"], unique=True, postgresql_where=sa.text(f"{OPEN} AND purpose <> 'sample'"),
    )
    op.create_index("uq_approval_case_sample", "approval_case", ["about_id"], unique=True, postgresql_where=sa.text("purpose = 'sample'"))
    op.create_index("ix_approval_case_decided", "approval_case", ["decided_at"], postgresql_where=sa.text("decided_by IS NOT NULL"))
    op.add_column("approval_policy", sa.Column("sample_ppm", sa.Integer(), server_default="50000", nullable=False))
    op.create_check_constraint(op.f("ck_approval_policy_sample"), "approval_policy", "sample_ppm BETWEEN 0 AND 1000000")


def downgrade() -> None:
    """Second looks are forgotten."""
    op.drop_constraint(op.f("ck_approval_policy_sample"), "approval_policy")
    op.drop_column("approval_policy", "sample_ppm")
    op.execute("DELETE FROM approval_case WHERE purpose = 'sample'")
    for index in ("ix_approval_case_decided", "uq_approval_case_sample", "uq_approval_case_open"):
        op.drop_index(index, "approval_case")
    op.create_index("uq_approval_case_open", "approval_case", ["kind", "subject_id"], unique=True, postgresql_where=sa.text(OPEN))
    op.drop_constraint(op.f("ck_approval_case_purpose"), "approval_case")
    for column in ("plea", "barred_by", "about_id", "purpose"):
        op.drop_column("approval_case", column)
