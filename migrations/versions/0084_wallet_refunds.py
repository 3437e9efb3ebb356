"""Unspent stored value that goes back: requests, and what of each top-up went back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.framework.access import policy_statements

revision = "0084_wallet_refunds"
down_revision = "0083_voucher_returns"
branch_labels = None
depends_on = None

# The payment that filled a top-up is the one whose number the ledger keeps; one paid twice has others that went back.
FILLED_BY = """
UPDATE wallet_top_up AS filled SET payment_id = paid.id
FROM pay_payment AS paid JOIN ledger_transaction AS fact ON fact.kind = 'wallet_topped_up' AND fact.key = paid.number
WHERE paid.subject_type = 'wallet' AND paid.subject_id = filled.id
"""


def upgrade() -> None:
    """Columns of top-ups, and the table of requests."""
    op.execute("CREATE SEQUENCE wallet_refund_number")
    op.add_column("wallet_top_up", sa.Column("payment_id", sa.BigInteger(), nullable=True))
    for name in ("given_back", "fee_given_back"):
        op.add_column("wallet_top_up", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("wallet_top_up", name, server_default=None)
    op.execute(FILLED_BY)
    op.create_foreign_key(op.f("fk_wallet_top_up_payment_id_pay_payment"), "wallet_top_up", "pay_payment", ["payment_id"], ["id"])
    op.create_unique_constraint(op.f("uq_wallet_top_up_payment_id"), "wallet_top_up", ["payment_id"])
    op.drop_constraint(op.f("ck_wallet_top_up_paid_when"), "wallet_top_up")
    op.create_check_constraint(op.f("ck_wallet_top_up_paid_when"), "wallet_top_up", "status <> 'paid' OR (paid_at IS NOT NULL AND payment_id IS NOT NULL)")
    op.create_check_constraint(
        op.f("ck_wallet_top_up_given_back_within"), "wallet_top_up", "given_back BETWEEN 0 AND amount AND fee_given_back BETWEEN 0 AND fee",
    )
    _refunds()
    for statement in policy_statements("wallet_refund", merchant="merchant_id", customer="customer_id"):
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("wallet_refund")
    op.drop_constraint(op.f("ck_wallet_top_up_given_back_within"), "wallet_top_up")
    op.drop_constraint(op.f("ck_wallet_top_up_paid_when"), "wallet_top_up")
    op.create_check_constraint(op.f("ck_wallet_top_up_paid_when"), "wallet_top_up", "status <> 'paid' OR paid_at IS NOT NULL")
    for name in ("payment_id", "given_back", "fee_given_back"):
        op.drop_column("wallet_top_up", name)
    op.execute("DROP SEQUENCE wallet_refund_number")


def _refunds() -> None:
    name = "wallet_refund"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("merchant_id", "customer_id", "amount", "gift", "fee")),
        sa.Column("status", sa.String(12), nullable=False),
        *(sa.Column(column, sa.String(200), nullable=False) for column in ("reason", "answer")),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(column, sa.String(80), nullable=True) for column in ("decided_by", "approved_by")),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.Column(column, sa.DateTime(timezone=True), nullable=False) for column in ("created_at", "updated_at")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0 AND gift >= 0 AND fee >= 0", name=op.f(f"ck_{name}_amounts")),
        sa.CheckConstraint("status NOT IN ('approving', 'refunding', 'refunded') OR decided_by IS NOT NULL", name=op.f(f"ck_{name}_decided_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> decided_by", name=op.f(f"ck_{name}_second_person")),
        *(
            sa.ForeignKeyConstraint([f"{party}_id"], [f"party_{party}.id"], name=op.f(f"fk_{name}_{party}_id_party_{party}"))
            for party in ("merchant", "customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{name}_number")),
    )
    op.create_index(
        f"uq_{name}_open", name, ["merchant_id", "customer_id"], unique=True, postgresql_where=sa.text("status IN ('asked', 'approving')"),
    )
    op.create_index(f"ix_{name}_customer", name, ["customer_id", "id"])
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "status", "id"])
