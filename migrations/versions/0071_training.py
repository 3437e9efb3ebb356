"""Courses, their lessons and questions, learners and their attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0071_training"
down_revision = "0070_deals"
branch_labels = None
depends_on = None

POLICIES: dict[str, dict[str, object]] = {
    "training_course": {"open_to": ("customer", "merchant", "public")},
    "training_lesson": {"open_to": ("customer", "merchant", "public")},
    "training_question": {},
    "training_learner": {"merchant": "merchant_id"},
    "training_attempt": {"merchant": "merchant_id"},
}


def upgrade() -> None:
    """The tables and whose rows they hold."""
    for make in (_courses, _lessons, _questions, _learners, _attempts):
        make()
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):  # type: ignore[arg-type]
            op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(POLICIES):
        op.drop_table(table)


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def _courses() -> None:
    name = "training_course"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("category", sa.String(30), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("summary", sa.String(200), nullable=False),
        sa.Column("pass_percent", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        *_dated(),
        sa.CheckConstraint("pass_percent BETWEEN 1 AND 100", name=op.f(f"ck_{name}_pass_percent")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_trade", name, ["trade", "category", "status"])


def _lessons() -> None:
    name = "training_lesson"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        *_dated(),
        sa.ForeignKeyConstraint(["course_id"], ["training_course.id"], name=op.f(f"fk_{name}_course_id_training_course")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_course_id"), name, ["course_id"])


def _questions() -> None:
    name = "training_question"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("right", postgresql.JSONB(), nullable=False),
        *_dated(),
        sa.CheckConstraint("jsonb_array_length(options) BETWEEN 2 AND 6 AND jsonb_array_length(\"right\") >= 1", name=op.f(f"ck_{name}_options")),
        sa.ForeignKeyConstraint(["course_id"], ["training_course.id"], name=op.f(f"fk_{name}_course_id_training_course")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_course_id"), name, ["course_id"])


def _learners() -> None:
    name = "training_learner"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(130), nullable=False),
        sa.Column("read", postgresql.JSONB(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("best", sa.Integer(), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("best BETWEEN 0 AND 100", name=op.f(f"ck_{name}_best")),
        sa.ForeignKeyConstraint(["course_id"], ["training_course.id"], name=op.f(f"fk_{name}_course_id_training_course")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f(f"fk_{name}_user_id_ab_user")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("course_id", "user_id", "merchant_id", name=op.f(f"uq_{name}_course_id_user_id_merchant_id")),
    )
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "course_id"])
    op.create_index(op.f(f"ix_{name}_user_id"), name, ["user_id"])


def _attempts() -> None:
    name = "training_attempt"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("correct", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        *_dated(),
        sa.CheckConstraint("correct BETWEEN 0 AND asked AND asked > 0", name=op.f(f"ck_{name}_marks")),
        sa.ForeignKeyConstraint(["learner_id"], ["training_learner.id"], name=op.f(f"fk_{name}_learner_id_training_learner")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_learner_id"), name, ["learner_id"])
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
