"""The category of an application, and of a field that only one of them answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020_categories"
down_revision = "0019_notices"
branch_labels = None
depends_on = None

TABLES = ("approval_application", "form_field")


def upgrade() -> None:
    """Nothing has a category yet: fields are everybody's, applicants choose at their next submission."""
    for table in TABLES:
        op.add_column(table, sa.Column("category", sa.String(30), nullable=False, server_default=""))
        op.alter_column(table, "category", server_default=None)


def downgrade() -> None:
    """Fields are everybody's again."""
    for table in TABLES:
        op.drop_column(table, "category")
