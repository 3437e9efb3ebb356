"""A merchant's own customers, groups of them, messages to a group; patrons of the orders that are completed already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0081_audience"
down_revision = "0063_campaigns"
branch_labels = None
depends_on = None

POLICIES: dict[str, dict[str, str]] = {
    "audience_patron": {"merchant": "merchant_id", "customer": "customer_id"},
    "audience_segment": {"merchant": "merchant_id"},
    "audience_broadcast": {"merchant": "merchant_id"},
    "audience_delivery": {"merchant": "merchant_id"},
}
FILL = """
    INSERT INTO audience_patron (merchant_id, customer_id, name, phone_masked, orders, spent, first_at, last_at, tags, note, created_at, updated_at, version)
    SELECT o.merchant_id, o.customer_id, max(c.name), max(c.phone_masked), count(*), sum(o.paid + o.platform_discount - o.refunded), min(o.placed_at),
           max(o.placed_at), '{}', '', now(), now(), 1
    FROM order_order AS o JOIN party_customer AS c ON c.id = o.customer_id WHERE o.completed_at IS NOT NULL GROUP BY o.merchant_id, o.customer_id
"""


def upgrade() -> None:
    """Four tables."""
    for make in (_patrons, _segments, _broadcasts, _deliveries):
        make()
    op.execute(FILL)
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):  # type: ignore[arg-type]
            op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(POLICIES):
        op.drop_table(table)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _dated() -> tuple[sa.Column, ...]:
    return _moment("created_at"), _moment("updated_at"), sa.Column("version", sa.Integer(), nullable=False)


def _key(name: str, column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{name}_{column}_{table}"))


def _patrons() -> None:
    name = "audience_patron"
    op.create_table(
        name,
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("id", "merchant_id", "customer_id")),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("phone_masked", sa.String(20), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        _moment("first_at"), _moment("last_at"),
        sa.Column("tags", postgresql.ARRAY(sa.String(12)), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        _moment("muted_at", nullable=True),
        *_dated(),
        sa.CheckConstraint("orders >= 0", name=op.f(f"ck_{name}_orders")),
        _key(name, "merchant_id", "party_merchant"), _key(name, "customer_id", "party_customer"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("merchant_id", "customer_id", name=op.f(f"uq_{name}_merchant_id_customer_id")),
    )
    op.create_index(f"ix_{name}_last", name, ["merchant_id", "last_at", "id"])
    op.create_index(f"ix_{name}_spent", name, ["merchant_id", "spent", "id"])
    op.create_index(f"ix_{name}_customer", name, ["customer_id"])


def _segments() -> None:
    name = "audience_segment"
    op.create_table(
        name,
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("id", "merchant_id")),
        sa.Column("name", sa.String(30), nullable=False),
        sa.Column("least_orders", sa.Integer(), nullable=False),
        sa.Column("most_orders", sa.Integer(), nullable=True),
        sa.Column("least_spent", sa.BigInteger(), nullable=False),
        *(sa.Column(column, sa.Integer(), nullable=True) for column in ("within_days", "silent_days")),
        sa.Column("tag", sa.String(12), nullable=False),
        *_dated(),
        sa.CheckConstraint(
            "least_orders >= 0 AND least_spent >= 0 AND (most_orders IS NULL OR most_orders >= least_orders)", name=op.f(f"ck_{name}_bounds"),
        ),
        sa.CheckConstraint("(within_days IS NULL OR within_days > 0) AND (silent_days IS NULL OR silent_days > 0)", name=op.f(f"ck_{name}_days")),
        _key(name, "merchant_id", "party_merchant"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("merchant_id", "name", name=op.f(f"uq_{name}_merchant_id_name")),
    )


def _broadcasts() -> None:
    name = "audience_broadcast"
    op.create_table(
        name,
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("id", "merchant_id", "segment_id")),
        sa.Column("title", sa.String(40), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("page", sa.String(200), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        *(sa.Column(column, sa.Integer(), nullable=False) for column in ("reached", "skipped")),
        sa.Column("made_by", sa.String(80), nullable=False),
        _moment("begun_at", nullable=True),
        *_dated(),
        sa.CheckConstraint("reached >= 0 AND skipped >= 0", name=op.f(f"ck_{name}_counts")),
        _key(name, "merchant_id", "party_merchant"), _key(name, "segment_id", "audience_segment"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "id"])
    op.create_index(op.f(f"ix_{name}_segment_id"), name, ["segment_id"])


def _deliveries() -> None:
    name = "audience_delivery"
    op.create_table(
        name,
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("id", "broadcast_id", "merchant_id", "customer_id")),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        _moment("at"),
        _key(name, "broadcast_id", "audience_broadcast"), _key(name, "customer_id", "party_customer"), _key(name, "message_id", "inbox_message"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("broadcast_id", "customer_id", name=op.f(f"uq_{name}_broadcast_id_customer_id")),
    )
    op.create_index(f"ix_{name}_week", name, ["merchant_id", "customer_id", "at"])
    for column in ("customer_id", "message_id"):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
