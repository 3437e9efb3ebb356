"""Jobs of couriers, the role of a courier, and who earns a line of an order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.framework.access import policy_statements

revision = "0038_fulfilment"
down_revision = "0037_marketing"
branch_labels = None
depends_on = None

ROLES = ("Owner", "Manager", "Cashier", "Kitchen")


def upgrade() -> None:
    """A table, three columns, a role."""
    _role((*ROLES, "Courier"))
    op.add_column("order_line", sa.Column("earner_kind", sa.String(16), server_default="", nullable=False))
    op.add_column("order_line", sa.Column("earner_id", sa.BigInteger(), nullable=True))
    op.add_column("order_line", sa.Column("earned", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_order_line_earned_by_somebody"), "order_line", "earned >= 0 AND (earned = 0 OR earner_id IS NOT NULL)")
    op.create_index("ix_order_line_earner", "order_line", ["earner_kind", "earner_id"], postgresql_where=sa.text("earner_id IS NOT NULL"))
    _jobs()
    for statement in policy_statements("fulfil_job", merchant="merchant_id"):
        op.execute(statement)


def downgrade() -> None:
    """Drop them; couriers become kitchen staff, who see least."""
    op.drop_table("fulfil_job")
    op.drop_index("ix_order_line_earner", "order_line")
    op.drop_constraint(op.f("ck_order_line_earned_by_somebody"), "order_line")
    for column in ("earned", "earner_id", "earner_kind"):
        op.drop_column("order_line", column)
    op.execute("UPDATE party_membership SET role = 'Kitchen' WHERE role = 'Courier'")
    _role(ROLES)


def _role(roles: tuple[str, ...]) -> None:
    words = ", ".join(f"'{role}'" for role in roles)
    op.drop_constraint(op.f("ck_party_membership_role"), "party_membership")
    op.create_check_constraint(op.f("ck_party_membership_role"), "party_membership", f"role IN ({words})")


def _jobs() -> None:
    name = "fulfil_job"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(24, "C"), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.String(16), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("courier_id", sa.Integer(), nullable=True),
        sa.Column("courier_name", sa.String(130), nullable=False),
        sa.Column("courier_phone", sa.String(20), nullable=False),
        sa.Column("label_text", sa.String(20), nullable=False),
        sa.Column("customer_name", sa.String(60), nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("code", sa.String(4), nullable=False),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("pay", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(column, sa.DateTime(timezone=True), nullable=True) for column in ("due_at", "taken_at", "left_at", "arrived_at")),
        *(sa.Column(column, sa.DateTime(timezone=True), nullable=False) for column in ("created_at", "updated_at")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status NOT IN ('taken', 'carried', 'done') OR courier_id IS NOT NULL", name=op.f(f"ck_{name}_somebody_has_it")),
        sa.CheckConstraint("pay >= 0", name=op.f(f"ck_{name}_pay")),
        sa.ForeignKeyConstraint(["order_id"], ["order_order.id"], name=op.f(f"fk_{name}_order_id_order_order")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f(f"fk_{name}_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["courier_id"], ["ab_user.id"], name=op.f(f"fk_{name}_courier_id_ab_user")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("order_id", name=op.f(f"uq_{name}_order_id")),
    )
    op.create_index(f"ix_{name}_merchant", name, ["merchant_id", "status", "id"])
    op.create_index(f"ix_{name}_courier", name, ["courier_id", "id"])
    op.create_index(f"ix_{name}_live", name, ["merchant_id", "courier_id"], postgresql_where=sa.text("status IN ('waiting', 'taken', 'carried')"))
