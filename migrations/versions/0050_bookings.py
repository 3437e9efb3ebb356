"""Exclusive times: resources, and who has them when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0050_bookings"
down_revision = "0044_reviews"
branch_labels = None
depends_on = None

DATED = ("created_at", "updated_at")


def upgrade() -> None:
    """Two tables; the second refuses overlaps."""
    _resources("booking_resource")
    _reservations("booking_reservation")
    for table in ("booking_resource", "booking_reservation"):
        for statement in policy_statements(table, merchant="merchant_id"):
            op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("booking_reservation")
    op.drop_table("booking_resource")


def _resources(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_type", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        *(sa.Column(column, sa.DateTime(timezone=True), nullable=False) for column in DATED),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("subject_type", "subject_id", name=op.f(f"uq_{name}_subject_type_subject_id")),
    )
    op.create_index(f"ix_{name}_group", name, ["kind", "group_id"])
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id"])


def _reservations(name: str) -> None:
    live = sa.text("released_at IS NULL")
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("subject_type", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        *(sa.Column(column, sa.DateTime(timezone=True), nullable=True) for column in ("hold_until", "released_at")),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("uid", sa.String(255), nullable=False),
        *(sa.Column(column, sa.DateTime(timezone=True), nullable=False) for column in DATED),
        sa.Column("version", sa.Integer(), nullable=False),
        postgresql.ExcludeConstraint(("resource_id", "="), ("during", "&&"), using="gist", where=live, name=op.f("ex_booking_reservation_overlap")),
        sa.CheckConstraint("NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)", name=op.f(f"ck_{name}_half_open")),
        sa.CheckConstraint("NOT lower_inf(during) AND NOT upper_inf(during)", name=op.f(f"ck_{name}_finite")),
        sa.CheckConstraint("purpose IN ('use', 'block', 'external')", name=op.f(f"ck_{name}_purpose")),
        sa.CheckConstraint(
            "(purpose = 'use') = (subject_id IS NOT NULL) AND (hold_until IS NULL OR purpose = 'use')", name=op.f(f"ck_{name}_used_by_somebody")
        ),
        sa.CheckConstraint("(purpose = 'external') = (uid <> '')", name=op.f(f"ck_{name}_external_named")),
        sa.ForeignKeyConstraint(["resource_id"], ["booking_resource.id"], name=op.f(f"fk_{name}_resource_id_booking_resource")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_subject", name, ["subject_type", "subject_id"])
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id"])
    op.create_index(f"ix_{name}_resource", name, ["resource_id"])
    op.create_index(f"ix_{name}_holds", name, ["hold_until"], postgresql_where=sa.text("hold_until IS NOT NULL AND released_at IS NULL"))
