"""Joint campaigns of several merchants, their agreements, and what was given on which line; services that the platform charges for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.framework.access import policy_statements

revision = "0063_campaigns"
down_revision = "0052_stays"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PURPOSES = "'entry', 'subscription', 'deposit', 'placement'"


def upgrade() -> None:
    """Three tables, one more purpose of a charge."""
    _purposes(f"{PURPOSES}, 'service'")
    _campaigns()
    _parties()
    _shares()
    policies = (
        *policy_statements("marketing_campaign", open_to=("merchant", "customer", "public")),
        *policy_statements("marketing_campaign_party", merchant="merchant_id"), *policy_statements("marketing_campaign_share"),
    )
    for statement in policies:
        op.execute(statement)


def downgrade() -> None:
    """Who agreed to what is lost; the ledger keeps what was posted. Charges for services become entry fees."""
    for table in ("marketing_campaign_share", "marketing_campaign_party", "marketing_campaign"):
        op.drop_table(table)
    op.execute("UPDATE plan_charge SET purpose = 'entry' WHERE purpose = 'service'")
    _purposes(PURPOSES)


def _purposes(words: str) -> None:
    op.drop_constraint(op.f("ck_plan_charge_purpose"), "plan_charge")
    op.create_check_constraint(op.f("ck_plan_charge_purpose"), "plan_charge", f"purpose IN ({words})")


def _big(*names: str) -> tuple[sa.Column, ...]:
    return tuple(sa.Column(name, sa.BigInteger(), nullable=False) for name in names)


def _text(length: int, *names: str, nullable: bool = False) -> tuple[sa.Column, ...]:
    return tuple(sa.Column(name, sa.String(length), nullable=nullable) for name in names)


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", MOMENT, nullable=False), sa.Column("updated_at", MOMENT, nullable=False), sa.Column("version", sa.Integer(), nullable=False),
    )


def _keys(table: str, **targets: str) -> tuple[sa.Constraint, ...]:
    made = [sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}")) for column, to in targets.items()]
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")), *made


def _check(table: str, **words: str) -> tuple[sa.CheckConstraint, ...]:
    return tuple(sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in words.items())


def _campaigns() -> None:
    name = "marketing_campaign"
    op.create_table(
        name, *_big("id", "organizer_id", "budget", "given"), *_text(20, "trade"), *_text(40, "title"), sa.Column("ppm", sa.Integer(), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False), sa.Column("ends_at", MOMENT, nullable=False), *_text(12, "status"), *_text(200, "reason"),
        *_text(80, "made_by"), *_text(80, "approved_by", nullable=True), sa.Column("approved_at", MOMENT, nullable=True), *_dated(),
        *_check(
            name, approved_by_somebody="status <> 'approved' OR approved_by IS NOT NULL", second_person="approved_by IS NULL OR approved_by <> made_by",
            ppm="ppm BETWEEN 1 AND 900000", period="begins_at < ends_at", within_budget="given >= 0 AND given <= budget",
        ),
        *_keys(name, organizer_id="party_merchant"),
    )
    op.create_index(op.f(f"ix_{name}_organizer_id"), name, ["organizer_id"])
    op.create_index(f"ix_{name}_running", name, ["trade", "ends_at"], postgresql_where=sa.text("status = 'approved'"))


def _parties() -> None:
    name = "marketing_campaign_party"
    op.create_table(
        name, *_big("id", "campaign_id", "merchant_id"), sa.Column("ppm", sa.Integer(), nullable=False), *_text(8, "status"), *_text(80, "answered_by"),
        sa.Column("answered_at", MOMENT, nullable=True), *_dated(), *_check(name, ppm="ppm BETWEEN 0 AND 1000000"),
        *_keys(name, campaign_id="marketing_campaign", merchant_id="party_merchant"),
        sa.UniqueConstraint("campaign_id", "merchant_id", name=op.f(f"uq_{name}_campaign_id_merchant_id")),
    )
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "status", "id"])


def _shares() -> None:
    name = "marketing_campaign_share"
    op.create_table(
        name, *_big("id", "campaign_id", "order_id", "order_line_id", "amount"), sa.Column("shares", JSONB(), nullable=False),
        sa.Column("settled", JSONB(), nullable=False), sa.Column("closed_at", MOMENT, nullable=True), *_check(name, amount="amount > 0"),
        *_keys(name, campaign_id="marketing_campaign", order_id="order_order", order_line_id="order_line"),
        sa.UniqueConstraint("order_line_id", name=op.f(f"uq_{name}_order_line_id")),
    )
    op.create_index(f"ix_{name}_campaign", name, ["campaign_id", "id"])
    op.create_index(f"ix_{name}_order", name, ["order_id"])
