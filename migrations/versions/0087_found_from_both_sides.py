"""What names a record is found from that record's page without reading what names others: an index on each such column that led none."""

from __future__ import annotations

from alembic import op

revision = "0087_found_from_both_sides"
down_revision = "0086_member_customers"
branch_labels = None
depends_on = None

COLUMNS = (
    ("approval_case", "about_id"), ("pay_anomaly", "payment_id"), ("pay_other_way", "refund_id"), ("pay_other_way", "customer_id"),
    ("fee_rule_version", "merchant_id"), ("plan_subscription", "plan_id"), ("plan_subscription", "renews_id"), ("plan_charge", "rule_version_id"),
    ("plan_charge", "payment_id"), ("recon_day", "bill_id"), ("recon_day", "fund_bill_id"), ("recon_day", "sharing_bill_id"), ("recon_break", "bill_id"),
    ("marketing_use", "claim_id"), ("complaint_complaint", "order_id"), ("complaint_complaint", "case_id"), ("wallet_top_up", "offer_id"),
    ("cash_shift", "user_id"), ("loyalty_programme", "merchant_id"), ("settle_policy", "merchant_id"), ("settle_account", "merchant_id"),
    ("settle_withdrawal", "merchant_id"), ("settle_withdrawal", "account_id"), ("settle_payout", "statement_id"), ("settle_payout", "withdrawal_id"),
    ("settle_payout", "account_id"), ("settle_invoice", "merchant_id"), ("dining_dish", "merchant_id"),
)


def upgrade() -> None:
    """An index for each column."""
    for table, column in COLUMNS:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index("ix_approval_case_record", "approval_case", ["subject_type", "subject_id"])
    op.create_index("ix_pay_refund_subject", "pay_refund", ["subject_type", "subject_id"])


def downgrade() -> None:
    """As before."""
    op.drop_index("ix_pay_refund_subject", "pay_refund")
    op.drop_index("ix_approval_case_record", "approval_case")
    for table, column in reversed(COLUMNS):
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
