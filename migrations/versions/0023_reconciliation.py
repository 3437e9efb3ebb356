"""Days that were compared with the channel's bill, pairs, and breaks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023_reconciliation"
down_revision = "0022_demands"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables."""
    op.create_table(
        "recon_day",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account_number", sa.String(32), nullable=False),
        sa.Column("bill_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("theirs_in", "theirs_out", "ours_in", "ours_out")),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.String(80), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("matched BETWEEN 0 AND lines", name=op.f("ck_recon_day_matched_within")),
        sa.ForeignKeyConstraint(["bill_id"], ["pay_bill.id"], name=op.f("fk_recon_day_bill_id_pay_bill")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recon_day")),
        sa.UniqueConstraint("account_number", "day", name=op.f("uq_recon_day_account_number_day")),
    )
    op.create_table(
        "recon_pair",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.String(16), nullable=False),
        sa.CheckConstraint("how IN ('number', 'channel_number', 'window')", name=op.f("ck_recon_pair_how")),
        sa.ForeignKeyConstraint(["day_id"], ["recon_day.id"], name=op.f("fk_recon_pair_day_id_recon_day")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recon_pair")),
        sa.UniqueConstraint("day_id", "row", name=op.f("uq_recon_pair_day_id_row")),
        sa.UniqueConstraint("kind", "record_id", name=op.f("uq_recon_pair_kind_record_id")),
    )
    op.create_table(
        "recon_break",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(80, "C"), nullable=False),
        sa.Column("day_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("our_number", sa.String(64), nullable=False),
        sa.Column("channel_number", sa.String(64), nullable=False),
        sa.Column("record_kind", sa.String(8), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        sa.Column("theirs", sa.BigInteger(), nullable=True),
        sa.Column("ours", sa.BigInteger(), nullable=True),
        sa.Column("effect", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("resolution", sa.String(16), nullable=False),
        sa.Column("explanation", sa.String(200), nullable=False),
        sa.Column("proposed_by", sa.String(80), nullable=True),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name=op.f("ck_recon_break_second_person")),
        sa.CheckConstraint("status <> 'closed' OR resolution <> ''", name=op.f("ck_recon_break_closed_somehow")),
        sa.ForeignKeyConstraint(["day_id"], ["recon_day.id"], name=op.f("fk_recon_break_day_id_recon_day")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recon_break")),
        sa.UniqueConstraint("number", name=op.f("uq_recon_break_number")),
    )
    op.create_index("ix_recon_break_day", "recon_break", ["day_id", "id"])
    op.create_index("ix_recon_break_open", "recon_break", ["status", "due_on"], postgresql_where=sa.text("status <> 'closed'"))
    op.create_index("ix_recon_break_record", "recon_break", ["record_kind", "record_id"])


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """What was compared can be compared again; what stands in suspense stays in the ledger."""
    for name in ("recon_break", "recon_pair", "recon_day"):
        op.drop_table(name)
