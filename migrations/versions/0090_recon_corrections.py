"""Pairs that people take apart or make by hand, and settled breaks that they open again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0090_recon_corrections"
down_revision = "0089_fees_after_months_end"
branch_labels = None
depends_on = None

NAME = "recon_correction"
HOW = "how IN ('number', 'channel_number', 'window', 'payout', 'group'{more})"


def upgrade() -> None:
    """The table of corrections, how often a break was opened, and pairs by people."""
    op.add_column("recon_break", sa.Column("round", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("recon_break", "round", server_default=None)
    op.create_check_constraint(op.f("ck_recon_break_round"), "recon_break", "round > 0")
    op.drop_constraint(op.f("ck_recon_pair_how"), "recon_pair")
    op.create_check_constraint(op.f("ck_recon_pair_how"), "recon_pair", HOW.format(more=", 'people'"))
    op.create_table(
        NAME,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(8), nullable=False),
        sa.Column("day_id", sa.BigInteger(), nullable=False),
        sa.Column("bill_id", sa.BigInteger(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        *(sa.Column(column, sa.String(64), nullable=False) for column in ("our_number", "channel_number")),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=True) for column in ("break_id", "other_id")),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.Column(column, sa.DateTime(timezone=True), nullable=False) for column in ("created_at", "updated_at")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("what IN ('part', 'join', 'reopen')", name=op.f(f"ck_{NAME}_what")),
        sa.CheckConstraint("(what = 'join') = (other_id IS NOT NULL) AND (what = 'part') = (break_id IS NULL)", name=op.f(f"ck_{NAME}_breaks")),
        sa.CheckConstraint("what = 'reopen' OR (bill_id IS NOT NULL AND row IS NOT NULL AND kind <> '')", name=op.f(f"ck_{NAME}_line")),
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f(f"ck_{NAME}_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f(f"ck_{NAME}_second_person")),
        sa.ForeignKeyConstraint(["day_id"], ["recon_day.id"], name=op.f(f"fk_{NAME}_day_id_recon_day")),
        sa.ForeignKeyConstraint(["bill_id"], ["pay_bill.id"], name=op.f(f"fk_{NAME}_bill_id_pay_bill")),
        *(sa.ForeignKeyConstraint([column], ["recon_break.id"], name=op.f(f"fk_{NAME}_{column}_recon_break")) for column in ("break_id", "other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
    )
    op.create_index(f"uq_{NAME}_line", NAME, ["bill_id", "row"], unique=True, postgresql_where=sa.text("status = 'draft' AND what <> 'reopen'"))
    op.create_index(f"uq_{NAME}_break", NAME, ["break_id"], unique=True, postgresql_where=sa.text("status = 'draft'"))
    op.create_index(f"ix_{NAME}_day", NAME, ["day_id"])
    op.create_index(f"ix_{NAME}_bill", NAME, ["bill_id", "row"])
    op.create_index(f"ix_{NAME}_break", NAME, ["break_id"])
    op.create_index(f"ix_{NAME}_other", NAME, ["other_id"])


def downgrade() -> None:
    """Drop them; what people matched by hand is no pair any more."""
    op.drop_table(NAME)
    op.execute("DELETE FROM recon_pair WHERE how = 'people'")
    op.drop_constraint(op.f("ck_recon_pair_how"), "recon_pair")
    op.create_check_constraint(op.f("ck_recon_pair_how"), "recon_pair", HOW.format(more=""))
    op.drop_constraint(op.f("ck_recon_break_round"), "recon_break")
    op.drop_column("recon_break", "round")
