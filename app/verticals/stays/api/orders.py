"""Price, book, pay, watch, call off, stay longer."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound
from app.core.money import yuan
from app.framework.database import elevated, get
from app.framework.flow import WrongState, move
from app.kernel.bookings.operations import Taken
from app.kernel.commission.operations import NoRule
from app.kernel.marketing.api import coupons_out
from app.kernel.marketing.operations import CouponGone, CouponLeavesNothing, CouponNotHere
from app.kernel.orders.operations import NotPayable
from app.kernel.orders.paying import PAY_REFUSALS, PayOut, pay_by_channel
from app.kernel.payments.operations.paying import OtherAmountOpen
from app.verticals.stays import schemas
from app.verticals.stays.api import api
from app.verticals.stays.api.houses import night_out, step_out
from app.verticals.stays.models import House, StayOrder
from app.verticals.stays.models.orders import ORDER_FLOW
from app.verticals.stays.operations.booking import DatesRefused, HouseClosed, NoRoom, StayPriceChanged, TooManyPeople, Wish, book, preview
from app.verticals.stays.operations.cancelling import cancel_preview
from app.verticals.stays.operations.doors import code_words
from app.verticals.stays.operations.moving import NotThisRoom, RoomTakenNext, extend_stay, extension_price, free_for
from app.verticals.stays.queries import doors_of, nights_of, orders_of_customer

REFUSALS = (NotFound, HouseClosed, DatesRefused, TooManyPeople, CouponNotHere, CouponLeavesNothing)


@api.post("/price", summary=_l("算房价"), who="customer", request=schemas.StayWishIn, response=schemas.StayQuoteOut, errors=REFUSALS)
def show_price(body: schemas.StayWishIn, actor: Actor, now: datetime) -> schemas.StayQuoteOut:
    """What the stay would cost, night by night, and how many rooms are free. Nothing is reserved."""
    with elevated():
        wish = Wish(body.type_id, body.arrives, body.leaves, body.people, "", "", claims=_claims(body))
        found = preview(wish, customer_id=actor.id, now=now)
    return schemas.StayQuoteOut(
        nights=[night_out(night) for night in found.nights], price=sum(night.price for night in found.nights),
        discount=found.price.merchant_discount + found.price.platform_discount, payable=found.payable, coupons=coupons_out(found.coupons),
        deposit=found.deposit, free=len(found.free),
    )


@api.post(
    "/orders", summary=_l("订房"), who="customer", request=schemas.StayIn, response=schemas.StayOut, status=201, idempotent=True,
    errors=(*REFUSALS, NoRoom, Taken, StayPriceChanged, NoRule, CouponGone, Invalid),
)
def place(body: schemas.StayIn, actor: Actor, now: datetime) -> schemas.StayOut:
    """Book. A room is held at once; pay in time or it is free again."""
    wish = Wish(
        body.type_id, body.arrives, body.leaves, body.people, body.contact_name, body.contact_phone, body.note, body.expected, body.pay == "deposit",
        claims=_claims(body),
    )
    order = book(wish, customer_id=actor.id or 0, customer_name=actor.name, actor=actor, now=now)
    with elevated():
        return order_out(order)


@api.get("/orders", summary=_l("我的住宿"), who="customer", query=schemas.StayListQuery, response=schemas.StayPage)
def list_orders(query: schemas.StayListQuery, actor: Actor, now: datetime) -> schemas.StayPage:
    """Newest first."""
    found = orders_of_customer(actor.id or 0, after=query.after, limit=query.limit + 1)
    more = found[query.limit - 1].id if len(found) > query.limit else None
    with elevated():
        return schemas.StayPage(items=[order_out(each) for each in found[: query.limit]], next=more)


@api.get("/orders/<int:order_id>", summary=_l("住宿订单详情"), who="customer", response=schemas.StayOut)
def show_order(order_id: int, actor: Actor, now: datetime) -> schemas.StayOut:
    """The stay as it stands, with the code of the door once the lock knows it."""
    found = get(StayOrder, order_id)
    with elevated():
        return order_out(found, doors=True)


@api.post(
    "/orders/<int:order_id>/pay", summary=_l("付款"), who="customer", request=schemas.StayPayIn, response=PayOut, idempotent=True,
    errors=(*PAY_REFUSALS, OtherAmountOpen),
)
def pay(order_id: int, body: schemas.StayPayIn, actor: Actor, now: datetime) -> PayOut:
    """Prepare a WeChat payment of the deposit, of all, or of what is due of a stay that stands. The order moves on when the money arrived."""
    found = get(StayOrder, order_id)
    if not (found.takes_balance or (found.status == ORDER_FLOW.first and found.pay_by > now)):
        raise NotPayable
    expires = found.pay_by if found.status == ORDER_FLOW.first else now + (found.pay_by - found.placed_at)
    amount = found.due if body.all else found.due_first
    return pay_by_channel(found, body.openid, amount=amount, expires_at=expires, actor=actor, now=now)


@api.get("/orders/<int:order_id>/cancel", summary=_l("取消要扣多少"), who="customer", response=schemas.StayCancelOut)
def preview_cancel(order_id: int, actor: Actor, now: datetime) -> schemas.StayCancelOut:
    """What calling the stay off at this moment does, by the ladder that stood when it was booked."""
    found = cancel_preview(get(StayOrder, order_id), now=now)
    return schemas.StayCancelOut(step=step_out(found.step), kept=found.kept, back=found.back, waived=found.waived, free=found.free)


@api.post("/orders/<int:order_id>/cancel", summary=_l("取消住宿"), who="customer", response=schemas.StayOut, idempotent=True, errors=(WrongState,))
def cancel(order_id: int, actor: Actor, now: datetime) -> schemas.StayOut:
    """Before payment it just ends; afterwards the house keeps what the ladder says, the rest goes back."""
    found = get(StayOrder, order_id)
    with elevated():
        return order_out(move(found, "cancel" if found.status == ORDER_FLOW.first else "call_off", actor=actor, now=now))


@api.post(
    "/orders/<int:order_id>/extension/price", summary=_l("续住要多少钱"), who="customer", request=schemas.StayExtendIn, response=schemas.StayExtensionOut,
    errors=(WrongState, DatesRefused),
)
def price_extension(order_id: int, body: schemas.StayExtendIn, actor: Actor, now: datetime) -> schemas.StayExtensionOut:
    """What the added nights cost, and which rooms are free for them."""
    found = get(StayOrder, order_id)
    with elevated():
        nights = extension_price(found, body.leaves, now=now)
        last = nights_of(found.id)[-1]
        rooms = sorted(free_for(found, found.leaves, body.leaves), key=lambda each: each.subject_id != last.unit_id)
    return schemas.StayExtensionOut(
        nights=[night_out(night) for night in nights], payable=sum(night.payable for night in nights),
        rooms=[schemas.FreeRoomOut(unit_id=each.subject_id, room=each.name, same_type=each.group_id == found.type_id) for each in rooms],
    )


@api.post(
    "/orders/<int:order_id>/extension", summary=_l("续住"), who="customer", request=schemas.StayExtendIn, response=schemas.StayOut, status=201, idempotent=True,
    errors=(WrongState, DatesRefused, RoomTakenNext, NotThisRoom, StayPriceChanged),
)
def extend(order_id: int, body: schemas.StayExtendIn, actor: Actor, now: datetime) -> schemas.StayOut:
    """Stay longer. The added nights are held; pay all that is due in time or they are free again."""
    found = get(StayOrder, order_id)
    with elevated():
        if body.expected is not None:
            payable = sum(night.payable for night in extension_price(found, body.leaves, now=now))
            if payable != body.expected:
                raise StayPriceChanged(field="expected", payable=yuan(payable))
        return order_out(extend_stay(found.id, body.leaves, unit_id=body.unit_id, held=True, actor=actor, now=now))


def _claims(body: schemas.StayWishIn) -> tuple[int, ...] | None:
    return None if body.claims is None else tuple(body.claims)


def order_out(order: StayOrder, *, doors: bool = False) -> schemas.StayOut:
    """The stay in the API's words. Runs elevated."""
    house = get(House, order.house_id)
    codes = [each for each in doors_of(order.id) if each.status in ("asked", "live")] if doors else []
    return schemas.StayOut(
        id=order.id, number=order.number, status=order.status, status_words=str(ORDER_FLOW.state(order.status).label), house_id=house.id, house_name=house.name,
        address=house.address, phone=house.phone, type_name=order.type_name, room=order.unit_name, arrives=order.arrives, leaves=order.leaves,
        arrive_from=order.arrive_from, leave_by=house.leave_by, people=order.people, contact_name=order.contact_name, contact_phone=order.contact_phone,
        note=order.note, payable=order.payable, deposit=order.deposit, paid=order.paid, due=order.due, due_first=order.due_first, refunded=order.refunded,
        placed_at=order.placed_at, pay_by=order.pay_by, confirm_by=order.confirm_by, ended_because=order.ended_because,
        lines=[schemas.StayLineOut.model_validate(line) for line in order.lines],
        doors=[schemas.DoorCodeOut(room=each.unit_name, code=code_words(each), begins=each.begins, ends=each.ends) for each in codes],
        moves=[step.name for step in ORDER_FLOW.open_moves(order, {"customer"}) if step.api],
    )
