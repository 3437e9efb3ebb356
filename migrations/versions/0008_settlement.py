"""Settlement: policies, cycles, statements and their lines, exports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.framework.access import policy_statements

revision = "0008_settlement"
down_revision = "0007_dining"
branch_labels = None
depends_on = None

POLICIES = {
    "settle_policy": {},
    "settle_cycle": {},
    "settle_statement": {"merchant": "merchant_id"},
    "settle_line": {"merchant": "merchant_id"},
    "settle_export": {"merchant": "merchant_id"},
}

# Lines never change; the sums of a statement only while it is a draft.
FINAL = """
CREATE FUNCTION settle_line_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'lines of statements never change' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER settle_line_is_final BEFORE UPDATE OR DELETE ON settle_line FOR EACH ROW EXECUTE FUNCTION settle_line_is_final();
CREATE FUNCTION settle_statement_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'sums of a frozen statement never change' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER settle_statement_is_final BEFORE UPDATE ON settle_statement FOR EACH ROW
    WHEN (OLD.digest <> '' AND (OLD.number, OLD.cycle_id, OLD.merchant_id, OLD.watermark, OLD.lines_count, OLD.opening, OLD.earned, OLD.refunded, OLD.fees,
                                OLD.adjusted, OLD.paid, OLD.closing, OLD.payable, OLD.digest)
             IS DISTINCT FROM (NEW.number, NEW.cycle_id, NEW.merchant_id, NEW.watermark, NEW.lines_count, NEW.opening, NEW.earned, NEW.refunded, NEW.fees,
                               NEW.adjusted, NEW.paid, NEW.closing, NEW.payable, NEW.digest))
    EXECUTE FUNCTION settle_statement_is_final();
CREATE TRIGGER settle_statement_stays BEFORE DELETE ON settle_statement FOR EACH ROW EXECUTE FUNCTION settle_statement_is_final();
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE settle_statement_number")
    op.create_table(
        "settle_cycle",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("trade", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_cycle")),
        sa.UniqueConstraint("number", name=op.f("uq_settle_cycle_number")),
        sa.UniqueConstraint("trade", "day", name=op.f("uq_settle_cycle_trade_day")),
    )
    op.create_table(
        "settle_policy",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(length=20), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("cycle", sa.String(length=12), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("reserve_ppm", sa.Integer(), nullable=False),
        sa.Column("reserve_days", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("cycle IN ('daily', 'weekly', 'monthly')", name=op.f("ck_settle_policy_cycle")),
        sa.CheckConstraint(
            "status <> 'approved' OR approved_by IS NOT NULL", name=op.f("ck_settle_policy_approved_by_somebody")
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_settle_policy_second_person")
        ),
        sa.CheckConstraint(
            "hold_days BETWEEN 0 AND 90 AND reserve_days BETWEEN 0 AND 365 AND minimum >= 0",
            name=op.f("ck_settle_policy_days"),
        ),
        sa.CheckConstraint("reserve_ppm BETWEEN 0 AND 500000", name=op.f("ck_settle_policy_reserve")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_settle_policy_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_policy")),
    )
    op.create_index("ix_settle_policy_trade", "settle_policy", ["trade", "merchant_id", "starts_on"], unique=False)
    op.create_table(
        "settle_statement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("cycle_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False),
        sa.Column("lines_count", sa.Integer(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("adjusted", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.Column("payable", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("frozen_by", sa.String(length=80), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "approved_by IS NOT NULL OR status IN ('draft', 'frozen')",
            name=op.f("ck_settle_statement_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "frozen_by IS NOT NULL OR status = 'draft'", name=op.f("ck_settle_statement_frozen_by_somebody")
        ),
        sa.CheckConstraint("approved_by <> frozen_by", name=op.f("ck_settle_statement_second_person")),
        sa.CheckConstraint(
            "closing = opening + earned - refunded - fees + adjusted - paid", name=op.f("ck_settle_statement_adds_up")
        ),
        sa.CheckConstraint(
            "payable >= 0 AND payable <= greatest(closing, 0)", name=op.f("ck_settle_statement_payable_within_closing")
        ),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["settle_cycle.id"], name=op.f("fk_settle_statement_cycle_id_settle_cycle")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_settle_statement_merchant_id_party_merchant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_statement")),
        sa.UniqueConstraint("cycle_id", "merchant_id", name=op.f("uq_settle_statement_cycle_id_merchant_id")),
        sa.UniqueConstraint("number", name=op.f("uq_settle_statement_number")),
    )
    op.create_index("ix_settle_statement_merchant", "settle_statement", ["merchant_id", "id"], unique=False)
    op.create_index("ix_settle_statement_status", "settle_statement", ["status", "id"], unique=False)
    op.create_table(
        "settle_export",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=48), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("cycle_id", sa.BigInteger(), nullable=True),
        sa.Column("statement_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_settle_export_state")),
        sa.CheckConstraint("(cycle_id IS NULL) <> (statement_id IS NULL)", name=op.f("ck_settle_export_of_one_thing")),
        sa.ForeignKeyConstraint(["cycle_id"], ["settle_cycle.id"], name=op.f("fk_settle_export_cycle_id_settle_cycle")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["party_merchant.id"], name=op.f("fk_settle_export_merchant_id_party_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["settle_statement.id"], name=op.f("fk_settle_export_statement_id_settle_statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_export")),
        sa.UniqueConstraint("key", name=op.f("uq_settle_export_key")),
    )
    op.create_index("ix_settle_export_cycle", "settle_export", ["cycle_id", "id"], unique=False)
    op.create_table(
        "settle_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("transaction_key", sa.String(length=120), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("order_number", sa.String(length=24), nullable=False),
        sa.Column("trade", sa.String(length=20), nullable=False),
        sa.Column("goods", sa.BigInteger(), nullable=False),
        sa.Column("delivery", sa.BigInteger(), nullable=False),
        sa.Column("packing", sa.BigInteger(), nullable=False),
        sa.Column("merchant_discount", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("subsidy", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("adjusted", sa.BigInteger(), nullable=False),
        sa.Column("payout", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("rule_versions", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('order', 'refund', 'payout', 'reserve', 'offset', 'adjustment')", name=op.f("ck_settle_line_kind")
        ),
        sa.CheckConstraint(
            "earned IN (0, goods + delivery + packing - merchant_discount) AND earned IN (0, paid + subsidy)",
            name=op.f("ck_settle_line_earned"),
        ),
        sa.CheckConstraint("net = earned - refunded - fees + adjusted - payout", name=op.f("ck_settle_line_adds_up")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["settle_statement.id"], name=op.f("fk_settle_line_statement_id_settle_statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settle_line")),
        sa.UniqueConstraint("merchant_id", "transaction_id", name=op.f("uq_settle_line_merchant_id_transaction_id")),
    )
    op.create_index("ix_settle_line_order", "settle_line", ["order_id"], unique=False)
    op.create_index("ix_settle_line_statement", "settle_line", ["statement_id", "transaction_id"], unique=False)
    op.create_index(
        "ix_order_order_to_release", "order_order", ["id"], unique=False,
        postgresql_where=sa.text("completed_at IS NOT NULL AND released_at IS NULL"),
    )
    for table, rules in POLICIES.items():
        for statement in policy_statements(table, **rules):
            op.execute(statement)
    op.execute(FINAL)


def downgrade() -> None:
    op.drop_index("ix_order_order_to_release", table_name="order_order")
    op.drop_index("ix_settle_line_statement", table_name="settle_line")
    op.drop_index("ix_settle_line_order", table_name="settle_line")
    op.drop_table("settle_line")
    op.drop_index("ix_settle_export_cycle", table_name="settle_export")
    op.drop_table("settle_export")
    op.drop_index("ix_settle_statement_status", table_name="settle_statement")
    op.drop_index("ix_settle_statement_merchant", table_name="settle_statement")
    op.drop_table("settle_statement")
    op.drop_index("ix_settle_policy_trade", table_name="settle_policy")
    op.drop_table("settle_policy")
    op.drop_table("settle_cycle")
    op.execute("DROP FUNCTION settle_line_is_final")
    op.execute("DROP FUNCTION settle_statement_is_final")
    op.execute("DROP SEQUENCE settle_statement_number")
