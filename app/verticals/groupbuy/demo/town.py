"""Four weeks of rounds in three communities, one short delivery, one group that failed and one that filled, a seckill, and a round that is open."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import requests
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.marketing.deals.jobs import close_groups
from app.kernel.marketing.deals.operations import propose_deal
from app.kernel.parties.operations.customers import customer_of_openid, issue_token
from app.kernel.payments.models import Payment
from app.kernel.payments.operations.paying import ask_about_payment
from app.verticals.groupbuy.demo.people import bring, join_and_be_admitted, lay_out, learn, owner_actor, set_up, staff_actor
from app.verticals.groupbuy.demo.plan import LEADERS, OFFERS, RESIDENTS, SUPPLIERS
from app.verticals.groupbuy.jobs import close_rounds
from app.verticals.groupbuy.models import Goods, GroupbuyOrder, Round, Sheet
from app.verticals.groupbuy.operations.rounds import check_in
from app.verticals.groupbuy.operations.serving import hand_over_by_code

ROUNDS = (28, 21, 14, 7, 2, 1)  # days ago: the last but one is on its way, the last one waits at the warehouse
SHORT, ON_ITS_WAY, AT_THE_WAREHOUSE = 14, 2, 1
NAMES = ("方静", "蒋小雨", "贺明", "秦莉", "邓超群", "白露", "魏国强", "袁媛", "苏晴")
LEVELS = ("gold", "silver", "new")
CREW = system("demo")


class Play:
    """Residents at the API's door, and the gateway where they pay."""

    def __init__(self, app: Flask) -> None:
        self.app, self.random, self.client, self.count = app, random.Random(20261130), app.test_client(), 0
        self.gateway = requests.Session()
        self.gateway.trust_env = False
        self.codes: list[str] = []
        self.merchants: list[int] = []
        self.goods: dict[str, int] = {}
        with app.app_context(), transaction(CREW):
            self.tokens = [self._resident(number) for number in range(RESIDENTS)]

    def _resident(self, number: int) -> str:
        customer = customer_of_openid(f"openid-groupbuy-{number}", now=clock.now())
        customer.name = NAMES[number]
        return issue_token(customer, now=clock.now())

    def order(self, leader: int, moment: datetime, *, wishes: tuple[tuple[str, int], ...] = (), paid: bool = True, **more: Any) -> dict[str, Any]:
        """A resident orders at the leader and pays; the order as the API shows it."""
        self.gateway.put(f"{self.app.config['WECHAT_PAY_URL']}/sandbox/clock", json={"now": moment.isoformat()}, timeout=10).raise_for_status()
        chosen = wishes or tuple((each.title, self.random.choice((1, 1, 2))) for each in self.random.sample(OFFERS, k=self.random.choice((1, 2, 3))))
        body = {"share_code": self.codes[leader], "lines": [{"goods_id": self.goods[title], "quantity": count} for title, count in chosen], **more}
        token = self.tokens[self.count % RESIDENTS]
        with clock.at(moment):
            body["expected"] = self._post("/groupbuy/price", body, token)["payable"]
            placed = self._post("/groupbuy/orders", body, token)
            if paid:
                self._pay(self._post(f"/groupbuy/orders/{placed['id']}/pay", {}, token), moment)
        return placed

    def _post(self, path: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        self.count += path.endswith("/orders")
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"gb-{self.random.getrandbits(64):016x}"}
        answer = self.client.post(f"/api/v1{path}", json=body, headers=headers)
        if answer.status_code not in {200, 201}:
            raise RuntimeError(answer.get_data(as_text=True))
        return dict(answer.get_json())

    def _pay(self, ready: dict[str, Any], moment: datetime) -> None:
        address = f"{self.app.config['WECHAT_PAY_URL']}/sandbox/pay/{ready['payment_number']}"
        self.gateway.post(address, json={"at": (moment + timedelta(seconds=20)).isoformat()}, timeout=10).raise_for_status()
        channel = system("channel")
        with self.app.app_context(), transaction(channel) as session:
            key = session.scalars(select(Payment.id).where(Payment.number == ready["payment_number"])).one()
            ask_about_payment(key, actor=channel, now=moment + timedelta(seconds=25))


def fill(app: Flask) -> None:
    """Everything; the gateway must be running."""
    now = clock.now()
    opened = day_start(business_day(now) - timedelta(days=ROUNDS[0] + 2)) + timedelta(hours=9)
    play = Play(app)
    _open(app, play, opened)
    for number, ago in enumerate(ROUNDS):
        day = day_start(business_day(now) - timedelta(days=ago))
        for leader in range(len(LEADERS)):
            play.order(leader, day + timedelta(hours=9 + 3 * leader, minutes=7 * number % 60))
        if ago in (SHORT, ON_ITS_WAY):
            play.order(0, day + timedelta(hours=20), wishes=(("丹东草莓", 3),))
        _serve(app, day + timedelta(hours=23, seconds=5), ago)
    _deals(app, play, now)
    for turn in range(4):
        play.order(turn % len(LEADERS), now - timedelta(minutes=95 - 20 * turn))
    play.gateway.put(f"{app.config['WECHAT_PAY_URL']}/sandbox/clock", json={"now": None}, timeout=10).raise_for_status()


def _open(app: Flask, play: Play, opened: datetime) -> None:
    """Zone, course, suppliers with their goods, leaders."""
    with app.app_context(), transaction(CREW), clock.at(opened):
        lay_out(opened)
        suppliers = {person.username: join_and_be_admitted(person, opened) for person in SUPPLIERS}
        for offer in OFFERS:
            play.goods[offer.title] = bring(suppliers[offer.supplier], offer, opened + timedelta(hours=1)).id
    for number, person in enumerate(LEADERS):
        moment = opened + timedelta(hours=2 + number)
        with app.app_context(), clock.at(moment):
            with transaction(CREW):
                key = join_and_be_admitted(person, moment)
            with transaction(CREW):
                learn(key, moment)
                play.codes.append(set_up(key, person, LEVELS[number], moment + timedelta(minutes=30)).share_code)
                play.merchants.append(key)


def _serve(app: Flask, moment: datetime, ago: int) -> None:
    """The cut-off, the warehouse, the leaders: parcels of old rounds are all collected; of the one on its way the second leader's wait."""
    with app.app_context(), clock.at(moment):
        close_rounds()
    with app.app_context(), transaction(CREW):
        keys = list(db.session.scalars(select(Round.id).where(Round.status == "closed")))
    morning = moment + timedelta(hours=7)
    for key in keys if ago != AT_THE_WAREHOUSE else ():
        with app.app_context(), transaction(CREW), clock.at(morning):
            keeper = staff_actor("warehouse")
            found = move(db.session.get_one(Round, key), "receive", actor=keeper, now=morning)
            move(found, "send", actor=keeper, now=morning + timedelta(minutes=40))
        _deliver(app, key, morning + timedelta(hours=3), short=ago == SHORT, done=ago != ON_ITS_WAY)


def _deliver(app: Flask, round_id: int, moment: datetime, *, short: bool, done: bool) -> None:
    """Each leader counts and hands out; in a round that is not done the second one has counted only."""
    with app.app_context(), transaction(CREW):
        sheets = list(db.session.scalars(select(Sheet).where(Sheet.round_id == round_id, Sheet.kind == "picking").order_by(Sheet.id)))
        counted = [
            (sheet.id, sheet.merchant_id, {line.id: line.quantity - 1 for line in sheet.lines if short and line.title == "丹东草莓"}) for sheet in sheets
        ]
    for sheet_id, merchant_id, counts in counted if done else counted[1:2]:
        with app.app_context(), transaction(CREW), clock.at(moment):
            owner = owner_actor(merchant_id)
            check_in(sheet_id, counts, actor=owner, now=moment)
        if not done:
            continue
        with app.app_context(), transaction(CREW), clock.at(moment + timedelta(hours=6)):
            parcels = select(GroupbuyOrder.code).where(GroupbuyOrder.merchant_id == merchant_id, GroupbuyOrder.status == "arrived").order_by(GroupbuyOrder.id)
            for code in list(db.session.scalars(parcels)):
                hand_over_by_code(merchant_id, code, actor=owner, now=moment + timedelta(hours=6))


def _deals(app: Flask, play: Play, now: datetime) -> None:
    """A seckill that runs, a group that failed and one that waits."""
    keys = []
    begins = now - timedelta(days=2)
    with app.app_context(), transaction(CREW), clock.at(begins):
        for kind, title, price, units, size, hours in (("seckill", "云南蓝莓", 690, 60, 0, 0), ("group", "散养土鸡蛋", 2690, 90, 3, 6)):
            goods = db.session.scalars(select(Goods).where(Goods.title == title)).one()
            deal = propose_deal(
                merchant_id=None, trade="groupbuy", kind=kind, subject_id=goods.id, price=price, units=units, per_customer=2, size=size, fill_hours=hours,
                begins_at=begins, ends_at=now + timedelta(days=3), reason="周末拉新", actor=staff_actor("operator"), now=begins,
            )
            keys.append(move(deal, "approve", actor=staff_actor("finance"), now=begins + timedelta(minutes=20)).id)
    play.order(0, now - timedelta(hours=20), wishes=(("云南蓝莓", 1),), deal_id=keys[0])
    play.order(1, now - timedelta(hours=19), wishes=(("云南蓝莓", 2),), deal_id=keys[0])
    play.order(0, now - timedelta(hours=18), wishes=(("散养土鸡蛋", 1),), deal_id=keys[1])
    with app.app_context(), clock.at(now - timedelta(hours=11)):
        close_groups()
    play.order(2, now - timedelta(hours=2), wishes=(("散养土鸡蛋", 1),), deal_id=keys[1])
