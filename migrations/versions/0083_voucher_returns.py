"""Pieces whose vouchers were refunded before any use are for sale again: each order says how many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0083_voucher_returns"
down_revision = "0082_conversations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was refunded so far goes back to the stock of its deal too."""
    op.add_column("vouchers_order", sa.Column("returned", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("vouchers_order", "returned", server_default=None)
    op.execute(
        "UPDATE vouchers_order SET returned = gone.pieces FROM"
        " (SELECT order_id, count(*) AS pieces FROM redeem_voucher WHERE trade = 'vouchers' AND status = 'refunded' GROUP BY order_id) AS gone"
        " WHERE gone.order_id = vouchers_order.id"
    )
    op.execute(
        "UPDATE vouchers_deal SET sold = sold - gone.pieces FROM"
        " (SELECT deal_id, sum(returned) AS pieces FROM vouchers_order WHERE returned > 0 GROUP BY deal_id) AS gone WHERE gone.deal_id = vouchers_deal.id"
    )
    op.create_check_constraint(op.f("ck_vouchers_order_returned"), "vouchers_order", "returned BETWEEN 0 AND count")


def downgrade() -> None:
    """Pieces that came back count as sold again, as far as the offer has room for them."""
    op.execute(
        "UPDATE vouchers_deal SET sold = LEAST(sold + gone.pieces, COALESCE(quantity, sold + gone.pieces)) FROM"
        " (SELECT deal_id, sum(returned) AS pieces FROM vouchers_order WHERE returned > 0 GROUP BY deal_id) AS gone WHERE gone.deal_id = vouchers_deal.id"
    )
    op.drop_constraint(op.f("ck_vouchers_order_returned"), "vouchers_order")
    op.drop_column("vouchers_order", "returned")
