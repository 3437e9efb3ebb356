"""What people keep: list views, notes, unread messages, drafts, pins, recent records. Indexes of the search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0011_workspace"
down_revision = "0010_centres"
branch_labels = None
depends_on = None

TABLES = ("workspace_view", "workspace_note", "workspace_notice", "workspace_draft", "workspace_pin", "workspace_recent")
MOMENT = sa.DateTime(timezone=True)

# A merchant's notes are that merchant's alone: not even the platform reads them, so the policy leaves out what it sees elsewhere.
SIDES = (
    "(((SELECT baiye_scope_kind()) = 'all' AND merchant_id IS NULL)"
    " OR ((SELECT baiye_scope_kind()) = 'merchant' AND merchant_id = (SELECT baiye_scope_id())))"
)
NOTE_POLICIES = (
    "ALTER TABLE workspace_note ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY workspace_note_read ON workspace_note FOR SELECT USING {SIDES}",
    f"CREATE POLICY workspace_note_insert ON workspace_note FOR INSERT WITH CHECK {SIDES}",
    f"CREATE POLICY workspace_note_update ON workspace_note FOR UPDATE USING {SIDES} WITH CHECK {SIDES}",
    f"CREATE POLICY workspace_note_delete ON workspace_note FOR DELETE USING {SIDES}",
)


def kept(name: str, *columns: sa.SchemaItem) -> None:
    """A table of rows of one person on one side."""
    op.create_table(
        name,
        *columns,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f(f"fk_{name}_user_id_ab_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    kept(
        "workspace_view",
        sa.Column("list_name", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", postgresql.JSONB(), nullable=False),
        sa.Column("shared", sa.String(length=8), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("opens_first", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("shared IN ('private', 'role', 'side', 'layout')", name=op.f("ck_workspace_view_shared")),
        sa.CheckConstraint("(shared = 'role') = (role <> '')", name=op.f("ck_workspace_view_role")),
        sa.CheckConstraint("NOT opens_first OR shared = 'role'", name=op.f("ck_workspace_view_opens_first")),
        sa.CheckConstraint("(shared = 'layout') = (name = '')", name=op.f("ck_workspace_view_name")),
    )
    kept(
        "workspace_note",
        sa.Column("subject_type", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.CheckConstraint("words <> ''", name=op.f("ck_workspace_note_words")),
    )
    kept(
        "workspace_notice",
        sa.Column("note_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["note_id"], ["workspace_note.id"], name=op.f("fk_workspace_notice_note_id_workspace_note"), ondelete="CASCADE"
        ),
    )
    kept(
        "workspace_draft",
        sa.Column("form_name", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("typed", postgresql.JSONB(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
    )
    kept(
        "workspace_pin",
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    kept(
        "workspace_recent",
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
    )
    indexes()
    search()
    for table in TABLES:
        for statement in NOTE_POLICIES if table == "workspace_note" else policy_statements(table, merchant="merchant_id"):
            op.execute(statement)


def indexes() -> None:
    """Every index of these tables: one row where one is meant, and what the pages ask for."""
    side = sa.text("coalesce(merchant_id, 0)")
    op.create_index("ix_workspace_view_list", "workspace_view", ["list_name", "merchant_id"])
    op.create_index(
        "uq_workspace_view_first", "workspace_view", ["list_name", "role", side], unique=True,
        postgresql_where=sa.text("opens_first AND deleted_at IS NULL"),
    )
    op.create_index(
        "uq_workspace_view_layout", "workspace_view", ["user_id", "list_name", side], unique=True, postgresql_where=sa.text("shared = 'layout'"),
    )
    op.create_index("ix_workspace_note_subject", "workspace_note", ["subject_type", "subject_id", "id"])
    op.create_index("ix_workspace_notice_unread", "workspace_notice", ["user_id"], postgresql_where=sa.text("read_at IS NULL"))
    op.create_index("ix_workspace_notice_user", "workspace_notice", ["user_id", "id"])
    op.create_index(op.f("ix_workspace_notice_note_id"), "workspace_notice", ["note_id"])
    op.create_index("uq_workspace_draft_form", "workspace_draft", ["user_id", side, "form_name", "record_id"], unique=True)
    op.create_index("ix_workspace_draft_saved", "workspace_draft", ["saved_at"])
    op.create_index("uq_workspace_pin_address", "workspace_pin", ["user_id", side, "address"], unique=True)
    op.create_index("uq_workspace_recent_address", "workspace_recent", ["user_id", side, "address"], unique=True)
    op.create_index("ix_workspace_recent_seen", "workspace_recent", ["user_id", "seen_at"])


BY_CODE_POINT = (
    ("order_order", "number", 24), ("pay_payment", "number", 32), ("pay_payment", "channel_number", 64), ("pay_refund", "number", 32),
    ("pay_refund", "channel_number", 64), ("party_merchant", "code", 20), ("party_customer", "name", 40),
)


def search() -> None:
    """What the search from everywhere asks by: the last digits of an order, a customer's name. Plain columns and comparisons only,
    because a row's policy lets nothing else reach an index."""
    # Ranges over the beginning of a text need an order by code point, whatever the database's own collation.
    for table, column, length in BY_CODE_POINT:
        op.alter_column(table, column, type_=sa.String(length, "C"))
    op.add_column("order_order", sa.Column("number_tail", sa.String(length=4), sa.Computed("right(number::text, 4)", persisted=True), nullable=False))
    op.create_index(op.f("ix_order_order_number_tail"), "order_order", ["number_tail"])
    op.create_index(op.f("ix_party_customer_name"), "party_customer", ["name"])


def downgrade() -> None:
    op.drop_index("ix_party_customer_name", "party_customer")
    op.drop_column("order_order", "number_tail")
    for table in ("workspace_notice", "workspace_view", "workspace_note", "workspace_draft", "workspace_pin", "workspace_recent"):
        op.drop_table(table)
