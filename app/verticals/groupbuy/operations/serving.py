"""What each move of an order does, and what other packages' events mean for it. Called by the flow, inside its transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.identifiers import same_code
from app.extensions import db
from app.framework.database import elevated, get, lock
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.aftersales.operations import refund_whole
from app.kernel.marketing.deals.models import Team
from app.kernel.marketing.deals.operations import pay_for_units
from app.kernel.marketing.deals.queries import orders_of_group
from app.kernel.orders.operations import close_order, complete_order
from app.verticals.groupbuy.models import GroupbuyOrder, Round
from app.verticals.groupbuy.operations.goods import return_stock
from app.verticals.groupbuy.operations.rounds import CLOCK, enter_round
from app.verticals.groupbuy.queries import arrived_with_code

TRADE = "groupbuy"
CODE_TRIES = 8


class WrongCode(Refusal):
    """No parcel here has that code."""

    code = "groupbuy.wrong_code"
    status = 409
    sentence = _l("没有这个取货码的包裹，让居民再出示一次")


class CodeLocked(Refusal):
    """Too many wrong codes for this order."""

    code = "groupbuy.code_locked"
    status = 429
    sentence = _l("这一单的取货码试错太多次，请居民在小程序里点“确认收到”")


class CutOff(Refusal):
    """What was ordered is being bought."""

    code = "groupbuy.cut_off"
    status = 409
    sentence = _l("已经截单备货，不能取消；收到后有问题可以申请售后")


def on_paid(order: GroupbuyOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """An order alone enters the next round; one of a group waits until the group is full, and then all of it goes."""
    with elevated():
        grab = pay_for_units(order.id, now=now)
        if grab is None or grab.group_id is None:
            move(order, "enter", actor=CLOCK, now=now)


def on_group_filled(*, group: Team, now: datetime) -> None:
    """Handler of `group_filled`: every order of the group enters the next round."""
    for key in orders_of_group(group.id):
        order = db.session.get(GroupbuyOrder, key)
        if order is not None and lock(GroupbuyOrder, key).status == "paid":
            move(order, "enter", actor=CLOCK, now=now)


def on_group_failed(*, order_id: int, trade: str, actor: Actor, now: datetime) -> None:
    """Handler of `group_failed`: who paid gets everything back, who did not need not."""
    if trade != TRADE:
        return
    order = lock(GroupbuyOrder, order_id)
    if order.status in ("unpaid", "paid"):
        move(order, "cancel" if order.status == "unpaid" else "fail", actor=actor, now=now)


def on_entered(order: GroupbuyOrder, *, now: datetime, **_: Any) -> None:
    """The order is part of a round."""
    with elevated():
        enter_round(order, now=now)


def on_cancelled(order: GroupbuyOrder, *, now: datetime, **_: Any) -> None:
    """Never paid: the stock goes back."""
    return_stock(order)
    with elevated():
        close_order(order, now=now)


def on_called_off(order: GroupbuyOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The resident changed his mind before the cut-off: everything goes back. Refuses CutOff after it."""
    with elevated():
        if order.round_id is not None and get(Round, order.round_id).cutoff_at <= now:
            raise CutOff
    _end(order, str(_l("居民取消")), actor, now)


def on_failed(order: GroupbuyOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """The group did not fill: everything goes back."""
    _end(order, str(_l("到时间没拼满")), actor, now)


def _end(order: GroupbuyOrder, reason: str, actor: Actor, now: datetime) -> None:
    """Nothing was bought for it: stock and money go back, and it is in no round."""
    order.ended_because, order.round_id = reason, None
    return_stock(order)
    with elevated():
        refund_whole(order, reason=reason, actor=actor, now=now)
        close_order(order, now=now)


def on_short(order: GroupbuyOrder, *, now: datetime, **_: Any) -> None:
    """Nothing of it came and all of it was refunded."""
    order.ended_because = str(_l("全部缺货"))
    close_order(order, now=now)


def on_abandoned(order: GroupbuyOrder, *, actor: Actor, now: datetime, reason: str = "", **_: Any) -> None:
    """The platform ends an order that was bought for: everything that remains goes back. Refuses SecondPersonFirst for a large amount."""
    order.ended_because = reason
    with elevated():
        refund_whole(order, reason=reason, owed=False, actor=actor, now=now)
        close_order(order, now=now)


def on_arrived(order: GroupbuyOrder, *, now: datetime, **_: Any) -> None:
    """It waits to be collected."""
    order.arrived_at = now


def closes_at(order: GroupbuyOrder) -> datetime | None:
    """When a parcel that nobody marks counts as collected; None before it has arrived and once it is gone."""
    return order.arrived_at + timedelta(days=value_of("groupbuy.done_after")) if order.status == "arrived" and order.arrived_at else None


def hand_over_by_code(merchant_id: int, code: str, *, actor: Actor, now: datetime) -> GroupbuyOrder:
    """The parcel with that code is handed out. Refuses WrongCode when none here has it."""
    order = arrived_with_code(merchant_id, code.strip().upper())
    if order is None:
        raise WrongCode(field="code")
    return move(order, "hand_over" if order.service == "pickup" else "deliver", actor=actor, now=now, code=code)


def on_handed_over(order: GroupbuyOrder, *, actor: Actor, now: datetime, code: str = "", **_: Any) -> None:
    """The resident showed the right code. A wrong one is counted, and too many lock the order's code."""
    if order.code_tries >= CODE_TRIES:
        raise CodeLocked(field="code")
    if not same_code(code, order.code):
        count_wrong_code(order.id)
        raise WrongCode(field="code")
    on_done(order, actor=actor, now=now)


def on_done(order: GroupbuyOrder, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Collected, delivered, or left long enough: the escrow goes to the supplier, the leader, and the platform."""
    order.done_at = now
    complete_order(order, now=now)


def count_wrong_code(order_id: int) -> None:
    """Count a wrong try in a transaction of its own, so that the refusal does not undo it."""
    db.session.rollback()
    table = GroupbuyOrder.__table__
    with elevated():
        db.session.execute(table.update().where(table.c.id == order_id).values(code_tries=table.c.code_tries + 1))  # type: ignore[attr-defined]
        db.session.commit()


