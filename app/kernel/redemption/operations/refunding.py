"""Unused uses give their money back: when the customer wants it, when their time is over, and through whatever other door a refund comes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, get, lock
from app.framework.flow import move
from app.framework.live import announce
from app.kernel.aftersales.models import RefundCase
from app.kernel.aftersales.operations import refund_lines, refund_ruled
from app.kernel.orders.models import Order, OrderLine
from app.kernel.redemption.models import LIVE, REFUNDED, Voucher, VoucherUse
from app.kernel.redemption.operations.issuing import topic_of

SYSTEM = system("redemption")


class NothingUnused(Refusal):
    """The voucher has no use left, or not so many."""

    code = "redeem.nothing_unused"
    status = 409
    sentence = _l("这张券没有可退的次数：已经用完或退过了")


def refund_unused(voucher_id: int, *, count: int | None = None, reason: str, actor: Actor, now: datetime) -> RefundCase:
    """The last `count` unused uses of the voucher (all by default) go back to who paid, to the fen that each was bought for. Refuses NothingUnused.

    Nobody decides: whoever has not used it may have the money back. Locks the order, then the voucher, as redeeming does.
    """
    with elevated():
        order = lock(Order, get(Voucher, voucher_id).order_id)
        amounts = _unused(voucher_id, count)
        return refund_lines(order, amounts, reason=reason, actor=actor, now=now)


def expire(voucher_id: int, *, now: datetime) -> bool:
    """A voucher whose time is over gives back what is unused; False when it was used, refunded, or prolonged meanwhile."""
    order = lock(Order, get(Voucher, voucher_id).order_id)
    voucher = lock(Voucher, voucher_id)
    if voucher.status != LIVE or voucher.valid_until > now:
        return False
    move(voucher, "expire", actor=SYSTEM, now=now)
    refund_ruled(order, _unused(voucher_id, None), reason=str(_l("过期未使用，自动退款")), actor=SYSTEM, now=now)
    return True


def heed_refund(*, act: str, record: Any, reason: str, actor: Actor, now: datetime) -> None:
    """Handler of `happened`: uses whose line a refund emptied are not there to redeem any more, whoever decided it."""
    if not isinstance(record, RefundCase) or record.status != "refunding":
        return
    with elevated():
        emptied = select(OrderLine.id).where(OrderLine.id.in_([int(key) for key in record.amounts]), OrderLine.refunded == OrderLine.payable)
        uses = db.session.scalars(
            select(VoucherUse).where(VoucherUse.line_id.in_(emptied), VoucherUse.state == LIVE).order_by(VoucherUse.voucher_id, VoucherUse.seq)
        ).all()
        for voucher_id in sorted({use.voucher_id for use in uses}):
            _note_refunded(voucher_id, [use for use in uses if use.voucher_id == voucher_id], now)
        if uses:
            _end(lock(Order, record.order_id), now)


def _note_refunded(voucher_id: int, uses: list[VoucherUse], now: datetime) -> None:
    voucher = lock(Voucher, voucher_id)
    for use in uses:
        use.state = REFUNDED
    voucher.refunded += len(uses)
    db.session.flush()
    if voucher.status == LIVE and not voucher.left:
        move(voucher, "use_up" if voucher.used else "refund", actor=SYSTEM, now=now)
    announce(topic_of(voucher.customer_id), voucher=voucher.id, left=voucher.left)


def _unused(voucher_id: int, count: int | None) -> dict[int, int]:
    """Line → fen of the uses to give back, the last ones first. Refuses NothingUnused."""
    statement = (
        select(VoucherUse.line_id, OrderLine.payable - OrderLine.refunded).join(OrderLine, OrderLine.id == VoucherUse.line_id)
        .where(VoucherUse.voucher_id == voucher_id, VoucherUse.state == LIVE).order_by(VoucherUse.seq.desc())
    )
    rows = db.session.execute(statement).tuples().all()
    if not rows or (count is not None and not 1 <= count <= len(rows)):
        raise NothingUnused(field="count")
    return dict(rows[:count] if count else rows)


def _end(order: Order, now: datetime) -> None:
    """An order of which nothing is left is over."""
    if not order.remaining and order.closed_at is None:
        used = db.session.scalars(select(Order.id).where(Order.split_from_id == order.id, Order.closed_at.is_(None)).limit(1)).first()
        move(order, "run_out" if used else "go_back", actor=SYSTEM, now=now)
