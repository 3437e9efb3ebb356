"""Jobs of vouchers: the clock's part of an order's life."""

from __future__ import annotations

from sqlalchemy import select

from app.core.actors import system
from app.core.clock import now
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import WrongState, move
from app.verticals.vouchers.models import VoucherOrder

CLOCK = system("clock")


def cancel_unpaid_vouchers() -> int:
    """Orders whose payment is overdue are cancelled and their pieces are for sale again; return how many."""
    moment, moved = now(), 0
    with transaction(CLOCK):
        overdue = select(VoucherOrder.id).where(VoucherOrder.status == "unpaid", VoucherOrder.pay_by < moment).order_by(VoucherOrder.id).limit(500)
        keys = list(db.session.scalars(overdue))
    for key in keys:
        try:
            with transaction(CLOCK):
                move(db.session.get_one(VoucherOrder, key), "cancel", actor=CLOCK, now=moment)
                moved += 1
        except WrongState:
            continue  # the customer was faster
    return moved
