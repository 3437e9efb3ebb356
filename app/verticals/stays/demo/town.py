"""Two houses of 青溪 Qingxi with six weeks of stays: over, called off, never come, in house, and to come; a calendar of another channel.

Guests pay at the desk, in cash: what a day's channel bill said stays true.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import elevated, transaction
from app.framework.flow import move
from app.kernel.bookings.operations import block
from app.kernel.cash.models import CashShift
from app.kernel.cash.operations import give_cash_back, open_shift, take_cash
from app.kernel.cash.queries import expected_in
from app.kernel.parties.demo import PASSWORD
from app.kernel.parties.operations.customers import customer_at_the_desk
from app.kernel.payments.models import Refund
from app.verticals.stays.calendar_text import calendar_of_busy
from app.verticals.stays.demo.houses import PLANS, admit, crew_actor, set_up
from app.verticals.stays.models import House, StayOrder, Unit
from app.verticals.stays.operations.booking import Wish, book
from app.verticals.stays.operations.calendars import add_feed, follow
from app.verticals.stays.operations.staying import name_guest
from app.verticals.stays.rules import NIGHT, WEIGHTS

GUESTS = (
    "王志远", "李婉清", "张雨桐", "孙美玲", "黄启明", "周子涵", "欧阳文静", "徐海波", "方晓", "于洋", "程雪梅", "赵一鸣", "郑凯",
    "陈思琪", "吴佳怡", "刘建国",
)
# room, days from today, nights, how it ended
FIRST: tuple[tuple[str, int, int, str], ...] = (
    ("山 201", -38, 2, "left"), ("山 202", -36, 1, "left"), ("溪 101", -33, 3, "left"), ("山 203", -30, 2, "left"), ("山 201", -27, 2, "left"),
    ("山 202", -24, 2, "called_off"), ("溪 101", -22, 2, "left"), ("山 201", -19, 3, "left"), ("溪 102", -17, 2, "left"), ("山 203", -15, 1, "missed"),
    ("山 202", -12, 2, "left"), ("溪 101", -10, 2, "left"), ("山 201", -8, 3, "left"), ("山 203", -6, 2, "left"), ("溪 102", -5, 3, "left"),
    ("山 201", -2, 4, "in"), ("溪 101", -1, 2, "in"), ("山 202", 0, 2, "today"), ("山 203", 1, 2, "deposit"), ("溪 102", 2, 3, "paid"),
    ("山 202", 4, 3, "deposit"), ("山 201", 5, 2, "paid"), ("溪 101", 6, 2, "deposit"), ("山 203", 8, 4, "paid"),
)
SECOND: tuple[tuple[str, int, int, str], ...] = (
    ("301", -21, 2, "left"), ("302", -14, 1, "left"), ("301", -9, 3, "left"), ("303", -4, 2, "left"), ("302", -1, 3, "in"), ("301", 1, 2, "paid"),
    ("303", 3, 1, "paid"),
)


def fill(app: Flask) -> None:
    """The houses, their stays, nights that are closed, and a channel's calendar."""
    now = clock.now()
    today = business_day(now)
    opened = day_start(today - timedelta(days=42)) + timedelta(hours=10)
    for plan, stays in zip(PLANS, (FIRST, SECOND), strict=True):
        with app.app_context(), clock.at(opened), transaction(system("demo")):
            merchant_id = admit(plan, PASSWORD, opened, today + timedelta(days=400))
            set_up(merchant_id, plan, PASSWORD, opened + timedelta(hours=2), today)
        with app.app_context(), clock.at(opened), transaction(system("demo")):
            open_shift(50_000, actor=crew_actor(merchant_id, "Cashier"), now=opened + timedelta(hours=3))
        for number, (room, ago, nights, ending) in enumerate(stays):
            _stay(app, merchant_id, room, today + timedelta(days=ago), nights, ending, number, now)
        with app.app_context(), transaction(system("demo")):
            shift = db.session.scalars(select(CashShift).where(CashShift.merchant_id == merchant_id)).one()
            desk = crew_actor(merchant_id, "Cashier")
            move(shift, "close", actor=desk, now=now - timedelta(minutes=30), counted=expected_in(shift))
    with app.app_context(), transaction(system("demo")):
        _close_and_follow(today, now)


def _stay(app: Flask, merchant_id: int, room: str, arrives: date, nights: int, ending: str, number: int, now: datetime) -> None:
    """A stay from booking to its end, as far as it has come."""
    booked = min(day_start(arrives - timedelta(days=3 + number % 5)) + timedelta(hours=9 + number % 8), now - timedelta(hours=2, minutes=number))
    with app.app_context(), clock.at(booked), transaction(system("demo")):
        order_id = _book(merchant_id, room, arrives, nights, ending, number, booked)
    steps = {
        "left": (("check_in", 15), ("check_out", 24 * nights + 10)), "in": (("check_in", 15),), "called_off": (("call_off", -20),), "missed": (("miss", 31),),
    }
    for step, hours in steps.get(ending, ()):
        moment = min(day_start(arrives) + timedelta(hours=hours), now - timedelta(minutes=20))
        with app.app_context(), clock.at(moment), transaction(system("demo")):
            _step(order_id, merchant_id, step, number, moment)


def _book(merchant_id: int, room: str, arrives: date, nights: int, ending: str, number: int, moment: datetime) -> int:
    desk = crew_actor(merchant_id, "Cashier")
    house = db.session.scalars(select(House).where(House.merchant_id == merchant_id)).one()
    unit = db.session.scalars(select(Unit).where(Unit.house_id == house.id, Unit.name == room)).one()
    name, phone = GUESTS[number % len(GUESTS)], f"139{10_000_000 + 1_234 * number + merchant_id:08d}"
    with elevated():
        customer = customer_at_the_desk(phone, name, now=moment)
    wish = Wish(
        unit.type_id, arrives, arrives + timedelta(days=nights), 2, name, phone, note="晚到 22:00" if number % 7 == 3 else "", unit_id=unit.id,
        deposit_only=ending in ("deposit", "today") and house.deposit != "all",
    )
    order = book(wish, customer_id=customer.id, customer_name=name, channel="desk", actor=desk, now=moment)
    if order.deposit:
        order.note = order.note or "到店付余款"
    take_cash(order.id, order.due_first, deposit_only=True, actor=desk, now=moment + timedelta(minutes=2))
    return order.id


def _step(order_id: int, merchant_id: int, step: str, number: int, moment: datetime) -> None:
    desk, order = crew_actor(merchant_id, "Cashier"), db.session.get_one(StayOrder, order_id)
    if step == "check_in":
        name_guest(order, name=order.contact_name, id_kind="id_card", number=id_number(number), actor=desk, now=moment)
    move(order, step, actor=desk, now=moment)
    for refund in list(db.session.scalars(select(Refund).where(Refund.subject_type == "order", Refund.subject_id == order_id, Refund.status == "created"))):
        give_cash_back(refund.id, actor=desk, now=moment + timedelta(minutes=3))


def _close_and_follow(today: date, now: datetime) -> None:
    """Two nights of a room closed for repair; another follows a channel's calendar."""
    house = db.session.scalars(select(House).where(House.name == PLANS[0].name)).one()
    owner = crew_actor(house.merchant_id, "Owner")
    units = {unit.name: unit for unit in db.session.scalars(select(Unit).where(Unit.house_id == house.id))}
    block(
        units["溪 102"].resource_id or 0, NIGHT.range_of(today + timedelta(days=7), today + timedelta(days=9)), reason="换热水器", actor=owner,
        now=now - timedelta(hours=5),
    )
    feed = add_feed(units["山 203"], name="携程", address="", actor=owner, now=now - timedelta(hours=4))
    taken = calendar_of_busy([("ctrip-881", today + timedelta(days=4), today + timedelta(days=6))], made_at=now - timedelta(hours=4))
    follow(feed.id, taken, now=now - timedelta(hours=4))


def id_number(number: int) -> str:
    """An ID number of nobody, with a right check character."""
    body = f"510104{1970 + number % 30}0{1 + number % 9}1{number % 10}{100 + number:03d}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]
