"""Money in dispute is held from the merchant: no more than it has available, no less than what is wished where it has it. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from app.extensions import db
from app.framework.database import elevated, get
from app.kernel.complaints.models import Complaint
from app.kernel.ledger.accounts import merchant_available
from app.kernel.ledger.operations import hold_balances, post
from app.kernel.ledger.postings.dispute import dispute_closed, dispute_opened
from app.kernel.orders.models import Order
from app.kernel.orders.operations import reference


def hold(complaint: Complaint, *, now: datetime) -> None:
    """What is wished and not held yet is held, as far as the merchant has it available.

    An order that was not released holds its own money: in escrow, or as the merchant's pending.
    """
    with elevated():
        order = get(Order, complaint.order_id)
        if order.released_at is None:
            return
        account = merchant_available(complaint.merchant_id)
        amount = min(complaint.wish - complaint.held, hold_balances([account])[account])
        if amount <= 0:
            return
        complaint.held += amount
        post(dispute_opened(reference(order), merchant_id=order.merchant_id, complaint=f"{complaint.number}-{complaint.held}", amount=amount, at=now), now)
        db.session.flush()


def let_go(complaint: Complaint, *, now: datetime) -> None:
    """Everything that was held for the complaint is the merchant's to withdraw again. Before a refund, so that the waterfall finds it."""
    amount, complaint.held = complaint.held, 0
    if amount:
        with elevated():
            order = get(Order, complaint.order_id)
            post(dispute_closed(reference(order), merchant_id=order.merchant_id, complaint=complaint.number, amount=amount, at=now), now)
