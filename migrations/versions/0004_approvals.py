"""Files, forms, applications, review cases."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0004_approvals"
down_revision = "0003_ledger"
branch_labels = None
depends_on = None

EVERYBODY = ("merchant", "customer", "public")
POLICIES = {
    "file_object": {"merchant": "merchant_id", "customer": "customer_id", "customer_writes": True},
    "form_field": {"open_to": EVERYBODY},
    "approval_application": {"merchant": "merchant_id"},
    "approval_document": {"merchant": "merchant_id"},
    "approval_case": {"merchant": "merchant_id"},
    "approval_reason": {"open_to": EVERYBODY},
    "approval_policy": {"open_to": EVERYBODY},
}
# The library that reviewers start with; staff edit it in the console.
REASONS = (
    ("photo_unclear", "照片不清楚，字看不清，重拍一张", "The photo is not legible; take it again"),
    ("document_expired", "证照已过期，换新证再交", "The document has expired; hand in a new one"),
    ("name_differs", "填的名称和证照不一致", "The name differs from the document"),
    ("address_differs", "经营地址和证照不一致，更正或补充变更证明", "The address differs from the document; correct it or add proof of the change"),
    ("wrong_document", "上传的不是要求的证照", "This is not the document that was asked for"),
    ("document_missing", "缺少必需的证照", "A required document is missing"),
    ("scope_missing", "证照的经营范围不包含这个行业", "The licence does not cover this trade"),
    ("account_differs", "收款账户的户名和主体不一致", "The account is not in the name of the firm"),
    ("forbidden_words", "文字里有广告法禁用语，改掉再交", "The text uses words that advertising law forbids"),
    ("not_genuine", "材料涉嫌造假", "The papers appear not to be genuine"),
)


def upgrade() -> None:
    op.create_table(
        "approval_policy",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("young_days", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "mode IN ('all', 'new_merchants', 'changed_fields', 'risk_words')", name=op.f("ck_approval_policy_mode")
        ),
        sa.CheckConstraint("minutes BETWEEN 5 AND 10080", name=op.f("ck_approval_policy_minutes")),
        sa.CheckConstraint("young_days BETWEEN 0 AND 365", name=op.f("ck_approval_policy_young_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_policy")),
        sa.UniqueConstraint("kind", name=op.f("uq_approval_policy_kind")),
    )
    op.create_table(
        "approval_reason",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("sentence", sa.String(length=120), nullable=False),
        sa.Column("sentence_en", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_reason")),
        sa.UniqueConstraint("kind", "code", name=op.f("uq_approval_reason_kind_code")),
    )
    op.create_table(
        "form_field",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(length=30), nullable=False),
        sa.Column("form", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("label_zh", sa.String(length=40), nullable=False),
        sa.Column("label_en", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("choices", postgresql.JSONB(), nullable=False),
        sa.Column("help", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind <> 'choice' OR jsonb_array_length(choices) > 0", name=op.f("ck_form_field_choices")),
        sa.CheckConstraint(
            "kind IN ('text', 'number', 'choice', 'date', 'phone', 'money', 'boolean')", name=op.f("ck_form_field_kind")
        ),
        sa.CheckConstraint("name ~ '^[a-z][a-z0-9_]{0,39}$'", name=op.f("ck_form_field_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_field")),
        sa.UniqueConstraint("form", "name", name=op.f("uq_form_field_form_name")),
    )
    op.create_table(
        "approval_application",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("company", sa.String(length=80), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("legal_person_sealed", sa.String(length=200), nullable=True),
        sa.Column("legal_person_masked", sa.String(length=20), nullable=False),
        sa.Column("contact_name", sa.String(length=40), nullable=False),
        sa.Column("contact_phone", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("bank_name", sa.String(length=60), nullable=False),
        sa.Column("bank_account_sealed", sa.String(length=200), nullable=True),
        sa.Column("bank_account_masked", sa.String(length=24), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_approval_application_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_application")),
        sa.UniqueConstraint("merchant_id", "trade", name=op.f("uq_approval_application_merchant_id_trade")),
    )
    op.create_table(
        "approval_case",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("trade", sa.String(length=30), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_type", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_label", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(), nullable=False),
        sa.Column("previous", postgresql.JSONB(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("claimed_name", sa.String(length=80), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_name", sa.String(length=80), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("reason_code", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status <> 'claimed' OR (claimed_by IS NOT NULL AND claimed_until IS NOT NULL)",
            name=op.f("ck_approval_case_claimed"),
        ),
        sa.CheckConstraint("status NOT IN ('rejected', 'asked') OR reason <> ''", name=op.f("ck_approval_case_reason")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_approval_case_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_case")),
    )
    op.create_index("ix_approval_case_merchant", "approval_case", ["merchant_id", "id"], unique=False)
    op.create_index(
        "ix_approval_case_queue",
        "approval_case",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('waiting', 'claimed')"),
    )
    op.create_index("ix_approval_case_subject", "approval_case", ["kind", "subject_id", "id"], unique=False)
    op.create_index(
        "uq_approval_case_open",
        "approval_case",
        ["kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('waiting', 'claimed', 'asked')"),
    )
    op.create_table(
        "file_object",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=48), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("mime", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_kind", sa.String(length=12), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose <> 'public_image' OR NOT encrypted", name=op.f("ck_file_object_public")),
        sa.CheckConstraint("size > 0", name=op.f("ck_file_object_size")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["party_customer.id"], name=op.f("fk_file_object_customer_id_party_customer")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_file_object_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_object")),
        sa.UniqueConstraint("key", name=op.f("uq_file_object_key")),
    )
    op.create_index(op.f("ix_file_object_customer_id"), "file_object", ["customer_id"], unique=False)
    op.create_index("ix_file_object_merchant", "file_object", ["merchant_id", "id"], unique=False)
    op.create_table(
        "approval_document",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["file_object.id"], name=op.f("fk_approval_document_file_id_file_object")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_approval_document_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_document")),
    )
    op.create_index(
        "ix_approval_document_expires",
        "approval_document",
        ["expires_on"],
        unique=False,
        postgresql_where=sa.text("status IN ('valid', 'expiring')"),
    )
    op.create_index(
        "ix_approval_document_merchant", "approval_document", ["merchant_id", "trade", "kind"], unique=False
    )

    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):
            op.execute(statement)
    _library()


def _library() -> None:
    columns = [sa.column(name) for name in ("kind", "code", "sentence", "sentence_en", "position", "active", "version")]
    moments = [sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "updated_at")]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    op.bulk_insert(
        sa.table("approval_reason", *columns, *moments),
        [
            {
                "kind": "", "code": code, "sentence": sentence, "sentence_en": english, "position": position, "active": True, "version": 1,
                "created_at": start, "updated_at": start,
            }
            for position, (code, sentence, english) in enumerate(REASONS)
        ],
    )


def downgrade() -> None:
    op.drop_index("ix_approval_document_merchant", table_name="approval_document")
    op.drop_index(
        "ix_approval_document_expires",
        table_name="approval_document",
        postgresql_where=sa.text("status IN ('valid', 'expiring')"),
    )
    op.drop_table("approval_document")
    op.drop_index("ix_file_object_merchant", table_name="file_object")
    op.drop_index(op.f("ix_file_object_customer_id"), table_name="file_object")
    op.drop_table("file_object")
    op.drop_index(
        "uq_approval_case_open",
        table_name="approval_case",
        postgresql_where=sa.text("status IN ('waiting', 'claimed', 'asked')"),
    )
    op.drop_index("ix_approval_case_subject", table_name="approval_case")
    op.drop_index(
        "ix_approval_case_queue",
        table_name="approval_case",
        postgresql_where=sa.text("status IN ('waiting', 'claimed')"),
    )
    op.drop_index("ix_approval_case_merchant", table_name="approval_case")
    op.drop_table("approval_case")
    op.drop_table("approval_application")
    op.drop_table("form_field")
    op.drop_table("approval_reason")
    op.drop_table("approval_policy")
