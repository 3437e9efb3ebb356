"""Book a slot for days, have the creative reviewed, take it down; places are never sold twice. Amounts in fen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, text

from app.core.actors import Actor, system
from app.core.errors import NotFound, Refusal
from app.core.identifiers import order_number
from app.core.money import MILLION, share_ppm
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.flow import move
from app.kernel.approvals.operations.cases import open_case, withdraw_case
from app.kernel.audit.operations import append, differences
from app.kernel.commission.queries import FixedPrice, price_of
from app.kernel.files.operations import store_image
from app.kernel.plans.models import Booking, Hit, Slot, SlotDay
from app.kernel.plans.operations.charging import charge, charge_of, close_charge, pay_within
from app.kernel.plans.operations.deferring import give_back
from app.kernel.plans.operations.entitlements import consume, discount_of, has_unlock, quota_left, restore
from app.kernel.plans.owners import Owner
from app.kernel.plans.rules import price_of_days

SYSTEM = system("plans")
REVIEW = "plans.creative"
FREE_DAYS, DISCOUNT, RESERVED = "plans.placement_days", "plans.placement_discount", "plans.placement_reserved"
LINK = re.compile(r"(/(?!/)|https://)[^\s<>\"']{1,190}")
AHEAD, LONGEST = 90, 90


class SoldOutThen(Refusal):
    """No place is left on one of the days."""

    code = "plans.slot_sold_out"
    status = 409
    sentence = _l("%(day)s 已经订满，换几天再订")


class DaysRefused(Refusal):
    """It begins tomorrow at the earliest, within ninety days, for one to ninety days."""

    code = "plans.days"
    status = 422
    sentence = _l("最早从明天开始，最晚 90 天内开始，一次订 1 到 90 天")


class LinkRefused(Refusal):
    """The link is neither a page of the mini-program nor https."""

    code = "plans.link"
    status = 422
    sentence = _l("链接写小程序页面（以 / 开头）或 https:// 网址")


class NotRefused(Refusal):
    """What is shown changes only while a reviewer has refused it."""

    code = "plans.creative_stands"
    status = 409
    sentence = _l("素材没有被驳回，不能改")


class SlotClosed(Refusal):
    """The slot is not on sale."""

    code = "plans.slot_closed"
    status = 409
    sentence = _l("这个广告位现在不卖")


class SlotReserved(Refusal):
    """The slot is for those whose plan unlocks it."""

    code = "plans.slot_reserved"
    status = 409
    sentence = _l("这个广告位只给套餐里有它的商户")


def add_slot(
    *, trade: str, page: str, region: str, title: str, kind: str, capacity: int, members_only: bool, on_sale: bool, actor: Actor, now: datetime,
) -> Slot:
    """A slot that can be booked. Refuses NoRule, NotFixed, and PeriodUnknown where the price list has no price by the day for it."""
    price_of_days(1, price_of(trade, kind, 0, now).period, 1)
    slot = save(Slot(
        trade=trade, page=page, region=region, title=title, kind=kind, capacity=capacity, members_only=members_only, on_sale=on_sale,
    ))
    append("plan_slot.added", slot, actor=actor, now=now)
    return slot


def change_slot(slot: Slot, *, title: str, capacity: int, members_only: bool, on_sale: bool, actor: Actor, now: datetime) -> Slot:
    """The slot is as typed for bookings to come; those that stand keep their places."""
    wanted = {"title": title, "capacity": capacity, "members_only": members_only, "on_sale": on_sale}
    before = {name: getattr(slot, name) for name in wanted}
    for name, value in wanted.items():
        setattr(slot, name, value)
    db.session.flush()
    append("plan_slot.changed", slot, actor=actor, now=now, changes=differences(before, wanted))
    return slot


def quote(slot: Slot, days: int, merchant_id: int, *, now: datetime) -> tuple[int, int, FixedPrice]:
    """(fen to pay, free days of the merchant's plans, what the price list says) for so many days; nothing is taken."""
    owner = Owner("merchant", merchant_id)
    price = price_of(slot.trade, slot.kind, merchant_id, now)
    free = min(quota_left(owner, FREE_DAYS, now=now), days)
    whole = price_of_days(price.fen, price.period, days - free)
    return share_ppm(whole, MILLION - discount_of(owner, DISCOUNT, now=now)), free, price


def book(
    slot_id: int, *, starts_on: date, days: int, title: str, link: str, image: tuple[BinaryIO, str], merchant_id: int, actor: Actor, now: datetime,
) -> Booking:
    """The slot's places of those days are the booking's; it stands once paid and its creative approved, unpaid it is dropped.

    Refuses DaysRefused, LinkRefused, SlotClosed, SlotReserved, SoldOutThen, NoRule, and what the picture's door refuses.
    """
    tomorrow = business_day(now) + timedelta(days=1)
    if not (1 <= days <= LONGEST and tomorrow <= starts_on <= tomorrow + timedelta(days=AHEAD)):
        raise DaysRefused(field="starts_on")
    if not LINK.fullmatch(link):
        raise LinkRefused(field="link")
    picture = store_image(*image, actor=actor, now=now, merchant_id=merchant_id, field="image")
    with elevated():
        slot = lock(Slot, slot_id)
        if not slot.on_sale:
            raise SlotClosed(field="slot_id")
        owner = Owner("merchant", merchant_id)
        if slot.members_only and not has_unlock(owner, RESERVED, now=now):
            raise SlotReserved(field="slot_id")
        fen, free, price = quote(slot, days, merchant_id, now=now)
        sequence = db.session.execute(text("SELECT nextval('plan_number')")).scalar_one()
        booking = save(Booking(
            number=order_number("G", sequence, now), slot_id=slot.id, merchant_id=merchant_id, starts_on=starts_on, days=days, free_days=free,
            quota=consume(owner, FREE_DAYS, free, now=now) if free else {}, price=fen, title=title, link=link, image=picture.key,
        ))
        _take_places(slot, booking)
        append("plan_booking.ordered", booking, actor=actor, now=now, changes={"price": [None, fen]})
        if fen:
            charge(
                owner=owner, purpose="placement", subject_id=booking.id, trade=slot.trade, kind=slot.kind, title=slot.label, amount=fen, price=price,
                pay_by=pay_within(now), actor=actor, now=now,
            )
        else:
            booking = move(booking, "pay", actor=SYSTEM, now=now)
    return booking


def _take_places(slot: Slot, booking: Booking) -> None:
    """The lowest free place of each day. The slot is locked, and the table would refuse a second taker. Refuses SoldOutThen."""
    taken: dict[date, set[int]] = {}
    rows = db.session.execute(
        select(SlotDay.day, SlotDay.place).where(SlotDay.slot_id == slot.id, SlotDay.day.between(booking.starts_on, booking.last_day))
    )
    for row in rows:
        taken.setdefault(row.day, set()).add(row.place)
    for offset in range(booking.days):
        day = booking.starts_on + timedelta(days=offset)
        place = next((number for number in range(1, slot.capacity + 1) if number not in taken.get(day, ())), None)
        if place is None:
            raise SoldOutThen(field="starts_on", day=day.isoformat())
        db.session.add(SlotDay(slot_id=slot.id, day=day, place=place, booking_id=booking.id))
    db.session.flush()


# ---- effects of the booking's moves ------------------------------------------------------------------------------------

def ask_review(booking: Booking, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `pay` and `hand_in`: the creative waits on the review desk."""
    with elevated():
        open_case(
            REVIEW, booking, {"title": booking.title, "link": booking.link, "image": booking.image, "slot": booking.slot.label},
            label=booking.label, merchant_id=booking.merchant_id, actor=actor, now=now,
        )


def note_refusal(booking: Booking, *, reason: str = "", **_: Any) -> None:
    """Effect of `reject`: the merchant reads why."""
    booking.refusal = reason[:200]


def note_approval(booking: Booking, *, now: datetime, **_: Any) -> None:
    """Effect of `approve`: since when it may stand."""
    booking.approved_at, booking.refusal = now, ""


def release(booking: Booking, *, actor: Actor, now: datetime, reason: str = "", **_: Any) -> None:
    """Effect of `cancel`, `lapse`, and `take_down`: its places from today on are free, the days that it has not used are paid back."""
    with elevated():
        withdraw_case(REVIEW, booking, actor=actor, now=now)
        db.session.execute(delete(SlotDay).where(SlotDay.booking_id == booking.id, SlotDay.day >= business_day(now)))
        paid = charge_of("placement", booking.id)
        if paid is not None and paid.status == "waiting":
            close_charge("placement", booking.id, now=now)
            restore(booking.quota)
        else:
            booking.given_back = give_back(
                paid, used=booking.used_days(business_day(now)), reason=reason or str(_l("广告取消")), maker="system", actor=actor, now=now,
            )


def change_creative(booking: Booking, *, title: str, link: str, image: tuple[BinaryIO, str] | None, actor: Actor, now: datetime) -> Booking:
    """A refused creative is another one, to be handed in again. Refuses NotRefused and LinkRefused."""
    if booking.status != "rejected":
        raise NotRefused
    if not LINK.fullmatch(link):
        raise LinkRefused(field="link")
    before: Mapping[str, Any] = {"title": booking.title, "link": booking.link}
    booking.title, booking.link = title, link
    if image:
        booking.image = store_image(*image, actor=actor, now=now, merchant_id=booking.merchant_id, field="image").key
    db.session.flush()
    append("plan_booking.creative_changed", booking, actor=actor, now=now, changes=differences(dict(before), {"title": title, "link": link}))
    return booking


# ---- the clock and the public ------------------------------------------------------------------------------------------

def end_due(now: datetime) -> int:
    """What is over ends; what begins today and was not approved goes back whole. How many."""
    today, done = business_day(now), 0
    for found in list(db.session.scalars(select(Booking).where(Booking.status.in_(("live", "pending", "rejected"))).order_by(Booking.id))):
        if found.status == "live" and found.last_day < today:
            move(found, "finish", actor=SYSTEM, now=now)
        elif found.status != "live" and found.starts_on <= today:
            move(found, "lapse", actor=SYSTEM, now=now)
        else:
            continue
        done += 1
    return done


def note_shown(keys: list[int], *, opened: bool = False, now: datetime) -> None:
    """Advertisements were shown, or one was opened: appended here, counted by a job."""
    with elevated():
        db.session.add_all([Hit(booking_id=key, day=business_day(now), opened=opened) for key in keys])
        db.session.flush()


def note_opened(booking_id: int, *, now: datetime) -> str:
    """Somebody opened an advertisement that stands today; where it leads. Raises NotFound for any other."""
    with elevated():
        booking = get(Booking, booking_id)
        if booking.status != "live" or not booking.starts_on <= business_day(now) <= booking.last_day:
            raise NotFound
        note_shown([booking.id], opened=True, now=now)
        return booking.link


_COUNT = text(
    """
    WITH taken AS (DELETE FROM plan_hit WHERE id IN (SELECT id FROM plan_hit ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED) RETURNING booking_id, day, opened),
    summed AS (
        SELECT taken.booking_id, taken.day, booking.merchant_id, count(*) FILTER (WHERE NOT opened) AS views, count(*) FILTER (WHERE opened) AS clicks
        FROM taken JOIN plan_booking AS booking ON booking.id = taken.booking_id GROUP BY 1, 2, 3
    ),
    counted AS (
        INSERT INTO plan_hit_count (booking_id, day, merchant_id, views, clicks) SELECT booking_id, day, merchant_id, views, clicks FROM summed
        ON CONFLICT (booking_id, day) DO UPDATE SET views = plan_hit_count.views + excluded.views, clicks = plan_hit_count.clicks + excluded.clicks
    )
    SELECT count(*) FROM taken
    """
)


def count_hits(*, most: int = 20_000) -> int:
    """What was noted is added to the counts, a row for each advertisement and day; how many notes."""
    return int(db.session.execute(_COUNT, {"most": most}).scalar_one())
