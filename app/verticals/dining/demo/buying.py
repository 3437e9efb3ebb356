"""What the demo town's restaurants buy of the platform: entry fees, a membership, a slot for a new dish."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.payments.operations.paying import ask_about_payment, prepare_code
from app.kernel.plans.jobs import count_advertisements, earn_days
from app.kernel.plans.models import Booking, Charge, Plan
from app.kernel.plans.operations.catalogue import propose_plan
from app.kernel.plans.operations.charging import open_charge_payment
from app.kernel.plans.operations.placements import add_slot, book, note_shown
from app.kernel.plans.operations.subscribing import subscribe
from app.kernel.plans.owners import Owner
from app.verticals.dining.demo.menus import TOWN
from app.verticals.dining.demo.play import Town
from app.verticals.dining.demo.restaurant import approve_waiting, owner_actor, picture, staff_actor
from app.verticals.dining.models import Shop

AGO = 12
VIEWS = (84, 91, 120, 143, 138, 97, 110)
PLANS = (
    ("餐厅会员", "每月送 3 天新菜推广，另外订广告打九折", {"plans.placement_days": 3, "plans.placement_discount": 100_000}, True),
    ("餐厅会员加强版", "每月送 10 天新菜推广，可以用会员广告位", {"plans.placement_days": 10, "plans.placement_reserved": 1}, False),
)


def buy_of_the_platform(town: Town, now: datetime) -> None:
    """Entry fees paid but one, a membership since twelve days, an advertisement that ran for a week, and one that waits to be reviewed."""
    begun = now - timedelta(days=AGO)
    with town.app.app_context(), clock.at(begun):
        with transaction(system("demo")):
            house = db.session.scalars(select(Shop.merchant_id).where(Shop.name == TOWN[0].name)).one()
            fees = list(db.session.scalars(select(Charge.id).where(Charge.purpose == "entry").order_by(Charge.id)))
            maker, owner = staff_actor("finance"), owner_actor(house)
            for title, description, grants, _approved in PLANS:
                propose_plan(
                    trade="dining", kind="shop_membership", title=title, description=description, grants=grants, reason="秋季招商", actor=maker, now=begun,
                )
            slot = add_slot(
                trade="dining", page="home", region="", title="新菜推荐", kind="placement", capacity=3, members_only=False, on_sale=True,
                actor=staff_actor("operator"), now=begun,
            ).id
        with transaction(system("demo")):
            plan = db.session.scalars(select(Plan).where(Plan.title == PLANS[0][0])).one()
            move(plan, "approve", actor=staff_actor("finance2"), now=begun)
            subscribe(plan.id, Owner("merchant", house), actor=owner, now=begun)
        for each in fees[:-1]:
            _pay(town, each, begun)
        _pay_newest(town, begun)
        _advertise(slot, house, "酸汤肥牛上市", begun)
        _pay_newest(town, begun)
        with transaction(system("demo")):
            approve_waiting(house, staff_actor("reviewer"), begun)
            shown = db.session.scalars(select(Booking.id)).one()
    for number, views in enumerate(VIEWS, start=1):
        with town.app.app_context(), clock.at(begun + timedelta(days=number)), transaction(system("demo")):
            note_shown([shown] * views, now=clock.now())
            note_shown([shown] * (views // 9), opened=True, now=clock.now())
    with town.app.app_context():
        count_advertisements()
        earn_days()
    recent = now - timedelta(hours=2)
    with town.app.app_context(), clock.at(recent):
        _advertise(slot, house, "冬季羊肉汤", recent)
        _pay_newest(town, recent)


def _advertise(slot: int, merchant_id: int, title: str, moment: datetime) -> None:
    with transaction(system("demo")):
        book(
            slot, starts_on=business_day(moment) + timedelta(days=1), days=7, title=title, link="/dining/shops/1",
            image=(io.BytesIO(picture("New dish")), "dish.jpg"), merchant_id=merchant_id, actor=owner_actor(merchant_id), now=moment,
        )


def _pay_newest(town: Town, moment: datetime) -> None:
    with transaction(system("demo")):
        newest = db.session.scalars(select(Charge.id).where(Charge.status == "waiting").order_by(Charge.id.desc()).limit(1)).one()
    _pay(town, newest, moment)


def _pay(town: Town, charge_id: int, moment: datetime) -> None:
    """By code at the gateway, as whoever scans it."""
    town.set_gateway_clock(moment)
    with transaction(system("demo")) as session:
        payment = open_charge_payment(session.get_one(Charge, charge_id), actor=system("demo"), now=moment)
        key, number = payment.id, payment.number
        prepare_code(key, now=moment)
    address = f"{town.app.config['WECHAT_PAY_URL']}/sandbox/pay/{number}"
    town.gateway.post(address, json={"at": (moment + timedelta(seconds=20)).isoformat()}, timeout=10).raise_for_status()
    with transaction(system("channel")):
        ask_about_payment(key, actor=system("channel"), now=moment + timedelta(seconds=25))
