"""Payments that merchants take themselves: funds models with two people, sharings, requests, parts, returns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.framework.access import policy_statements

revision = "0031_sharing"
down_revision = "0030_proofs"
branch_labels = None
depends_on = None

POLICIES: dict[str, dict[str, object]] = {
    "share_account": {}, "share_receiver": {}, "share_sharing": {"merchant": "merchant_id"}, "share_call": {}, "share_line": {}, "share_return": {},
}


def upgrade() -> None:
    """A sequence for numbers, six tables, and of each payment whose number at the channel took it."""
    op.execute("CREATE SEQUENCE share_number")
    op.add_column("pay_payment", sa.Column("sub_merchant", sa.String(32), nullable=False, server_default=""))
    op.create_index("ix_pay_payment_theirs", "pay_payment", ["channel_number"], postgresql_where=sa.text("sub_merchant <> ''"))
    op.create_index(
        "uq_party_merchant_sub_merchant", "party_merchant", ["sub_merchant_number"], unique=True, postgresql_where=sa.text("sub_merchant_number IS NOT NULL")
    )
    for make in (_accounts, _sharings, _calls, _returns):
        make()
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):  # type: ignore[arg-type]
            op.execute(statement)


def _accounts() -> None:
    op.create_table(
        "share_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("funds_model", sa.String(8), nullable=False),
        sa.Column("sub_merchant", sa.String(32), nullable=False),
        sa.Column("most_ppm", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f("ck_share_account_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_share_account_second_person")),
        sa.CheckConstraint(
            "funds_model IN ('split', 'own') AND (funds_model = 'own') = (sub_merchant = '')", name=op.f("ck_share_account_number_when_split")
        ),
        sa.CheckConstraint("most_ppm BETWEEN 0 AND 1000000", name=op.f("ck_share_account_ppm")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_share_account_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_account")),
    )
    op.create_index("ix_share_account_merchant", "share_account", ["merchant_id", "id"])
    op.create_table(
        "share_receiver",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sub_merchant", sa.String(32), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_receiver")),
        sa.UniqueConstraint("sub_merchant", "account", name=op.f("uq_share_receiver_sub_merchant_account")),
    )


def _sharings() -> None:
    op.create_table(
        "share_sharing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24, collation="C"), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_type", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("sub_merchant", sa.String(32), nullable=False),
        sa.Column("transaction_id", sa.String(64), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("amount", "fee")),
        sa.Column("most_ppm", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("claimed", "shared", "unshared")),
        sa.Column("unshared_why", sa.String(12), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("settlements", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(200), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("paid_at", "frozen_until")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("released_at", "finished_at", "warned_at")),
        *_dated(),
        sa.CheckConstraint(
            "amount > 0 AND fee >= 0 AND claimed >= 0 AND shared BETWEEN 0 AND amount AND unshared >= 0", name=op.f("ck_share_sharing_amounts")
        ),
        sa.CheckConstraint("settled = 0 OR released_at IS NOT NULL", name=op.f("ck_share_sharing_settled_when_released")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_share_sharing_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["payment_id"], ["pay_payment.id"], name=op.f("fk_share_sharing_payment_id_pay_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_sharing")),
        sa.UniqueConstraint("number", name=op.f("uq_share_sharing_number")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_share_sharing_payment_id")),
    )
    op.create_index("ix_share_sharing_merchant", "share_sharing", ["merchant_id", "id"])
    op.create_index("ix_share_sharing_subject", "share_sharing", ["subject_type", "subject_id"])
    op.create_index(
        "ix_share_sharing_frozen", "share_sharing", ["frozen_until"], postgresql_where=sa.text("status NOT IN ('finished', 'lapsed', 'void')")
    )


def _calls() -> None:
    op.create_table(
        "share_call",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(32, collation="C"), nullable=False),
        sa.Column("sharing_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("channel_number", sa.String(64), nullable=True),
        sa.Column("problem", sa.String(200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *_dated(),
        sa.ForeignKeyConstraint(["sharing_id"], ["share_sharing.id"], name=op.f("fk_share_call_sharing_id_share_sharing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_call")),
        sa.UniqueConstraint("number", name=op.f("uq_share_call_number")),
        sa.UniqueConstraint("channel_number", name=op.f("uq_share_call_channel_number")),
    )
    op.create_index("ix_share_call_sharing", "share_call", ["sharing_id", "id"])
    op.create_index("ix_share_call_open", "share_call", ["updated_at"], postgresql_where=sa.text("status IN ('created', 'submitted')"))
    op.create_table(
        "share_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("owner_kind", sa.String(16), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("detail_number", sa.String(64), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_share_line_amount")),
        sa.CheckConstraint(
            "result IN ('PENDING', 'SUCCESS', 'CLOSED') AND (result <> 'SUCCESS' OR done_at IS NOT NULL)", name=op.f("ck_share_line_result")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["share_call.id"], name=op.f("fk_share_line_call_id_share_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_line")),
        sa.UniqueConstraint("call_id", "seq", name=op.f("uq_share_line_call_id_seq")),
    )
    op.create_index("ix_share_line_done", "share_line", ["done_at"], postgresql_where=sa.text("result = 'SUCCESS'"))


def _returns() -> None:
    op.create_table(
        "share_return",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(32, collation="C"), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("sharing_id", "line_id", "refund_id", "amount")),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("channel_number", sa.String(64), nullable=True),
        sa.Column("problem", sa.String(200), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_share_return_amount")),
        sa.CheckConstraint("status <> 'done' OR done_at IS NOT NULL", name=op.f("ck_share_return_done_with_proof")),
        sa.ForeignKeyConstraint(["sharing_id"], ["share_sharing.id"], name=op.f("fk_share_return_sharing_id_share_sharing")),
        sa.ForeignKeyConstraint(["line_id"], ["share_line.id"], name=op.f("fk_share_return_line_id_share_line")),
        sa.ForeignKeyConstraint(["refund_id"], ["pay_refund.id"], name=op.f("fk_share_return_refund_id_pay_refund")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_return")),
        sa.UniqueConstraint("number", name=op.f("uq_share_return_number")),
        sa.UniqueConstraint("channel_number", name=op.f("uq_share_return_channel_number")),
    )
    op.create_index("ix_share_return_sharing", "share_return", ["sharing_id", "id"])
    op.create_index(op.f("ix_share_return_line_id"), "share_return", ["line_id"])
    op.create_index(op.f("ix_share_return_refund_id"), "share_return", ["refund_id"])
    op.create_index(
        "ix_share_return_open", "share_return", ["updated_at"], postgresql_where=sa.text("status IN ('created', 'submitted', 'failed')")
    )


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """The ledger keeps what was shared; which requests did it is lost."""
    for name in ("share_return", "share_line", "share_call", "share_sharing", "share_receiver", "share_account"):
        op.drop_table(name)
    op.drop_index("uq_party_merchant_sub_merchant", "party_merchant")
    op.drop_index("ix_pay_payment_theirs", "pay_payment")
    op.drop_column("pay_payment", "sub_merchant")
    op.execute("DROP SEQUENCE share_number")
