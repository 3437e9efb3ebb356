"""Lines of bills, sharing bills, the fund bill in reconciliation, months."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027_recon_complete"
down_revision = "0026_settlement_whole"
branch_labels = None
depends_on = None

# Lines are copied in by the million before their bill stands: a foreign key would be a million checks. A proof says that none is without its bill.
KEPT = """
CREATE TRIGGER pay_bill_line_kept BEFORE UPDATE OR DELETE ON pay_bill_line FOR EACH ROW EXECUTE FUNCTION baiye_refuse_change();
CREATE TRIGGER pay_bill_line_no_truncate BEFORE TRUNCATE ON pay_bill_line FOR EACH STATEMENT EXECUTE FUNCTION baiye_refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON pay_bill_line FROM baiye_app;
"""


def upgrade() -> None:
    """Two tables, and columns for the second bill."""
    op.create_table(
        "pay_bill_line",
        sa.Column("bill_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12, "C"), nullable=False),
        sa.Column("number", sa.String(64, "C"), nullable=False),
        sa.Column("channel_number", sa.String(64, "C"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in ("settled", "fee", "coupon")),
        sa.Column("state", sa.String(32, "C"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=True),
        sa.Column("continues", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.PrimaryKeyConstraint("bill_id", "row", name=op.f("pk_pay_bill_line")),
    )
    op.execute(KEPT)
    op.drop_constraint(op.f("ck_pay_bill_kind"), "pay_bill", type_="check")
    op.create_check_constraint(op.f("ck_pay_bill_kind"), "pay_bill", "kind IN ('trade', 'fund', 'sharing')")
    op.create_table(
        "recon_month",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("account_number", sa.String(32), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("proposed_by", sa.String(80), nullable=True),
        sa.Column("closed_by", sa.String(80), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("closed_by IS NULL OR closed_by <> proposed_by", name=op.f("ck_recon_month_second_person")),
        sa.CheckConstraint("status <> 'closed' OR closed_by IS NOT NULL", name=op.f("ck_recon_month_closed_by_somebody")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_recon_month_first_day")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recon_month")),
        sa.UniqueConstraint("account_number", "month", name=op.f("uq_recon_month_account_number_month")),
    )
    _days()
    _pairs()
    _breaks()


def _days() -> None:
    for name in ("fund_bill_id", "sharing_bill_id"):
        op.add_column("recon_day", sa.Column(name, sa.BigInteger(), sa.ForeignKey("pay_bill.id", name=op.f(f"fk_recon_day_{name}_pay_bill"))))
    op.add_column("recon_day", sa.Column("fee_ppm", sa.Integer(), nullable=False, server_default="6000"))
    for name in ("movements", "moved"):
        op.add_column("recon_day", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_check_constraint(op.f("ck_recon_day_moved_within"), "recon_day", "moved BETWEEN 0 AND movements")


def _pairs() -> None:
    """Plain pairs are no longer kept one by one; the others name their bill."""
    op.execute("DELETE FROM recon_pair WHERE how = 'number' OR day_id IN (SELECT id FROM recon_day WHERE bill_id IS NULL)")
    op.add_column("recon_pair", sa.Column("bill_id", sa.BigInteger(), sa.ForeignKey("pay_bill.id", name=op.f("fk_recon_pair_bill_id_pay_bill"))))
    op.execute("UPDATE recon_pair SET bill_id = day.bill_id FROM recon_day AS day WHERE day.id = day_id")
    op.alter_column("recon_pair", "bill_id", nullable=False)
    op.alter_column("recon_pair", "record_id", nullable=True)
    op.drop_constraint(op.f("uq_recon_pair_day_id_row"), "recon_pair")
    op.create_unique_constraint(
        op.f("uq_recon_pair_bill_id_row_record_id"), "recon_pair", ["bill_id", "row", "record_id"], postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_recon_pair_day", "recon_pair", ["day_id"])
    op.drop_constraint(op.f("ck_recon_pair_how"), "recon_pair", type_="check")
    op.create_check_constraint(op.f("ck_recon_pair_how"), "recon_pair", "how IN ('number', 'channel_number', 'window', 'payout', 'group')")


def _breaks() -> None:
    op.add_column("recon_break", sa.Column("bill_id", sa.BigInteger(), sa.ForeignKey("pay_bill.id", name=op.f("fk_recon_break_bill_id_pay_bill"))))
    op.execute("UPDATE recon_break SET bill_id = day.bill_id FROM recon_day AS day WHERE day.id = day_id AND row IS NOT NULL")
    op.add_column("recon_break", sa.Column("source", sa.String(12), nullable=False, server_default="clearing"))
    op.add_column("recon_break", sa.Column("movement", sa.String(12), nullable=False, server_default=""))
    for name in ("theirs_at", "ours_at"):
        op.add_column("recon_break", sa.Column(name, sa.DateTime(timezone=True)))
    op.create_check_constraint(op.f("ck_recon_break_source"), "recon_break", "source IN ('clearing', 'unidentified')")


def downgrade() -> None:
    """Back to the trade bill alone; what stands in suspense stays in the ledger."""
    for name in ("bill_id", "source", "movement", "theirs_at", "ours_at"):
        op.drop_column("recon_break", name)
    op.execute("DELETE FROM recon_pair WHERE record_id IS NULL OR how IN ('payout', 'group')")
    op.drop_constraint(op.f("ck_recon_pair_how"), "recon_pair", type_="check")
    op.create_check_constraint(op.f("ck_recon_pair_how"), "recon_pair", "how IN ('number', 'channel_number', 'window')")
    op.drop_column("recon_pair", "bill_id")
    op.drop_index("ix_recon_pair_day", "recon_pair")
    op.alter_column("recon_pair", "record_id", nullable=False)
    op.create_unique_constraint(op.f("uq_recon_pair_day_id_row"), "recon_pair", ["day_id", "row"])
    for name in ("fund_bill_id", "sharing_bill_id", "fee_ppm", "movements", "moved"):
        op.drop_column("recon_day", name)
    op.drop_table("recon_month")
    op.execute("DELETE FROM pay_bill WHERE kind = 'sharing'")
    op.drop_constraint(op.f("ck_pay_bill_kind"), "pay_bill", type_="check")
    op.create_check_constraint(op.f("ck_pay_bill_kind"), "pay_bill", "kind IN ('trade', 'fund')")
    op.drop_table("pay_bill_line")
