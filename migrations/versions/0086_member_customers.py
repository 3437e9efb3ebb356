"""A member works from the mini-program: the account knows the customer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0086_member_customers"
down_revision = "0085_lines_at_once"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One account for one customer."""
    op.add_column("ab_user", sa.Column("customer_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_ab_user_customer_id_party_customer"), "ab_user", "party_customer", ["customer_id"], ["id"])
    op.create_unique_constraint(op.f("uq_ab_user_customer_id"), "ab_user", ["customer_id"])


def downgrade() -> None:
    """Members work in the console only."""
    op.drop_constraint(op.f("uq_ab_user_customer_id"), "ab_user", type_="unique")
    op.drop_constraint(op.f("fk_ab_user_customer_id_party_customer"), "ab_user", type_="foreignkey")
    op.drop_column("ab_user", "customer_id")
