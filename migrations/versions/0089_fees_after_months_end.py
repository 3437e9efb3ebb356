"""A fee line says what the month's end changed of it, so that a refund that comes later gives back what the line bears in the end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0089_fees_after_months_end"
down_revision = "0088_job_outcomes"
branch_labels = None
depends_on = None

# Adjustments that stand are spread over their month's lines, the odd fen to the earlier ones: what was charged by their bases, what was given back by
# what they still bear. What went back beyond that with refunds since is on no line; the proof of adjustments names it.
SPREAD = """
    UPDATE fee_line SET adjusted = part.adjusted FROM (
        SELECT id, sign(amount)::bigint * (share + CASE WHEN place <= spread - sum(share) OVER whole THEN 1 ELSE 0 END) AS adjusted
        FROM (
            SELECT *, least(abs(amount), most) AS spread, div(least(abs(amount), most) * weight, weights)::bigint AS share
            FROM (
                SELECT *, sum(weight) OVER whole AS weights, CASE WHEN amount > 0 THEN amount ELSE sum(weight) OVER whole END AS most,
                       row_number() OVER (PARTITION BY adjustment ORDER BY (weight = 0), id) AS place
                FROM (
                    SELECT line.id, made.id AS adjustment, made.amount, CASE WHEN made.amount > 0 THEN line.base ELSE line.amount - line.returned END AS weight
                    FROM fee_adjustment made
                    JOIN fee_line line ON line.rule_version_id = made.rule_version_id AND line.merchant_id = made.merchant_id AND line.volume IS NOT NULL
                    JOIN order_order o ON o.id = line.order_id AND date_trunc('month', o.completed_at AT TIME ZONE 'Asia/Shanghai')::date = made.month
                    WHERE made.amount <> 0
                ) AS lines
                WINDOW whole AS (PARTITION BY adjustment)
            ) AS weighed
            WHERE weights > 0
        ) AS shares
        WINDOW whole AS (PARTITION BY adjustment)
    ) AS part
    WHERE part.id = fee_line.id AND part.adjusted <> 0
"""


def upgrade() -> None:
    """The column, what it may be, and what stands already."""
    op.add_column("fee_line", sa.Column("adjusted", sa.BigInteger(), server_default="0", nullable=False))
    op.alter_column("fee_line", "adjusted", server_default=None)
    op.drop_constraint("ck_fee_line_returned_within_amount", "fee_line")
    op.execute(SPREAD)
    op.create_check_constraint("returned_within_borne", "fee_line", "returned BETWEEN 0 AND amount + adjusted")
    op.create_check_constraint("adjusted_by_volume", "fee_line", "adjusted = 0 OR volume IS NOT NULL")


def downgrade() -> None:
    """Without it a line gives back at most what it was charged."""
    op.drop_constraint("ck_fee_line_adjusted_by_volume", "fee_line")
    op.drop_constraint("ck_fee_line_returned_within_borne", "fee_line")
    op.execute("UPDATE fee_line SET returned = least(returned, amount)")
    op.create_check_constraint("returned_within_amount", "fee_line", "returned BETWEEN 0 AND amount")
    op.drop_column("fee_line", "adjusted")
