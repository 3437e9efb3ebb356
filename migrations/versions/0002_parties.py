"""Merchants, memberships, customers, sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0002_parties"
down_revision = "0001_base"
branch_labels = None
depends_on = None


POLICIES = {
    "party_merchant": {"merchant": "id", "open_to": ("customer", "public")},
    "party_membership": {"merchant": "merchant_id"},
    "party_customer": {"customer": "id", "customer_writes": True},
}


def upgrade() -> None:
    op.execute("CREATE SEQUENCE party_merchant_code")
    op.create_table(
        "party_customer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("phone_sealed", sa.String(length=200), nullable=True),
        sa.Column("phone_tail", sa.String(length=4), nullable=False),
        sa.Column("phone_masked", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_customer")),
        sa.UniqueConstraint("openid", name=op.f("uq_party_customer_openid")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_party_customer_phone_index")),
    )
    op.create_index(op.f("ix_party_customer_phone_tail"), "party_customer", ["phone_tail"], unique=False)
    op.create_table(
        "party_merchant",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("trades", postgresql.JSONB(), nullable=False),
        sa.Column("contact_name", sa.String(length=40), nullable=False),
        sa.Column("contact_phone", sa.String(length=20), nullable=False),
        sa.Column("funds_model", sa.String(length=8), nullable=False),
        sa.Column("sub_merchant_number", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("funds_model IN ('split', 'own')", name=op.f("ck_party_merchant_funds_model")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_merchant")),
        sa.UniqueConstraint("code", name=op.f("uq_party_merchant_code")),
    )
    op.create_index(
        "ix_party_merchant_name",
        "party_merchant",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_table(
        "party_phone_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_phone_code")),
    )
    op.create_index(op.f("ix_party_phone_code_phone_index"), "party_phone_code", ["phone_index"], unique=False)
    op.create_table(
        "party_sign_in_failure",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_sign_in_failure")),
    )
    op.create_index("ix_party_sign_in_failure_who", "party_sign_in_failure", ["who", "at"], unique=False)
    op.create_table(
        "party_membership",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('Owner', 'Manager', 'Cashier', 'Kitchen')", name=op.f("ck_party_membership_role")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_party_membership_merchant_id_party_merchant")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_party_membership_user_id_ab_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_membership")),
        sa.UniqueConstraint("user_id", "merchant_id", name=op.f("uq_party_membership_user_id_merchant_id")),
    )
    op.create_index(op.f("ix_party_membership_merchant_id"), "party_membership", ["merchant_id"], unique=False)
    op.create_index(op.f("ix_party_membership_user_id"), "party_membership", ["user_id"], unique=False)
    op.create_table(
        "party_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("data", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=45), server_default="", nullable=False),
        sa.Column("agent", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_party_session_user_id_ab_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_session")),
    )
    op.create_index(op.f("ix_party_session_expires_at"), "party_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_party_session_user_id"), "party_session", ["user_id"], unique=False)

    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):
            op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f("ix_party_session_user_id"), table_name="party_session")
    op.drop_index(op.f("ix_party_session_expires_at"), table_name="party_session")
    op.drop_table("party_session")
    op.drop_index(op.f("ix_party_membership_user_id"), table_name="party_membership")
    op.drop_index(op.f("ix_party_membership_merchant_id"), table_name="party_membership")
    op.drop_table("party_membership")
    op.drop_index("ix_party_sign_in_failure_who", table_name="party_sign_in_failure")
    op.drop_table("party_sign_in_failure")
    op.drop_index(op.f("ix_party_phone_code_phone_index"), table_name="party_phone_code")
    op.drop_table("party_phone_code")
    op.drop_index(
        "ix_party_merchant_name",
        table_name="party_merchant",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_table("party_merchant")
    op.drop_index(op.f("ix_party_customer_phone_tail"), table_name="party_customer")
    op.drop_table("party_customer")
    op.execute("DROP SEQUENCE party_merchant_code")
