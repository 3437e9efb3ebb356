"""Sittings of tables, bills that several people pay, and cash: shifts of cashiers and what went through their drawers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.framework.access import policy_statements

revision = "0039_tables_cash"
down_revision = "0038_fulfilment"
branch_labels = None
depends_on = None

TABLES = ("dining_sitting", "order_part", "cash_shift", "cash_move")
BOOKS = ("cash_held", "cash_own")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Orders at tables belong to sittings; payments may pay a part of their subject; drawers, and two books of the ledger."""
    _sittings()
    _parts()
    _cash()
    for table in TABLES:
        for statement in policy_statements(table, merchant="merchant_id"):
            op.execute(statement)


def downgrade() -> None:
    """Who sat together, who paid which part, and whose drawer it was is lost; the ledger keeps what was posted."""
    op.execute("ALTER TABLE ledger_book DISABLE TRIGGER ledger_book_append_only")
    for book in BOOKS:
        op.execute(f"DELETE FROM ledger_book WHERE name = '{book}' AND NOT EXISTS (SELECT FROM ledger_account WHERE book = '{book}')")
    op.execute("ALTER TABLE ledger_book ENABLE TRIGGER ledger_book_append_only")
    op.execute("DROP SEQUENCE cash_shift_number")
    op.drop_index("uq_pay_payment_open", "pay_payment")
    op.drop_column("pay_payment", "part_id")
    _one_open_payment("subject_type", "subject_id")
    op.drop_column("dining_order", "round")
    op.drop_column("dining_order", "sitting_id")
    for table in reversed(TABLES):
        op.drop_table(table)


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", MOMENT, nullable=False), sa.Column("updated_at", MOMENT, nullable=False), sa.Column("version", sa.Integer(), nullable=False),
    )


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _sittings() -> None:
    name = "dining_sitting"
    op.create_table(
        name,
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("id", "merchant_id", "shop_id", "table_id")),
        sa.Column("table_name", sa.String(20), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        *(sa.Column(column, sa.Integer(), nullable=False) for column in ("guests", "rounds")),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by", sa.String(60), nullable=False),
        *(sa.Column(column, MOMENT, nullable=True) for column in ("quiet_since", "closed_at")),
        *_dated(),
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name=op.f(f"ck_{name}_closed_when")),
        sa.CheckConstraint("guests BETWEEN 0 AND 99 AND rounds >= 0", name=op.f(f"ck_{name}_counts")),
        _key(name, "merchant_id", "party_merchant"), _key(name, "shop_id", "dining_shop"), _key(name, "table_id", "dining_table"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"uq_{name}_open", name, ["table_id"], unique=True, postgresql_where=sa.text("status = 'open'"))
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "id"])
    op.create_index(f"ix_{name}_quiet", name, ["quiet_since"], postgresql_where=sa.text("status = 'open'"))
    for column in ("shop_id", "table_id"):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
    op.add_column("dining_order", sa.Column("sitting_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_dining_order_sitting_id_dining_sitting"), "dining_order", name, ["sitting_id"], ["id"])
    op.create_index(op.f("ix_dining_order_sitting_id"), "dining_order", ["sitting_id"])
    op.add_column("dining_order", sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("dining_order", "round", server_default=None)


def _parts() -> None:
    name = "order_part"
    op.create_table(
        name,
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("id", "order_id", "merchant_id")),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        *_dated(),
        sa.CheckConstraint("amount > 0 AND share > 0", name=op.f(f"ck_{name}_amounts")),
        _key(name, "order_id", "order_order"), _key(name, "merchant_id", "party_merchant"), _key(name, "payment_id", "pay_payment"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("payment_id", name=op.f(f"uq_{name}_payment_id")),
    )
    op.create_index(f"ix_{name}_order", name, ["order_id", "id"])
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
    op.drop_index("uq_pay_payment_open", "pay_payment")
    op.add_column("pay_payment", sa.Column("part_id", sa.BigInteger(), nullable=False, server_default="0"))
    _one_open_payment("subject_type", "subject_id", "part_id")


def _one_open_payment(*columns: str) -> None:
    op.create_index("uq_pay_payment_open", "pay_payment", list(columns), unique=True, postgresql_where=sa.text("status = 'created'"))


def _cash() -> None:
    for book in BOOKS:
        op.execute(f"INSERT INTO ledger_book (name, floor) VALUES ('{book}', NULL)")
    op.execute("CREATE SEQUENCE cash_shift_number")
    _shifts()
    _moves()


def _shifts() -> None:
    name = "cash_shift"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("merchant_id", "user_id")),
        sa.Column("cashier", sa.String(60), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=True) for column in ("expected", "counted", "difference")),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        *_dated(),
        sa.CheckConstraint("opening >= 0 AND (counted IS NULL OR counted >= 0)", name=op.f(f"ck_{name}_amounts")),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL AND counted IS NOT NULL AND difference IS NOT NULL)", name=op.f(f"ck_{name}_closed_when_counted"),
        ),
        sa.CheckConstraint("difference IS NULL OR difference = counted - expected", name=op.f(f"ck_{name}_difference")),
        sa.CheckConstraint("coalesce(difference, 0) = 0 OR reason <> ''", name=op.f(f"ck_{name}_difference_explained")),
        _key(name, "merchant_id", "party_merchant"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{name}_number")),
    )
    op.create_index(f"uq_{name}_open", name, ["merchant_id", "user_id"], unique=True, postgresql_where=sa.text("status = 'open'"))
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "id"])


def _moves() -> None:
    name = "cash_move"
    op.create_table(
        name,
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("id", "shift_id", "merchant_id")),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("order_number", sa.String(24), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=True) for column in ("payment_id", "refund_id")),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("amount", "given", "change")),
        sa.Column("at", MOMENT, nullable=False),
        *_dated(),
        sa.CheckConstraint("kind IN ('taken', 'given_back') AND (kind = 'taken') = (amount > 0) AND amount <> 0", name=op.f(f"ck_{name}_kind")),
        sa.CheckConstraint(
            "(kind = 'taken') = (payment_id IS NOT NULL) AND (kind = 'given_back') = (refund_id IS NOT NULL)", name=op.f(f"ck_{name}_one_reason"),
        ),
        sa.CheckConstraint("kind <> 'taken' OR given - change = amount", name=op.f(f"ck_{name}_change")),
        _key(name, "shift_id", "cash_shift"), _key(name, "merchant_id", "party_merchant"), _key(name, "payment_id", "pay_payment"),
        _key(name, "refund_id", "pay_refund"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("payment_id", name=op.f(f"uq_{name}_payment_id")), sa.UniqueConstraint("refund_id", name=op.f(f"uq_{name}_refund_id")),
    )
    op.create_index(f"ix_{name}_shift", name, ["shift_id", "id"])
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
