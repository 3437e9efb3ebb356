"""A use is taken, once, whoever scans it at the same instant; its money moves to the merchant that took it, and is shared out when no undo is possible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.periods import business_day, local
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.live import announce
from app.framework.queue import enqueue
from app.framework.settings import value_of
from app.kernel.aftersales.queries import lines_asked_back
from app.kernel.audit.operations import append
from app.kernel.orders.models import Order
from app.kernel.orders.splitting import split_off
from app.kernel.redemption.models import LIVE, REDEEMED, RedeemStore, Redemption, Voucher, VoucherUse
from app.kernel.redemption.operations.issuing import topic_of
from app.kernel.redemption.queries import store_for
from app.kernel.redemption.rules import usable_on

SYSTEM = system("redemption")
PREFIX, KIND = "V", "redeemed"


class UsedUp(Refusal):
    """The voucher has fewer uses left than were asked for: they were redeemed or went back."""

    code = "redeem.used_up"
    status = 409
    sentence = _l("这张券%(what)s，不能再核销")


class NotToday(Refusal):
    """The voucher does not hold yet, does not hold any more, or not on such a day."""

    code = "redeem.not_today"
    status = 409
    sentence = _l("这张券今天不能用：%(why)s")


class AskedBack(Refusal):
    """The customer has asked for the money of these uses."""

    code = "redeem.asked_back"
    status = 409
    sentence = _l("顾客正在申请退这张券，先处理退款申请")


def redeem(voucher_id: int, *, store_id: int, count: int = 1, nonce: str = "", actor: Actor, now: datetime) -> Redemption:
    """`count` uses of the voucher are taken at the store, and an order of the store's merchant has their money.

    The same `nonce` again at the store is the first redemption. Refuses NotYourStore, UsedUp, NotToday, AskedBack; then nothing changed.
    """
    store = store_for(actor, store_id)
    with elevated():
        order = lock(Order, get(Voucher, voucher_id).order_id)
        voucher = lock(Voucher, voucher_id)
        done = _done_before(store, nonce)
        if done is not None:
            return done
        uses = _uses_to_take(voucher, store, count, now)
        part = split_off(order, [use.line_id for use in uses], merchant_id=store.merchant_id, prefix=PREFIX, kind=KIND, now=now)
        redemption = save(Redemption(
            voucher_id=voucher.id, merchant_id=store.merchant_id, seller_id=voucher.merchant_id, store_id=store.id, trade=part.trade, order_id=part.id,
            order_number=part.number, title=voucher.title, tail=voucher.tail, customer_name=voucher.customer_name, first=uses[0].seq, count=count,
            of=voucher.uses, amount=part.remaining, clerk_id=actor.id, clerk_name=actor.name, nonce=nonce, redeemed_at=now,
            undo_until=now + timedelta(minutes=value_of("redemption.undo_within")),
        ))
        for use in uses:
            use.state, use.redemption_id = REDEEMED, redemption.id
        voucher.used += count
        db.session.flush()
        move(part, "redeem", actor=SYSTEM, now=now)
        if not voucher.left:
            move(voucher, "use_up", actor=SYSTEM, now=now)
        if not order.remaining:
            move(order, "run_out", actor=SYSTEM, now=now)
        append("redeem_voucher.redeemed", voucher, actor=actor, now=now, changes={"store": [None, store.name], "count": [None, count]})
        tell(redemption, voucher)
        publish("happened", act="redeem_redemption.made", record=redemption, reason="", actor=actor, now=now)
        if redemption.undo_until <= now:
            move(redemption, "complete", actor=SYSTEM, now=now)
        else:
            enqueue("complete_redemptions", at=redemption.undo_until + timedelta(seconds=1), key=f"redeemed:{redemption.id}")
    return redemption


def on_completed(redemption: Redemption, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `complete`: the money is shared out between the merchant and the platform's fees."""
    with elevated():
        move(get(Order, redemption.order_id), "finish", actor=SYSTEM, now=now)
        publish("redeemed", redemption=redemption, now=now)


def tell(redemption: Redemption, voucher: Voucher) -> None:
    """Open pages of the store, of both merchants, and of the customer hear of it."""
    for topic in {f"store:{redemption.store_id}", f"merchant:{redemption.merchant_id}:redemptions", f"merchant:{redemption.seller_id}:redemptions"}:
        announce(topic, redemption=redemption.id, status=redemption.status)
    announce(topic_of(voucher.customer_id), voucher=voucher.id, left=voucher.left)


def _done_before(store: RedeemStore, nonce: str) -> Redemption | None:
    if not nonce:
        return None
    return db.session.scalars(select(Redemption).where(Redemption.store_id == store.id, Redemption.nonce == nonce)).one_or_none()


def _uses_to_take(voucher: Voucher, store: RedeemStore, count: int, now: datetime) -> Sequence[VoucherUse]:
    if store.id not in voucher.store_ids:
        raise NotToday(why=_l("这张券不能在“%(store)s”用", store=store.name))
    if voucher.status != LIVE or count < 1 or voucher.left < count:
        raise UsedUp(field="count", what=_what_happened(voucher))
    day = business_day(now)
    if now < voucher.valid_from:
        raise NotToday(why=_l("%(day)s 起可用", day=f"{local(voucher.valid_from):%m-%d}"))
    if now >= voucher.valid_until:
        raise NotToday(why=_l("已经过期"))
    if not usable_on(day, voucher.closed_weekdays, voucher.closed_days):
        raise NotToday(why=_l("今天是不可用日期"))
    statement = select(VoucherUse).where(VoucherUse.voucher_id == voucher.id, VoucherUse.state == LIVE).order_by(VoucherUse.seq).limit(count)
    uses = db.session.scalars(statement.execution_options(populate_existing=True)).all()
    if lines_asked_back(voucher.order_id) & {use.line_id for use in uses}:
        raise AskedBack
    return uses


def _what_happened(voucher: Voucher) -> Any:
    if voucher.status == LIVE:
        return _l("只剩 %(left)d 次", left=voucher.left)
    return _l("已经用完") if voucher.status == "used" else _l("已经退款")
