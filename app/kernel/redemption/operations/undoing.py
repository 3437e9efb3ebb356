"""A redemption is taken back within its minutes: the customer may use the voucher again, its money is held as before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, get, lock
from app.framework.flow import move
from app.kernel.orders.models import Order
from app.kernel.orders.splitting import join_back
from app.kernel.redemption.models import LIVE, REDEEMED, Redemption, Voucher
from app.kernel.redemption.operations.redeeming import tell
from app.kernel.redemption.queries import uses_of_redemption

SYSTEM = system("redemption")


class TooLate(Refusal):
    """The minutes in which a redemption may be undone are over."""

    code = "redeem.too_late"
    status = 409
    sentence = _l("过了可撤销的时间；要退钱给顾客，在订单里退款")


def on_undone(redemption: Redemption, *, actor: Actor, now: datetime, reason: str = "", **_: Any) -> None:
    """Effect of `undo`. Refuses TooLate, and WrongState when the order of the redemption has gone on."""
    if now > redemption.undo_until:
        raise TooLate
    redemption.undone_at, redemption.undone_by, redemption.undone_why = now, actor.name, reason
    with elevated():
        part = get(Order, redemption.order_id)
        order = lock(Order, part.root_id)
        voucher = lock(Voucher, redemption.voucher_id)
        over = order.closed_at is not None
        part = move(part, "undo", actor=SYSTEM, now=now)
        join_back(part, order, now=now)
        for use in uses_of_redemption(redemption.id):
            if use.state == REDEEMED:
                use.state, use.redemption_id = LIVE, None
        if voucher.status != LIVE:
            move(voucher, "come_back", actor=SYSTEM, now=now)
        voucher.used -= redemption.count
        db.session.flush()
        if over:
            move(order, "come_back", actor=SYSTEM, now=now)
        tell(redemption, voucher)
