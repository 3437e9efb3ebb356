"""Several pictures a dish, in order; the first is the cover."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021_dish_pictures"
down_revision = "0020_categories"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The one picture is the first of the list."""
    op.add_column("dining_dish", sa.Column("images", postgresql.JSONB(), nullable=False, server_default="[]"))
    op.execute("UPDATE dining_dish SET images = jsonb_build_array(image) WHERE image <> ''")
    op.alter_column("dining_dish", "images", server_default=None)
    op.drop_column("dining_dish", "image")


def downgrade() -> None:
    """The first picture is the one."""
    op.add_column("dining_dish", sa.Column("image", sa.String(64), nullable=False, server_default=""))
    op.execute("UPDATE dining_dish SET image = images ->> 0 WHERE jsonb_array_length(images) > 0")
    op.alter_column("dining_dish", "image", server_default=None)
    op.drop_column("dining_dish", "images")
