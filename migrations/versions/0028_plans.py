"""What parties buy of the platform: plans, charges, what is not earned yet, deposits and fines, advertising; payments without a customer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0028_plans"
down_revision = "0027_recon_complete"
branch_labels = None
depends_on = None

EVERYBODY = ("merchant", "customer", "public")
BOTH = {"merchant": "merchant_id", "customer": "customer_id"}
POLICIES: dict[str, dict[str, object]] = {
    "plan_plan": {"open_to": EVERYBODY},
    "plan_slot": {"open_to": EVERYBODY},
    "plan_charge": BOTH,
    "plan_deferral": {},
    "plan_subscription": BOTH,
    "plan_entitled": BOTH,
    "plan_deposit": {"merchant": "merchant_id"},
    "plan_fine": {"merchant": "merchant_id"},
    "plan_booking": {"merchant": "merchant_id"},
    "plan_slot_day": {},
    "plan_hit": {},
    "plan_hit_count": {"merchant": "merchant_id"},
}


def upgrade() -> None:
    """A sequence for numbers, twelve tables, and payments that a merchant makes, or a customer to the platform."""
    op.execute("CREATE SEQUENCE plan_number")
    _payments()
    for make in (_catalogue, _charges, _subscriptions, _deposits, _placements):
        make()
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):  # type: ignore[arg-type]
            op.execute(statement)


def _payments() -> None:
    for column in ("merchant_id", "customer_id"):
        op.alter_column("pay_payment", column, nullable=True)
    op.alter_column("pay_refund", "merchant_id", nullable=True)
    op.add_column("pay_payment", sa.Column("code_url", sa.String(300)))
    op.create_check_constraint(op.f("ck_pay_payment_somebody"), "pay_payment", "merchant_id IS NOT NULL OR customer_id IS NOT NULL")


def _catalogue() -> None:
    op.create_table(
        "plan_plan",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("audience", sa.String(8), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("description", sa.String(300), nullable=False),
        sa.Column("grants", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("audience IN ('merchant', 'customer')", name=op.f("ck_plan_plan_audience")),
        sa.CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name=op.f("ck_plan_plan_approved_by_somebody")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_plan_plan_second_person")),
        sa.ForeignKeyConstraint(["trade", "kind"], ["fee_kind.trade", "fee_kind.kind"], name="fk_plan_plan_kind"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_plan")),
    )
    op.create_index("ix_plan_plan_sale", "plan_plan", ["trade", "status"])
    op.create_table(
        "plan_slot",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("page", sa.String(40), nullable=False),
        sa.Column("region", sa.String(40), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("members_only", sa.Boolean(), nullable=False),
        sa.Column("on_sale", sa.Boolean(), nullable=False),
        *_dated(),
        sa.CheckConstraint("capacity BETWEEN 1 AND 50", name=op.f("ck_plan_slot_capacity")),
        sa.ForeignKeyConstraint(["trade", "kind"], ["fee_kind.trade", "fee_kind.kind"], name="fk_plan_slot_kind"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_slot")),
        sa.UniqueConstraint("trade", "page", "region", name=op.f("uq_plan_slot_trade_page_region")),
    )


def _charges() -> None:
    op.create_table(
        "plan_charge",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("rule_version_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("pay_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("method", sa.String(8), nullable=True),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        *_dated(),
        sa.CheckConstraint("purpose IN ('entry', 'subscription', 'deposit', 'placement')", name=op.f("ck_plan_charge_purpose")),
        sa.CheckConstraint("status <> 'paid' OR (paid_at IS NOT NULL AND method IS NOT NULL)", name=op.f("ck_plan_charge_paid_somehow")),
        sa.CheckConstraint("(merchant_id IS NULL) <> (customer_id IS NULL)", name=op.f("ck_plan_charge_one_payer")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_plan_charge_amount")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f("fk_plan_charge_customer_id_party_customer")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_plan_charge_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["payment_id"], ["pay_payment.id"], name=op.f("fk_plan_charge_payment_id_pay_payment")),
        sa.ForeignKeyConstraint(["rule_version_id"], ["fee_rule_version.id"], name=op.f("fk_plan_charge_rule_version_id_fee_rule_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_charge")),
        sa.UniqueConstraint("number", name=op.f("uq_plan_charge_number")),
    )
    op.create_index("ix_plan_charge_customer", "plan_charge", ["customer_id", "id"])
    op.create_index("ix_plan_charge_due", "plan_charge", ["pay_by"], unique=False, postgresql_where=sa.text("status = 'waiting'"))
    op.create_index("ix_plan_charge_merchant", "plan_charge", ["merchant_id", "id"])
    op.create_index("uq_plan_charge_open", "plan_charge", ["purpose", "subject_id", "trade"], unique=True, postgresql_where=sa.text("status = 'waiting'"))
    op.create_table(
        "plan_deferral",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("trade", sa.String(20), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("released_days", sa.Integer(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        *_dated(),
        sa.CheckConstraint("NOT closed OR released + refunded = total", name=op.f("ck_plan_deferral_closed_when_spent")),
        sa.CheckConstraint("released >= 0 AND refunded >= 0 AND released + refunded <= total", name=op.f("ck_plan_deferral_within_total")),
        sa.CheckConstraint("total > 0 AND days > 0 AND released_days BETWEEN 0 AND days", name=op.f("ck_plan_deferral_days")),
        sa.ForeignKeyConstraint(["charge_id"], ["plan_charge.id"], name=op.f("fk_plan_deferral_charge_id_plan_charge")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_deferral")),
        sa.UniqueConstraint("charge_id", name=op.f("uq_plan_deferral_charge_id")),
    )
    op.create_index("ix_plan_deferral_open", "plan_deferral", ["starts_on"], unique=False, postgresql_where=sa.text("NOT closed"))


def _subscriptions() -> None:
    op.create_table(
        "plan_subscription",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("renews_id", sa.BigInteger(), nullable=True),
        sa.Column("reminded", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.String(80), nullable=True),
        sa.Column("given_back", sa.BigInteger(), nullable=False),
        *_dated(),
        sa.CheckConstraint("(merchant_id IS NULL) <> (customer_id IS NULL)", name=op.f("ck_plan_subscription_one_owner")),
        sa.CheckConstraint("price > 0 AND (ends_on IS NULL OR ends_on > starts_on)", name=op.f("ck_plan_subscription_sane")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f("fk_plan_subscription_customer_id_party_customer")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_plan_subscription_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan_plan.id"], name=op.f("fk_plan_subscription_plan_id_plan_plan")),
        sa.ForeignKeyConstraint(["renews_id"], ["plan_subscription.id"], name=op.f("fk_plan_subscription_renews_id_plan_subscription")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_subscription")),
        sa.UniqueConstraint("number", name=op.f("uq_plan_subscription_number")),
    )
    op.create_index("ix_plan_subscription_customer", "plan_subscription", ["customer_id", "id"])
    op.create_index("ix_plan_subscription_end", "plan_subscription", ["ends_on"], unique=False, postgresql_where=sa.text("status IN ('active', 'leaving')"))
    op.create_index("ix_plan_subscription_merchant", "plan_subscription", ["merchant_id", "id"])
    op.create_index("uq_plan_subscription_renews", "plan_subscription", ["renews_id"], unique=True, postgresql_where=sa.text("status NOT IN ('cancelled', 'refunded')"))
    op.create_table(
        "plan_entitled",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        *_dated(),
        sa.CheckConstraint("amount > 0 AND used BETWEEN 0 AND amount AND (kind = 'quota' OR used = 0)", name=op.f("ck_plan_entitled_used_within")),
        sa.CheckConstraint("kind IN ('quota', 'discount', 'priority', 'unlock')", name=op.f("ck_plan_entitled_kind")),
        sa.CheckConstraint("(merchant_id IS NULL) <> (customer_id IS NULL)", name=op.f("ck_plan_entitled_one_owner")),
        sa.ForeignKeyConstraint(["customer_id"], ["party_customer.id"], name=op.f("fk_plan_entitled_customer_id_party_customer")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_plan_entitled_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["subscription_id"], ["plan_subscription.id"], name=op.f("fk_plan_entitled_subscription_id_plan_subscription")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_entitled")),
    )
    op.create_index("ix_plan_entitled_customer", "plan_entitled", ["customer_id", "name"])
    op.create_index("ix_plan_entitled_merchant", "plan_entitled", ["merchant_id", "name"])
    op.create_index(op.f("ix_plan_entitled_subscription_id"), "plan_entitled", ["subscription_id"])


def _deposits() -> None:
    op.create_table(
        "plan_deposit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("required", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("status <> 'leaving' OR asked_at IS NOT NULL", name=op.f("ck_plan_deposit_leaving_since")),
        sa.CheckConstraint("required > 0", name=op.f("ck_plan_deposit_required")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_plan_deposit_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_deposit")),
        sa.UniqueConstraint("merchant_id", name=op.f("uq_plan_deposit_merchant_id")),
    )
    op.create_index("ix_plan_deposit_status", "plan_deposit", ["status", "id"])
    op.create_table(
        "plan_fine",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("deposit_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("evidence_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("imposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal", sa.String(200), nullable=False),
        sa.Column("answer", sa.String(200), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=True),
        *_dated(),
        sa.CheckConstraint("status IN ('proposed', 'dropped') OR approved_by IS NOT NULL", name=op.f("ck_plan_fine_imposed_by_somebody")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_plan_fine_amount")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_plan_fine_second_person")),
        sa.CheckConstraint("decided_by IS NULL OR (decided_by <> made_by AND decided_by <> approved_by)", name=op.f("ck_plan_fine_third_person")),
        sa.ForeignKeyConstraint(["deposit_id"], ["plan_deposit.id"], name=op.f("fk_plan_fine_deposit_id_plan_deposit")),
        sa.ForeignKeyConstraint(["evidence_id"], ["file_object.id"], name=op.f("fk_plan_fine_evidence_id_file_object")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_plan_fine_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_fine")),
        sa.UniqueConstraint("number", name=op.f("uq_plan_fine_number")),
    )
    op.create_index(op.f("ix_plan_fine_deposit_id"), "plan_fine", ["deposit_id"])
    op.create_index("ix_plan_fine_merchant", "plan_fine", ["merchant_id", "id"])
    op.create_index("ix_plan_fine_status", "plan_fine", ["status", "id"])


def _placements() -> None:
    op.create_table(
        "plan_booking",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("free_days", sa.Integer(), nullable=False),
        sa.Column("quota", postgresql.JSONB(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("given_back", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(40), nullable=False),
        sa.Column("link", sa.String(200), nullable=False),
        sa.Column("image", sa.String(60), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("refusal", sa.String(200), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *_dated(),
        sa.CheckConstraint("days BETWEEN 1 AND 90 AND free_days BETWEEN 0 AND days", name=op.f("ck_plan_booking_days")),
        sa.CheckConstraint("price >= 0 AND given_back BETWEEN 0 AND price", name=op.f("ck_plan_booking_amounts")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_plan_booking_merchant_id_party_merchant")),
        sa.ForeignKeyConstraint(["slot_id"], ["plan_slot.id"], name=op.f("fk_plan_booking_slot_id_plan_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_booking")),
        sa.UniqueConstraint("number", name=op.f("uq_plan_booking_number")),
    )
    op.create_index("ix_plan_booking_merchant", "plan_booking", ["merchant_id", "id"])
    op.create_index(op.f("ix_plan_booking_slot_id"), "plan_booking", ["slot_id"])
    op.create_index("ix_plan_booking_status", "plan_booking", ["status", "starts_on"])
    op.create_table(
        "plan_slot_day",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("place >= 1", name=op.f("ck_plan_slot_day_place")),
        sa.ForeignKeyConstraint(["booking_id"], ["plan_booking.id"], name=op.f("fk_plan_slot_day_booking_id_plan_booking")),
        sa.ForeignKeyConstraint(["slot_id"], ["plan_slot.id"], name=op.f("fk_plan_slot_day_slot_id_plan_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_slot_day")),
        sa.UniqueConstraint("slot_id", "day", "place", name=op.f("uq_plan_slot_day_slot_id_day_place")),
    )
    op.create_index("ix_plan_slot_day_booking", "plan_slot_day", ["booking_id"])
    op.create_table(
        "plan_hit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_hit")),
    )
    op.create_table(
        "plan_hit_count",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("views >= 0 AND clicks >= 0", name=op.f("ck_plan_hit_count_counts")),
        sa.ForeignKeyConstraint(["booking_id"], ["plan_booking.id"], name=op.f("fk_plan_hit_count_booking_id_plan_booking")),
        sa.ForeignKeyConstraint(["merchant_id"], ["party_merchant.id"], name=op.f("fk_plan_hit_count_merchant_id_party_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_hit_count")),
        sa.UniqueConstraint("booking_id", "day", name=op.f("uq_plan_hit_count_booking_id_day")),
    )


def _dated() -> tuple[sa.Column, ...]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """The ledger keeps what was paid; who bought what is lost. Payments without a customer stand in the way, for nobody would own them."""
    for table in (
        "plan_hit_count", "plan_hit", "plan_slot_day", "plan_booking", "plan_fine", "plan_deposit", "plan_entitled", "plan_subscription", "plan_deferral",
        "plan_charge", "plan_slot", "plan_plan",
    ):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_pay_payment_somebody"), "pay_payment")
    op.drop_column("pay_payment", "code_url")
    for table, column in (("pay_refund", "merchant_id"), ("pay_payment", "customer_id"), ("pay_payment", "merchant_id")):
        op.alter_column(table, column, nullable=False)
    op.execute("DROP SEQUENCE plan_number")
