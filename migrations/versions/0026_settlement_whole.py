"""Accounts to pay to, withdrawals, batches of payments, disputes of statements, invoices for fees."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.framework.access import policy_statements

revision = "0026_settlement_whole"
down_revision = "0025_price_list"
branch_labels = None
depends_on = None

POLICIES = {
    "settle_account": {"merchant": "merchant_id"},
    "settle_withdrawal": {"merchant": "merchant_id"},
    "settle_dispute": {"merchant": "merchant_id"},
    "settle_invoice": {"merchant": "merchant_id"},
    "settle_batch": {},
    "settle_payout": {},
}
KINDS = "'order', 'refund', 'payout', 'reserve', 'offset', 'adjustment'"
DAYS = "hold_days BETWEEN 0 AND 90 AND reserve_days BETWEEN 0 AND 365 AND minimum >= 0"


def upgrade() -> None:
    """Columns for the merchant's word, six tables, numbers for three of them."""
    for name in ("settle_batch_number", "settle_withdrawal_number", "settle_invoice_number"):
        op.execute(f"CREATE SEQUENCE {name}")
    _widen()
    _accounts()
    _withdrawals()
    _payouts()
    _disputes()
    _invoices()
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):
            op.execute(statement)


def _widen() -> None:
    op.add_column("settle_policy", sa.Column("confirm_days", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("settle_policy", "confirm_days", server_default=None)
    _replace_check("settle_policy", "days", f"{DAYS} AND confirm_days BETWEEN 0 AND 30")
    op.add_column("settle_statement", sa.Column("confirm_days", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("settle_statement", "confirm_days", server_default=None)
    op.add_column("settle_statement", sa.Column("confirm_by", sa.DateTime(timezone=True)))
    op.add_column("settle_statement", sa.Column("confirmed_by", sa.String(80)))
    op.add_column("settle_statement", sa.Column("confirmed_at", sa.DateTime(timezone=True)))
    _replace_check("settle_statement", "approved_by_somebody", "approved_by IS NOT NULL OR status IN ('draft', 'confirming', 'disputed', 'frozen')")
    op.create_check_constraint(op.f("ck_settle_statement_confirmed_by_some_day"), "settle_statement", "status <> 'confirming' OR confirm_by IS NOT NULL")
    _replace_check("settle_line", "kind", f"kind IN ({KINDS}, 'withdrawal')")


def _replace_check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _accounts() -> None:
    op.create_table(
        "settle_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        *_owner(),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("holder", sa.String(60), nullable=False),
        sa.Column("bank_name", sa.String(60), nullable=False),
        sa.Column("number_sealed", sa.String(300), nullable=False),
        sa.Column("number_masked", sa.String(24), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("method IN ('bank', 'wechat')", name=op.f("ck_settle_account_method")),
        sa.CheckConstraint("owner_kind <> 'merchant' OR merchant_id = owner_id", name=op.f("ck_settle_account_merchant")),
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f("ck_settle_account_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_settle_account_second_person")),
        _merchant("settle_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_account")),
    )
    op.create_index("ix_settle_account_owner", "settle_account", ["owner_kind", "owner_id"])
    op.execute(
        "ALTER TABLE settle_account ADD CONSTRAINT settle_account_one_in_force EXCLUDE USING btree (owner_kind WITH =, owner_id WITH =)"
        " WHERE (status = 'approved') DEFERRABLE INITIALLY DEFERRED"
    )


def _withdrawals() -> None:
    op.create_table(
        "settle_withdrawal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        *_owner(),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.String(80), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("amount > fee AND fee >= 0", name=op.f("ck_settle_withdrawal_something_arrives")),
        sa.CheckConstraint("owner_kind <> 'merchant' OR merchant_id = owner_id", name=op.f("ck_settle_withdrawal_merchant")),
        _merchant("settle_withdrawal"),
        sa.ForeignKeyConstraint(["account_id"], ["settle_account.id"], name=op.f("fk_settle_withdrawal_account_id_settle_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_withdrawal")),
        sa.UniqueConstraint("number", name=op.f("uq_settle_withdrawal_number")),
    )
    op.create_index("ix_settle_withdrawal_owner", "settle_withdrawal", ["owner_kind", "owner_id", "id"])
    op.create_index("ix_settle_withdrawal_status", "settle_withdrawal", ["status", "id"])


def _payouts() -> None:
    op.create_table(
        "settle_batch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("rows > 0 AND total > 0", name=op.f("ck_settle_batch_something")),
        sa.CheckConstraint("approved_by IS NOT NULL OR status IN ('draft', 'cancelled')", name=op.f("ck_settle_batch_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_settle_batch_second_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_batch")),
        sa.UniqueConstraint("number", name=op.f("uq_settle_batch_number")),
    )
    op.create_index("ix_settle_batch_status", "settle_batch", ["status", "id"])
    op.create_table(
        "settle_payout",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawal_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.String(80), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("problem", sa.String(200), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_settle_payout_amount")),
        sa.CheckConstraint("(statement_id IS NULL) <> (withdrawal_id IS NULL)", name=op.f("ck_settle_payout_of_one_thing")),
        *(
            sa.ForeignKeyConstraint([f"{name}_id"], [f"settle_{name}.id"], name=op.f(f"fk_settle_payout_{name}_id_settle_{name}"))
            for name in ("batch", "statement", "withdrawal", "account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_payout")),
        sa.UniqueConstraint("batch_id", "statement_id", "withdrawal_id", name=op.f("uq_settle_payout_batch_id_statement_id_withdrawal_id")),
    )
    op.create_index("ix_settle_payout_batch", "settle_payout", ["batch_id", "id"])
    op.create_index("ix_settle_payout_status", "settle_payout", ["status", "id"])
    op.create_index(
        "uq_settle_payout_number", "settle_payout", ["number"], unique=True, postgresql_where=sa.text("status NOT IN ('cancelled', 'dropped')")
    )
    for name in ("statement", "withdrawal"):
        op.create_index(
            f"uq_settle_payout_{name}", "settle_payout", [f"{name}_id"], unique=True, postgresql_where=sa.text("status IN ('waiting', 'sent', 'unknown')")
        )


def _disputes() -> None:
    op.create_table(
        "settle_dispute",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(24), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("answer", sa.String(200), nullable=False),
        sa.Column("evidence_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("opened_by", sa.String(80), nullable=False),
        sa.Column("proposed_by", sa.String(80), nullable=True),
        sa.Column("approved_by", sa.String(80), nullable=True),
        *_dated(),
        sa.CheckConstraint("claimed > 0 AND granted BETWEEN 0 AND claimed", name=op.f("ck_settle_dispute_amounts")),
        sa.CheckConstraint("status <> 'upheld' OR (granted > 0 AND approved_by IS NOT NULL)", name=op.f("ck_settle_dispute_upheld_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name=op.f("ck_settle_dispute_second_person")),
        _merchant("settle_dispute"),
        sa.ForeignKeyConstraint(["statement_id"], ["settle_statement.id"], name=op.f("fk_settle_dispute_statement_id_settle_statement")),
        sa.ForeignKeyConstraint(["evidence_id"], ["file_object.id"], name=op.f("fk_settle_dispute_evidence_id_file_object")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_dispute")),
        sa.UniqueConstraint("number", name=op.f("uq_settle_dispute_number")),
    )
    op.create_index("ix_settle_dispute_statement", "settle_dispute", ["statement_id", "id"])
    op.create_index("ix_settle_dispute_merchant", "settle_dispute", ["merchant_id", "id"])


def _invoices() -> None:
    op.create_table(
        "settle_invoice",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("tax_number", sa.String(20), nullable=False),
        sa.Column("email", sa.String(100), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("invoice_number", sa.String(20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_by", sa.String(80), nullable=False),
        sa.Column("answer", sa.String(200), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *_dated(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_settle_invoice_amount")),
        sa.CheckConstraint("kind IN ('normal', 'special')", name=op.f("ck_settle_invoice_kind")),
        sa.CheckConstraint(
            "status <> 'issued' OR (invoice_number <> '' AND issued_on IS NOT NULL)", name=op.f("ck_settle_invoice_issued_with_number")
        ),
        _merchant("settle_invoice"),
        sa.ForeignKeyConstraint(["file_id"], ["file_object.id"], name=op.f("fk_settle_invoice_file_id_file_object")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_settle_invoice_number")),
    )
    op.create_index(
        "uq_settle_invoice_standing", "settle_invoice", ["merchant_id", "month"], unique=True, postgresql_where=sa.text("status IN ('asked', 'issued')")
    )
    op.create_index(
        "uq_settle_invoice_invoice_number", "settle_invoice", ["invoice_number"], unique=True, postgresql_where=sa.text("invoice_number <> ''")
    )
    op.create_index("ix_settle_invoice_status", "settle_invoice", ["status", "id"])


def _owner() -> tuple[sa.Column, ...]:
    return (
        sa.Column("owner_kind", sa.String(16), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
    )


def _merchant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{table}_merchant_id_party_merchant"))


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """The ledger keeps what was paid; who was paid how is lost."""
    for name in ("settle_invoice", "settle_dispute", "settle_payout", "settle_batch", "settle_withdrawal", "settle_account"):
        op.drop_table(name)
    for name in ("settle_batch_number", "settle_withdrawal_number", "settle_invoice_number"):
        op.execute(f"DROP SEQUENCE {name}")
    _replace_check("settle_line", "kind", f"kind IN ({KINDS})")
    op.drop_constraint(op.f("ck_settle_statement_confirmed_by_some_day"), "settle_statement")
    _replace_check("settle_statement", "approved_by_somebody", "approved_by IS NOT NULL OR status IN ('draft', 'frozen')")
    for name in ("confirmed_at", "confirmed_by", "confirm_by", "confirm_days"):
        op.drop_column("settle_statement", name)
    _replace_check("settle_policy", "days", DAYS)
    op.drop_column("settle_policy", "confirm_days")
