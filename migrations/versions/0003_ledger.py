"""The ledger: books, accounts, transactions, entries, balances, closed days, proofs; its functions, triggers, and rights."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0003_ledger"
down_revision = "0002_parties"
branch_labels = None
depends_on = None

SCHEMA = Path(__file__).parents[2] / "app" / "kernel" / "ledger" / "schema.sql"

# Name and floor of every book; app/kernel/ledger/accounts.py gives them words.
WITH_FLOOR = (
    "pending", "available", "reserve", "withdrawing", "deposit", "dispute_hold", "float", "refund_payable",
    "wallet_principal", "wallet_bonus", "points",
)
WITHOUT_FLOOR = (
    "receivable", "points_issued", "clearing", "channel_balance", "bank", "payout_in_transit", "escrow", "voucher_liability", "revenue",
    "deferred", "cost", "output_vat", "withholding", "unidentified_receipt", "recon_suspense",
)
ADDRESS = "rtrim(owner_kind || '/' || owner_id::text || '/' || book || '/' || asset || '/' || trade || '/' || label, '/')"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Tables, books, then everything of schema.sql, then who sees which rows."""
    _accounts()
    _transactions()
    _kept_balances()
    _proofs()
    op.bulk_insert(
        sa.table("ledger_book", sa.column("name"), sa.column("floor")),
        [{"name": name, "floor": 0} for name in WITH_FLOOR] + [{"name": name, "floor": None} for name in WITHOUT_FLOOR],
    )
    op.get_bind().connection.cursor().execute(SCHEMA.read_text())
    for statement in _policies():
        op.execute(statement)


def _accounts() -> None:
    op.create_table("ledger_book", sa.Column("name", sa.Text, primary_key=True), sa.Column("floor", sa.BigInteger))
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("owner_kind", sa.Text, nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("book", sa.Text, sa.ForeignKey("ledger_book.name"), nullable=False),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("trade", sa.Text, server_default="", nullable=False),
        sa.Column("label", sa.Text, server_default="", nullable=False),
        sa.Column("floor", sa.BigInteger),
        sa.Column("address", sa.Text, sa.Computed(ADDRESS, persisted=True), nullable=False),
        sa.Column("merchant_id", sa.BigInteger, sa.Computed("CASE WHEN owner_kind = 'merchant' THEN owner_id END", persisted=True)),
        sa.Column("customer_id", sa.BigInteger, sa.Computed("CASE WHEN owner_kind = 'customer' THEN owner_id END", persisted=True)),
        sa.UniqueConstraint("address"),
        sa.CheckConstraint("concat(owner_kind, book, asset, trade, label) !~ '/'", name="no_slash"),
        sa.CheckConstraint("owner_kind ~ '^[a-z_]+$' AND asset ~ '^[A-Z]{3}$'", name="named"),
    )
    op.create_index("ix_ledger_account_owner", "ledger_account", ["owner_kind", "owner_id"])


def _transactions() -> None:
    op.create_table(
        "ledger_transaction",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("event_at", MOMENT, nullable=False),
        sa.Column("booked_on", sa.Date, nullable=False),
        sa.Column("recorded_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("tx", sa.BigInteger, server_default=sa.text("(pg_current_xact_id()::text)::bigint"), nullable=False),
        sa.Column("entry_count", sa.SmallInteger, nullable=False),
        sa.Column("order_id", sa.BigInteger),
        sa.Column("trade", sa.Text, server_default="", nullable=False),
        sa.Column("merchant_id", sa.BigInteger),
        sa.Column("reverses", sa.BigInteger, sa.ForeignKey("ledger_transaction.id")),
        sa.Column("rule_versions", postgresql.ARRAY(sa.BigInteger), server_default="{}", nullable=False),
        sa.Column("maker", sa.Text, nullable=False),
        sa.Column("checker", sa.Text),
        sa.Column("memo", sa.Text, server_default="", nullable=False),
        sa.UniqueConstraint("kind", "key"),
        sa.UniqueConstraint("reverses"),
        sa.CheckConstraint("entry_count >= 2", name="two_entries"),
        sa.CheckConstraint("checker <> maker", name="four_eyes"),
    )
    op.create_index("ix_ledger_transaction_order_id", "ledger_transaction", ["order_id"], postgresql_where=sa.text("order_id IS NOT NULL"))
    op.create_table(
        "ledger_entry",
        sa.Column("transaction_id", sa.BigInteger, primary_key=True),
        sa.Column("seq", sa.SmallInteger, primary_key=True),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("booked_on", sa.Date, nullable=False),
        sa.Column("balance_after", sa.BigInteger),
        sa.Column("version", sa.BigInteger),
        sa.CheckConstraint("amount <> 0", name="amount_not_zero"),
        sa.CheckConstraint("seq >= 1", name="seq_from_one"),
        sa.CheckConstraint("(version IS NULL) = (balance_after IS NULL)", name="version_with_balance"),
    )
    op.create_index(
        "uq_ledger_entry_account_day", "ledger_entry", ["account_id", "booked_on", "transaction_id"], unique=True, postgresql_include=["amount"]
    )
    op.create_index(
        "uq_ledger_entry_version", "ledger_entry", ["account_id", "version"], unique=True, postgresql_where=sa.text("version IS NOT NULL")
    )


def _kept_balances() -> None:
    op.create_table(
        "ledger_balance",
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("ledger_account.id"), primary_key=True),
        sa.Column("posted", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("floor", sa.BigInteger, nullable=False),
        sa.CheckConstraint("posted >= floor", name="floor"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "ledger_day",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("closed_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("closed_by", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger_snapshot",
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("ledger_account.id"), primary_key=True),
        sa.Column("day", sa.Date, sa.ForeignKey("ledger_day.day"), primary_key=True),
        sa.Column("balance", sa.BigInteger, nullable=False),
    )


def _proofs() -> None:
    op.create_table(
        "ledger_proof_run",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.Column("proofs", sa.Integer, nullable=False),
        sa.Column("findings", sa.Integer, nullable=False),
    )
    op.create_index("ix_ledger_proof_run_started_at", "ledger_proof_run", ["started_at"])
    op.create_table(
        "ledger_proof_finding",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("run_id", sa.BigInteger, sa.ForeignKey("ledger_proof_run.id"), nullable=False),
        sa.Column("proof", sa.String(80), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("expected", sa.Text, nullable=False),
        sa.Column("found", sa.Text, nullable=False),
    )
    op.create_index("ix_ledger_proof_finding_run_id", "ledger_proof_finding", ["run_id"])
    op.execute("REVOKE ALL ON ledger_proof_run, ledger_proof_finding FROM baiye_app")
    op.execute("GRANT SELECT, INSERT ON ledger_proof_run, ledger_proof_finding TO baiye_app")
    op.execute("GRANT USAGE ON SEQUENCE ledger_proof_run_id_seq, ledger_proof_finding_id_seq TO baiye_app")


def _policies() -> list[str]:
    """Row-level security: accounts say whose they are; entries, balances, and snapshots follow their account."""
    statements = policy_statements("ledger_account", merchant="merchant_id", customer="customer_id")
    statements += policy_statements("ledger_transaction", merchant="merchant_id")
    statements += policy_statements("ledger_proof_run") + policy_statements("ledger_proof_finding")
    for table in ("ledger_entry", "ledger_balance", "ledger_snapshot"):
        owner = f"(SELECT %s FROM ledger_account WHERE ledger_account.id = {table}.account_id)"
        statements += policy_statements(table, merchant=owner % "merchant_id", customer=owner % "customer_id")
    return statements


def downgrade() -> None:
    """Everything of the ledger goes, with every fen that it explained."""
    tables = (
        "ledger_proof_finding", "ledger_proof_run", "ledger_snapshot", "ledger_day", "ledger_balance", "ledger_entry", "ledger_transaction",
        "ledger_account", "ledger_book",
    )
    for table in tables:
        op.drop_table(table)
    names = (
        "ledger_post", "ledger_hold", "ledger_account_ids", "ledger_close_day", "ledger_snapshot_day", "ledger_day_lock", "ledger_account_floor",
        "ledger_account_balance", "ledger_refuse_stranger", "ledger_refuse_unbalanced", "ledger_refuse_unexplained", "ledger_refuse_change",
    )
    for name in names:
        op.execute(f"DROP FUNCTION {name}")
