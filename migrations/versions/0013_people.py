"""Invitations by a link that serves once; looking at the console as somebody else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0013_people"
down_revision = "0012_fee_numbers"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two tables; a merchant reads and writes its own invitations, the platform's belong to staff alone."""
    op.create_table(
        "party_invitation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=20), nullable=False),
        sa.Column("first_name", sa.String(length=20), nullable=False),
        sa.Column("roles", postgresql.JSONB(), nullable=False),
        sa.Column("phone_sealed", sa.String(length=200), nullable=True),
        sa.Column("phone_masked", sa.String(length=20), nullable=False),
        sa.Column("invited_by", sa.String(length=130), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_party_invitation_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_party_invitation_token_hash")),
    )
    op.create_index(op.f("ix_party_invitation_merchant_id"), "party_invitation", ["merchant_id"])
    op.create_index(
        "uq_party_invitation_open_username", "party_invitation", [sa.text("lower(username)")], unique=True, postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "party_viewing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("staff_name", sa.String(length=130), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("target_name", sa.String(length=130), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("ends_at > began_at", name=op.f("ck_party_viewing_ends")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_party_viewing_reason")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_party_viewing_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["staff_id"], ["ab_user.id"], name=op.f("fk_party_viewing_staff_id_ab_user")),
        sa.ForeignKeyConstraint(["target_id"], ["ab_user.id"], name=op.f("fk_party_viewing_target_id_ab_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_viewing")),
    )
    op.create_index(op.f("ix_party_viewing_staff_id"), "party_viewing", ["staff_id"])
    op.create_index(op.f("ix_party_viewing_target_id"), "party_viewing", ["target_id"])
    for statement in policy_statements("party_invitation", merchant="merchant_id"):
        op.execute(statement)


def downgrade() -> None:
    """Without both."""
    op.drop_table("party_viewing")
    op.drop_table("party_invitation")
