"""Orders paid in several ways, and monthly accounts of companies: who may charge them, what they owe, what they paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.framework.access import policy_statements

revision = "0032_accounts"
down_revision = "0031_sharing"
branch_labels = None
depends_on = None

TABLES = ("credit_account", "credit_limit_change", "credit_member", "credit_statement", "credit_line", "credit_receipt")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Refunds say what asked for them; an order's payments add up to it; six tables of accounts, and the book of what they owe."""
    _parts()
    op.execute("INSERT INTO ledger_book (name, floor) VALUES ('account_receivable', NULL)")
    for name in ("credit_account_number", "credit_statement_number"):
        op.execute(f"CREATE SEQUENCE {name}")
    _accounts()
    _statements()
    op.execute("CREATE TRIGGER credit_line_kept BEFORE UPDATE OR DELETE ON credit_line FOR EACH ROW EXECUTE FUNCTION baiye_refuse_change()")
    for table in TABLES:
        for statement in policy_statements(table):
            op.execute(statement)


def _parts() -> None:
    op.add_column("pay_refund", sa.Column("origin", sa.String(24), nullable=False, server_default=""))
    op.execute("UPDATE pay_refund SET origin = after_refund_case.number FROM after_refund_case WHERE after_refund_case.refund_id = pay_refund.id")
    op.execute(
        "UPDATE pay_refund SET origin = 'surplus' WHERE origin = '' AND payment_id IN (SELECT payment_id FROM pay_anomaly WHERE payment_id IS NOT NULL)"
    )
    op.create_index("ix_pay_refund_origin", "pay_refund", ["origin"], postgresql_where=sa.text("origin <> ''"))
    op.drop_column("after_refund_case", "refund_id")
    op.drop_constraint(op.f("ck_order_order_refunded_within_paid"), "order_order")
    op.create_check_constraint(op.f("ck_order_order_refunded_within_paid"), "order_order", "paid BETWEEN 0 AND payable AND refunded BETWEEN 0 AND paid")


def _accounts() -> None:
    op.create_table(
        "credit_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("company", sa.String(60), nullable=False),
        sa.Column("tax_number", sa.String(20), nullable=False),
        sa.Column("contact", sa.String(40), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("credit_limit", sa.BigInteger(), nullable=False),
        sa.Column("billing_day", sa.Integer(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        *_proposal(),
        *_dated(),
        sa.CheckConstraint("credit_limit > 0", name=op.f("ck_credit_account_credit_limit")),
        sa.CheckConstraint("billing_day BETWEEN 1 AND 28 AND due_days BETWEEN 1 AND 90", name=op.f("ck_credit_account_days")),
        sa.CheckConstraint("status NOT IN ('open', 'suspended') OR approved_by IS NOT NULL", name=op.f("ck_credit_account_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_credit_account_second_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_account")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_account_number")),
        sa.UniqueConstraint("tax_number", name=op.f("uq_credit_account_tax_number")),
    )
    op.create_table(
        "credit_limit_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        *_proposal(),
        *_dated(),
        *_proposal_checks("credit_limit_change"),
        sa.CheckConstraint("after > 0 AND after <> before", name=op.f("ck_credit_limit_change_after")),
        _account("credit_limit_change"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_limit_change")),
    )
    op.create_index(op.f("ix_credit_limit_change_account_id"), "credit_limit_change", ["account_id"])
    op.create_table(
        "credit_member",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("per_order", sa.BigInteger(), nullable=False),
        sa.Column("per_month", sa.BigInteger(), nullable=False),
        sa.Column("reads_statements", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        *_dated(),
        sa.CheckConstraint("per_order > 0 AND per_month >= per_order", name=op.f("ck_credit_member_limits")),
        _account("credit_member"),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f("fk_credit_member_customer_id_party_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_member")),
        sa.UniqueConstraint("account_id", "customer_id", name=op.f("uq_credit_member_account_id_customer_id")),
    )
    op.create_index(op.f("ix_credit_member_customer_id"), "credit_member", ["customer_id"])


def _statements() -> None:
    op.create_table(
        "credit_statement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("lines_count", sa.Integer(), nullable=False),
        sa.Column("brought", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("written_off", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        *_dated(),
        sa.CheckConstraint("brought <= 0 AND paid >= 0 AND written_off >= 0", name=op.f("ck_credit_statement_signs")),
        sa.CheckConstraint("paid + written_off <= greatest(brought + amount, 0)", name=op.f("ck_credit_statement_within")),
        sa.CheckConstraint("status = 'draft' OR due_on IS NOT NULL", name=op.f("ck_credit_statement_due")),
        sa.CheckConstraint("status <> 'settled' OR paid + written_off = greatest(brought + amount, 0)", name=op.f("ck_credit_statement_settled_whole")),
        _account("credit_statement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_statement")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_statement_number")),
        sa.UniqueConstraint("account_id", "last_day", name=op.f("uq_credit_statement_account_id_last_day")),
    )
    op.create_index("ix_credit_statement_due", "credit_statement", ["due_on"], postgresql_where=sa.text("status = 'sent'"))
    op.create_table(
        "credit_line",
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(24), nullable=False),
        sa.Column("merchant", sa.String(60), nullable=False),
        sa.Column("member", sa.String(60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("event_at", MOMENT, nullable=False),
        sa.CheckConstraint("(kind = 'charge' AND amount > 0) OR (kind = 'refund' AND amount < 0)", name=op.f("ck_credit_line_kind")),
        sa.ForeignKeyConstraint(["statement_id"], ["credit_statement.id"], name=op.f("fk_credit_line_statement_id_credit_statement")),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_credit_line")),
    )
    op.create_index(op.f("ix_credit_line_statement_id"), "credit_line", ["statement_id"])
    op.create_table(
        "credit_receipt",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        *_proposal(),
        *_dated(),
        *_proposal_checks("credit_receipt"),
        sa.CheckConstraint("amount > 0", name=op.f("ck_credit_receipt_amount")),
        sa.CheckConstraint(
            "(kind = 'bank' AND reference <> '' AND received_on IS NOT NULL) OR (kind = 'write_off' AND reference = '')", name=op.f("ck_credit_receipt_proof")
        ),
        sa.ForeignKeyConstraint(["statement_id"], ["credit_statement.id"], name=op.f("fk_credit_receipt_statement_id_credit_statement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_receipt")),
    )
    op.create_index(op.f("ix_credit_receipt_statement_id"), "credit_receipt", ["statement_id"])
    op.create_index(
        "uq_credit_receipt_reference", "credit_receipt", ["statement_id", "reference"], unique=True,
        postgresql_where=sa.text("reference <> '' AND status <> 'refused'"),
    )


def _proposal() -> tuple[sa.Column, ...]:
    return (
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
    )


def _proposal_checks(table: str) -> tuple[sa.CheckConstraint, ...]:
    return (
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f(f"ck_{table}_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f(f"ck_{table}_second_person")),
    )


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account_id"], ["credit_account.id"], name=op.f(f"fk_{table}_account_id_credit_account"))


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Accounts are lost with what they owe; the ledger keeps it. Cases keep the first of their refunds."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP SEQUENCE credit_account_number, credit_statement_number")
    op.execute("DELETE FROM ledger_book WHERE name = 'account_receivable' AND NOT EXISTS (SELECT FROM ledger_account WHERE book = 'account_receivable')")
    op.add_column("after_refund_case", sa.Column("refund_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE after_refund_case SET refund_id = first.id FROM (SELECT origin, min(id) AS id FROM pay_refund GROUP BY origin) AS first"
        " WHERE first.origin = after_refund_case.number"
    )
    op.create_unique_constraint(op.f("uq_after_refund_case_refund_id"), "after_refund_case", ["refund_id"])
    op.drop_index("ix_pay_refund_origin", "pay_refund")
    op.drop_column("pay_refund", "origin")
    op.drop_constraint(op.f("ck_order_order_refunded_within_paid"), "order_order")
    op.create_check_constraint(
        op.f("ck_order_order_refunded_within_paid"), "order_order", "paid IN (0, payable) AND refunded BETWEEN 0 AND paid"
    )
