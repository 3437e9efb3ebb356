"""The export centre and the import centre: tasks in the background; settlement's own table of exports goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0010_centres"
down_revision = "0009_demo_runs"
branch_labels = None
depends_on = None

TABLES = ("export_task", "import_task", "import_batch")
EXPORT_STATES = "status IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'expired')"
IMPORT_STATES = "status IN ('checking', 'ready', 'waiting', 'running', 'done', 'failed', 'cancelled', 'expired')"


def task_columns(table: str) -> list[sa.schema.SchemaItem]:
    """What every background task has."""
    return [
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=48), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f(f"fk_{table}_user_id_ab_user")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{table}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("key", name=op.f(f"uq_{table}_key")),
    ]


def task_indexes(table: str) -> None:
    """How tasks are found."""
    for column in ("user_id", "merchant_id", "expires_at"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def upgrade() -> None:
    op.create_table(
        "export_task", *task_columns("export_task"),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shape", sa.String(length=4), nullable=False),
        sa.Column("masked", sa.Boolean(), nullable=False),
        sa.Column("checkpoint", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint(EXPORT_STATES, name=op.f("ck_export_task_status")),
        sa.CheckConstraint("shape IN ('xlsx', 'csv')", name=op.f("ck_export_task_shape")),
        sa.CheckConstraint("status <> 'done' OR size IS NOT NULL", name=op.f("ck_export_task_file")),
    )
    op.create_table(
        "import_task", *task_columns("import_task"),
        sa.Column("importer", sa.String(length=80), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("good", sa.BigInteger(), nullable=False),
        sa.Column("bad", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(IMPORT_STATES, name=op.f("ck_import_task_status")),
        sa.CheckConstraint("mode IN ('', 'all', 'good')", name=op.f("ck_import_task_mode")),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("outcomes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["import_task.id"], name=op.f("fk_import_batch_task_id_import_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sa.UniqueConstraint("task_id", "begins", name=op.f("uq_import_batch_task_id_begins")),
    )
    for table in TABLES[:2]:
        task_indexes(table)
    for table in TABLES:
        for statement in policy_statements(table, merchant="merchant_id"):
            op.execute(statement)
    op.drop_table("settle_export")


def downgrade() -> None:
    op.create_table(
        "settle_export",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=48), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("cycle_id", sa.BigInteger(), nullable=True),
        sa.Column("statement_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_settle_export_state")),
        sa.CheckConstraint("(cycle_id IS NULL) <> (statement_id IS NULL)", name=op.f("ck_settle_export_of_one_thing")),
        sa.ForeignKeyConstraint(["cycle_id"], ["settle_cycle.id"], name=op.f("fk_settle_export_cycle_id_settle_cycle")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_settle_export_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["statement_id"], ["settle_statement.id"], name=op.f("fk_settle_export_statement_id_settle_statement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_export")),
        sa.UniqueConstraint("key", name=op.f("uq_settle_export_key")),
    )
    op.create_index("ix_settle_export_cycle", "settle_export", ["cycle_id", "id"], unique=False)
    for statement in policy_statements("settle_export", merchant="merchant_id"):
        op.execute(statement)
    for table in reversed(TABLES):
        op.drop_table(table)
