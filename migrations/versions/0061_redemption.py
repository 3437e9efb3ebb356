"""Stores and their cashiers, vouchers with their uses, redemptions, and wrong tries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.framework.access import policy_statements

revision = "0061_redemption"
down_revision = "0060_split_orders"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("redeem_tries", "redeem_use", "redeem_redemption", "redeem_voucher", "redeem_clerk", "redeem_store")


def upgrade() -> None:
    """Six tables."""
    _stores()
    _vouchers()
    _redemptions()
    _uses()
    op.create_table(
        "redeem_tries",
        sa.Column("who", sa.String(40), nullable=False), sa.Column("since", MOMENT, nullable=False), sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.CheckConstraint("count >= 0", name=op.f("ck_redeem_tries_count")), sa.PrimaryKeyConstraint("who", name=op.f("pk_redeem_tries")),
    )
    policies = (
        *policy_statements("redeem_store", merchant="merchant_id", open_to=("customer", "public")),
        *policy_statements("redeem_clerk", merchant="merchant_id"),
        *policy_statements("redeem_voucher", merchant="merchant_id", customer="customer_id"),
        *policy_statements("redeem_use", merchant="merchant_id", customer="customer_id"),
        *policy_statements("redeem_redemption", merchant="merchant_id"), *policy_statements("redeem_tries"),
    )
    for statement in policies:
        op.execute(statement)


def downgrade() -> None:
    """What was bought with codes and redeemed is lost; the ledger keeps what was posted."""
    for table in TABLES:
        op.drop_table(table)


def _big(*names: str) -> tuple[sa.Column, ...]:
    return tuple(sa.Column(name, sa.BigInteger(), nullable=False) for name in names)


def _int(*names: str) -> tuple[sa.Column, ...]:
    return tuple(sa.Column(name, sa.Integer(), nullable=False) for name in names)


def _text(length: int, *names: str, collation: str | None = None) -> tuple[sa.Column, ...]:
    return tuple(sa.Column(name, sa.String(length, collation), nullable=False) for name in names)


def _dated() -> tuple[sa.Column, ...]:
    return sa.Column("created_at", MOMENT, nullable=False), sa.Column("updated_at", MOMENT, nullable=False), *_int("version")


def _keys(table: str, **targets: str) -> tuple[sa.Constraint, ...]:
    made = [sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}")) for column, to in targets.items()]
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")), *made


def _check(table: str, **words: str) -> tuple[sa.CheckConstraint, ...]:
    return tuple(sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in words.items())


def _stores() -> None:
    name = "redeem_store"
    op.create_table(
        name, *_big("id", "merchant_id"), *_text(40, "name"), *_text(8, "status"), *_text(120, "address"), *_text(20, "phone"), *_text(60, "hours"),
        sa.Column("latitude", sa.Float(), nullable=False), sa.Column("longitude", sa.Float(), nullable=False), *_dated(),
        *_check(name, status="status IN ('open', 'closed')"), *_keys(name, merchant_id="party_merchant"),
        sa.UniqueConstraint("merchant_id", "name", name=op.f(f"uq_{name}_merchant_id_name")),
    )
    name = "redeem_clerk"
    op.create_table(
        name, *_big("id", "merchant_id", "store_id"), *_int("user_id"), *_text(80, "name"), *_dated(),
        *_keys(name, merchant_id="party_merchant", store_id="redeem_store", user_id="ab_user"),
        sa.UniqueConstraint("store_id", "user_id", name=op.f(f"uq_{name}_store_id_user_id")),
    )
    op.create_index(op.f(f"ix_{name}_merchant_id"), name, ["merchant_id"])
    op.create_index(f"ix_{name}_user", name, ["user_id", "merchant_id"])


def _vouchers() -> None:
    name = "redeem_voucher"
    op.create_table(
        name, *_big("id", "merchant_id", "customer_id", "order_id", "subject_id", "paid"), *_text(64, "code_hash", collation="C"),
        *_text(200, "sealed", collation="C"), *_text(4, "tail", collation="C"), *_text(20, "trade"), *_text(60, "customer_name"),
        *_text(24, "order_number", collation="C"), *_text(80, "title"), *_text(8, "status"), *_int("uses", "used", "refunded"),
        sa.Column("valid_from", MOMENT, nullable=False), sa.Column("valid_until", MOMENT, nullable=False),
        sa.Column("closed_weekdays", JSONB(), nullable=False), sa.Column("closed_days", JSONB(), nullable=False),
        sa.Column("store_ids", ARRAY(sa.BigInteger()), nullable=False), sa.Column("warned_at", MOMENT, nullable=True), *_dated(),
        *_check(
            name, uses="uses > 0 AND used >= 0 AND refunded >= 0 AND used + refunded <= uses", period="valid_from < valid_until",
            used_by_somebody="status <> 'used' OR used > 0",
        ),
        *_keys(name, merchant_id="party_merchant", customer_id="party_customer", order_id="order_order"),
        sa.UniqueConstraint("code_hash", name=op.f(f"uq_{name}_code_hash")),
    )
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "id"])
    op.create_index(f"ix_{name}_customer", name, ["customer_id", "status", "id"])
    op.create_index(f"ix_{name}_order", name, ["order_id"])
    op.create_index(f"ix_{name}_subject", name, ["subject_id", "id"])
    op.create_index(f"ix_{name}_ending", name, ["valid_until"], postgresql_where=sa.text("status = 'live'"))


def _redemptions() -> None:
    name = "redeem_redemption"
    op.create_table(
        name, *_big("id", "voucher_id", "merchant_id", "seller_id", "store_id", "order_id", "amount"), *_text(20, "trade"),
        *_text(24, "order_number", collation="C"), *_text(8, "status"), *_text(80, "title", "clerk_name", "undone_by"), *_text(4, "tail", collation="C"),
        *_text(60, "customer_name"), *_int("first", "count", "of"), sa.Column("clerk_id", sa.Integer(), nullable=True), *_text(40, "nonce"),
        sa.Column("redeemed_at", MOMENT, nullable=False), sa.Column("undo_until", MOMENT, nullable=False), sa.Column("undone_at", MOMENT, nullable=True),
        *_text(200, "undone_why"), *_dated(),
        *_check(name, count="count > 0 AND first > 0 AND amount >= 0", undone="(status = 'undone') = (undone_at IS NOT NULL)"),
        *_keys(name, voucher_id="redeem_voucher", merchant_id="party_merchant", seller_id="party_merchant", store_id="redeem_store",
               order_id="order_order", clerk_id="ab_user"),
        sa.UniqueConstraint("order_id", name=op.f(f"uq_{name}_order_id")),
    )
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "id"])
    op.create_index(f"ix_{name}_store", name, ["store_id", "id"])
    op.create_index(f"ix_{name}_seller", name, ["seller_id", "redeemed_at"])
    op.create_index(f"ix_{name}_voucher", name, ["voucher_id"])
    op.create_index(f"ix_{name}_clerk", name, ["clerk_id", "id"])
    op.create_index(f"ix_{name}_due", name, ["undo_until"], postgresql_where=sa.text("status = 'held'"))
    op.create_index(f"uq_{name}_nonce", name, ["store_id", "nonce"], unique=True, postgresql_where=sa.text("nonce <> ''"))


def _uses() -> None:
    name = "redeem_use"
    op.create_table(
        name, *_big("id", "voucher_id", "merchant_id", "customer_id", "line_id", "amount"), *_int("seq"), *_text(8, "state"),
        sa.Column("redemption_id", sa.BigInteger(), nullable=True),
        *_check(name, state="state IN ('live', 'redeemed', 'refunded')", redeemed_by="(state = 'redeemed') = (redemption_id IS NOT NULL)"),
        *_keys(name, voucher_id="redeem_voucher", line_id="order_line", redemption_id="redeem_redemption"),
        sa.UniqueConstraint("voucher_id", "seq", name=op.f(f"uq_{name}_voucher_id_seq")), sa.UniqueConstraint("line_id", name=op.f(f"uq_{name}_line_id")),
    )
    op.create_index(f"ix_{name}_redemption", name, ["redemption_id"], postgresql_where=sa.text("redemption_id IS NOT NULL"))
