"""Payments, refunds, notices of the channel, bills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0005_payments"
down_revision = "0004_approvals"
branch_labels = None
depends_on = None

POLICIES = {
    "pay_payment": {"merchant": "merchant_id", "customer": "customer_id"},
    "pay_refund": {"merchant": "merchant_id", "customer": "customer_id"},
}

# Whoever is connected: a refund counts against its payment from the moment it exists until the channel closes it, and the
# CHECK on pay_payment.refunded refuses what would be more than was paid. What was agreed with the channel does not change.
GUARDS = """
CREATE FUNCTION pay_refund_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    change bigint := CASE WHEN NEW.status = 'closed' THEN 0 ELSE NEW.amount END;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        change := change - CASE WHEN OLD.status = 'closed' THEN 0 ELSE OLD.amount END;
    END IF;
    IF change <> 0 THEN
        UPDATE pay_payment SET refunded = refunded + change WHERE id = NEW.payment_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pay_refund_counted AFTER INSERT OR UPDATE OF status ON pay_refund FOR EACH ROW EXECUTE FUNCTION pay_refund_counted();

CREATE FUNCTION pay_refund_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.number, NEW.payment_id, NEW.amount, NEW.merchant_id, NEW.customer_id)
        IS DISTINCT FROM (OLD.number, OLD.payment_id, OLD.amount, OLD.merchant_id, OLD.customer_id) THEN
        RAISE EXCEPTION 'refund %: number, payment, amount, and parties are fixed', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = 'succeeded' AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'refund % has reached its customer', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pay_refund_fixed BEFORE UPDATE ON pay_refund FOR EACH ROW EXECUTE FUNCTION pay_refund_fixed();

CREATE FUNCTION pay_payment_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.number, NEW.amount, NEW.account_number, NEW.merchant_id, NEW.customer_id)
        IS DISTINCT FROM (OLD.number, OLD.amount, OLD.account_number, OLD.merchant_id, OLD.customer_id)
        OR (OLD.status = 'paid' AND (NEW.status, NEW.channel_number, NEW.paid_at) IS DISTINCT FROM (OLD.status, OLD.channel_number, OLD.paid_at)) THEN
        RAISE EXCEPTION 'payment %: number, amount, parties, and what is paid are fixed', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.refunded <> OLD.refunded AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'payment %: refunded follows its refunds', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pay_payment_fixed BEFORE UPDATE ON pay_payment FOR EACH ROW EXECUTE FUNCTION pay_payment_fixed();

CREATE FUNCTION pay_notice_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.notify_id, NEW.body, NEW.resource) IS DISTINCT FROM (OLD.notify_id, OLD.body, OLD.resource) THEN
        RAISE EXCEPTION 'notice %: what the channel said is fixed', OLD.notify_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pay_notice_fixed BEFORE UPDATE ON pay_notice FOR EACH ROW EXECUTE FUNCTION pay_notice_fixed();

CREATE TRIGGER pay_payment_kept BEFORE DELETE ON pay_payment FOR EACH ROW EXECUTE FUNCTION baiye_refuse_change();
CREATE TRIGGER pay_refund_kept BEFORE DELETE ON pay_refund FOR EACH ROW EXECUTE FUNCTION baiye_refuse_change();
CREATE TRIGGER pay_notice_kept BEFORE DELETE ON pay_notice FOR EACH ROW EXECUTE FUNCTION baiye_refuse_change();
CREATE TRIGGER pay_bill_kept BEFORE UPDATE OR DELETE ON pay_bill FOR EACH ROW EXECUTE FUNCTION baiye_refuse_change();
CREATE TRIGGER pay_payment_no_truncate BEFORE TRUNCATE ON pay_payment FOR EACH STATEMENT EXECUTE FUNCTION baiye_refuse_change();
CREATE TRIGGER pay_refund_no_truncate BEFORE TRUNCATE ON pay_refund FOR EACH STATEMENT EXECUTE FUNCTION baiye_refuse_change();
CREATE TRIGGER pay_notice_no_truncate BEFORE TRUNCATE ON pay_notice FOR EACH STATEMENT EXECUTE FUNCTION baiye_refuse_change();
CREATE TRIGGER pay_bill_no_truncate BEFORE TRUNCATE ON pay_bill FOR EACH STATEMENT EXECUTE FUNCTION baiye_refuse_change();
REVOKE DELETE, TRUNCATE ON pay_payment, pay_refund, pay_notice, pay_bill FROM baiye_app;
REVOKE UPDATE ON pay_bill FROM baiye_app;
REVOKE ALL ON FUNCTION pay_refund_counted, pay_refund_fixed, pay_payment_fixed, pay_notice_fixed FROM PUBLIC;
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE pay_payment_number")
    op.execute("CREATE SEQUENCE pay_refund_number")
    op.create_table(
        "pay_bill",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account_number", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("income", sa.BigInteger(), nullable=False),
        sa.Column("spending", sa.BigInteger(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=True),
        sa.Column("closing", sa.BigInteger(), nullable=True),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'fund') = (opening IS NOT NULL) AND (kind = 'fund') = (closing IS NOT NULL)",
            name=op.f("ck_pay_bill_fund_has_balances"),
        ),
        sa.CheckConstraint("kind IN ('trade', 'fund')", name=op.f("ck_pay_bill_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_bill")),
        sa.UniqueConstraint("account_number", "kind", "day", name=op.f("uq_pay_bill_account_number_kind_day")),
    )
    op.create_table(
        "pay_notice",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("notify_id", sa.String(length=64), nullable=False),
        sa.Column("event_type", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("resource", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_notice")),
        sa.UniqueConstraint("notify_id", name=op.f("uq_pay_notice_notify_id")),
    )
    op.create_index(
        "ix_pay_notice_open",
        "pay_notice",
        ["status", "id"],
        unique=False,
        postgresql_where=sa.text("status <> 'handled'"),
    )
    op.create_index(op.f("ix_pay_notice_subject"), "pay_notice", ["subject"], unique=False)
    op.create_table(
        "pay_payment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("subject_type", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(length=20), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("description", sa.String(length=127), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account_number", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("prepay_id", sa.String(length=64), nullable=True),
        sa.Column("channel_number", sa.String(length=64), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status <> 'paid' OR (paid_at IS NOT NULL AND channel_number IS NOT NULL)",
            name=op.f("ck_pay_payment_paid_with_proof"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_pay_payment_amount")),
        sa.CheckConstraint("refunded BETWEEN 0 AND amount", name=op.f("ck_pay_payment_refunded_within")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["party_customer.id"], name=op.f("fk_pay_payment_customer_id_party_customer")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_pay_payment_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_payment")),
        sa.UniqueConstraint("channel_number", name=op.f("uq_pay_payment_channel_number")),
        sa.UniqueConstraint("number", name=op.f("uq_pay_payment_number")),
    )
    op.create_index("ix_pay_payment_customer", "pay_payment", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_pay_payment_due",
        "pay_payment",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'created'"),
    )
    op.create_index("ix_pay_payment_merchant", "pay_payment", ["merchant_id", "id"], unique=False)
    op.create_index("ix_pay_payment_subject", "pay_payment", ["subject_type", "subject_id", "id"], unique=False)
    op.create_index(
        "uq_pay_payment_open",
        "pay_payment",
        ["subject_type", "subject_id"],
        unique=True,
        postgresql_where=sa.text("status = 'created'"),
    )
    op.create_table(
        "pay_refund",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_type", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(length=20), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("channel_number", sa.String(length=64), nullable=True),
        sa.Column("problem", sa.String(length=200), server_default="", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("replaced_at IS NULL OR status = 'closed'", name=op.f("ck_pay_refund_replaced_when_closed")),
        sa.CheckConstraint(
            "status <> 'succeeded' OR (succeeded_at IS NOT NULL AND channel_number IS NOT NULL)",
            name=op.f("ck_pay_refund_succeeded_with_proof"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_pay_refund_amount")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["party_customer.id"], name=op.f("fk_pay_refund_customer_id_party_customer")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_pay_refund_merchant_id_party_merchant")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["pay_payment.id"], name=op.f("fk_pay_refund_payment_id_pay_payment")),
        sa.ForeignKeyConstraint(["replaces_id"], ["pay_refund.id"], name=op.f("fk_pay_refund_replaces_id_pay_refund")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_refund")),
        sa.UniqueConstraint("channel_number", name=op.f("uq_pay_refund_channel_number")),
        sa.UniqueConstraint("number", name=op.f("uq_pay_refund_number")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_pay_refund_replaces_id")),
    )
    op.create_index("ix_pay_refund_customer", "pay_refund", ["customer_id", "id"], unique=False)
    op.create_index("ix_pay_refund_merchant", "pay_refund", ["merchant_id", "id"], unique=False)
    op.create_index(
        "ix_pay_refund_open",
        "pay_refund",
        ["status", "send_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('created', 'submitted', 'abnormal', 'closed')"),
    )
    op.create_index("ix_pay_refund_payment", "pay_refund", ["payment_id", "id"], unique=False)

    op.get_bind().connection.cursor().execute(GUARDS)
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):
            op.execute(statement)


def downgrade() -> None:
    op.drop_index("ix_pay_refund_payment", table_name="pay_refund")
    op.drop_index(
        "ix_pay_refund_open",
        table_name="pay_refund",
        postgresql_where=sa.text("status IN ('created', 'submitted', 'abnormal', 'closed')"),
    )
    op.drop_index("ix_pay_refund_merchant", table_name="pay_refund")
    op.drop_index("ix_pay_refund_customer", table_name="pay_refund")
    op.drop_table("pay_refund")
    op.drop_index("uq_pay_payment_open", table_name="pay_payment", postgresql_where=sa.text("status = 'created'"))
    op.drop_index("ix_pay_payment_subject", table_name="pay_payment")
    op.drop_index("ix_pay_payment_merchant", table_name="pay_payment")
    op.drop_index("ix_pay_payment_due", table_name="pay_payment", postgresql_where=sa.text("status = 'created'"))
    op.drop_index("ix_pay_payment_customer", table_name="pay_payment")
    op.drop_table("pay_payment")
    op.drop_index(op.f("ix_pay_notice_subject"), table_name="pay_notice")
    op.drop_index("ix_pay_notice_open", table_name="pay_notice", postgresql_where=sa.text("status <> 'handled'"))
    op.drop_table("pay_notice")
    op.drop_table("pay_bill")
    op.execute("DROP FUNCTION pay_refund_counted, pay_refund_fixed, pay_payment_fixed, pay_notice_fixed")
    op.execute("DROP SEQUENCE pay_payment_number, pay_refund_number")
