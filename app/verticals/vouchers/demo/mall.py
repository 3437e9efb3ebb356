"""Five weeks of 万家商场: customers buy over the API and pay at the gateway, cashiers redeem, a manager undoes, customers change their minds."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import requests
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated, transaction
from app.framework.flow import move
from app.kernel.marketing.campaigns.models import CampaignParty
from app.kernel.marketing.campaigns.operations import propose_campaign
from app.kernel.parties.models import StaffUser
from app.kernel.parties.operations.customers import customer_of_openid, issue_token
from app.kernel.payments.models import Payment
from app.kernel.payments.operations.paying import ask_about_payment
from app.kernel.redemption.jobs import complete_redemptions, expire_vouchers
from app.kernel.redemption.models import Redemption, Voucher
from app.kernel.redemption.operations.redeeming import redeem
from app.verticals.vouchers.demo.people import PLANS, House, open_house, put_up, staff
from app.verticals.vouchers.models import DealPlace
from app.verticals.vouchers.operations.malls import add_mall

DEMO = system("demo")
DAYS, PURCHASES = 35, 40
NAMES = ("沈知夏", "顾长风", "林小满", "程一诺", "许星河", "唐糖", "周慕白", "叶清欢")


def fill(app: Flask) -> None:
    """The mall, its merchants, five weeks. The gateway must be running."""
    now, chance = clock.now(), random.Random(20261130)
    opened = now - timedelta(days=DAYS)
    with app.app_context(), clock.at(opened):
        houses = _open(opened)
        _campaign(houses, opened)
    mall = Mall(app, houses, chance)
    for number in range(PURCHASES):
        mall.buy(opened + (now - opened) * number / PURCHASES + timedelta(hours=2))
    mall.redeem_some(now)
    with app.app_context():
        complete_redemptions()
        expire_vouchers()
        mall.redeem_today(now)
    mall.set_gateway_clock(None)


def _open(opened: datetime) -> list[House]:
    with transaction(DEMO):
        mall = add_mall(
            name="万家商场", address="青溪镇人民路 66 号", notice="周末停车三小时免费", latitude=30.571, longitude=104.061, actor=DEMO, now=opened,
        )
        houses = [open_house(plan, mall.id, number, opened) for number, plan in enumerate(PLANS)]
        for number, (plan, house) in enumerate(zip(PLANS, houses, strict=True)):
            put_up(plan, house, (houses[1].stores[0],) if number == 0 else (), opened)
        places = db.session.scalars(select(DealPlace).where(DealPlace.status == "asked").order_by(DealPlace.id)).all()
        for place in places[:-1]:
            move(place, "accept", actor=DEMO, now=opened)
    return houses


def _campaign(houses: list[House], opened: datetime) -> None:
    with transaction(DEMO):
        keys = {name: db.session.scalars(select(StaffUser.id).where(StaffUser.username == name)).one() for name in ("operator", "finance")}
        campaign = propose_campaign(
            trade="vouchers", title="万家商场周年庆", organizer_id=houses[0].merchant_id, ppm=100_000, budget=50_000,
            shares={houses[0].merchant_id: 300_000, houses[1].merchant_id: 300_000}, begins_at=opened + timedelta(days=14),
            ends_at=opened + timedelta(days=DAYS + 7), reason="周年庆，三家一起办", actor=staff("operator", "Operator", keys["operator"]), now=opened,
        )
        for house in houses[:2]:
            own = CampaignParty.campaign_id == campaign.id, CampaignParty.merchant_id == house.merchant_id
            move(db.session.scalars(select(CampaignParty).where(*own)).one(), "accept", actor=house.owner, now=opened)
        move(campaign, "approve", actor=staff("finance", "Finance", keys["finance"]), now=opened)


class Mall:
    """The customers at the API's door, the gateway where they pay, the cashiers at their desks."""

    def __init__(self, app: Flask, houses: list[House], chance: random.Random) -> None:
        self.app, self.houses, self.chance = app, houses, chance
        self.client, self.gateway = app.test_client(), requests.Session()
        self.gateway.trust_env = False
        self.tokens = [self._customer(number) for number in range(len(NAMES))]
        self.count = 0

    def _customer(self, number: int) -> str:
        with self.app.app_context(), transaction(DEMO):
            customer = customer_of_openid(f"openid-mall-{number}", now=clock.now())
            customer.name = NAMES[number]
            return issue_token(customer, now=clock.now())

    def set_gateway_clock(self, moment: datetime | None) -> None:
        """The gateway dates what comes next at `moment`; None gives it the present again."""
        body = {"now": moment.isoformat() if moment else None}
        self.gateway.put(f"{self.app.config['WECHAT_PAY_URL']}/sandbox/clock", json=body, timeout=10).raise_for_status()

    def buy(self, moment: datetime) -> None:
        """Somebody buys something; now and then more than one piece."""
        house = self.chance.choice(self.houses)
        wish = {"deal_id": self.chance.choice(house.deals), "count": self.chance.choice((1, 1, 1, 2))}
        token = self.chance.choice(self.tokens)
        self.set_gateway_clock(moment)
        with clock.at(moment):
            priced = self._post("/vouchers/price", wish, token)
            placed = self._post("/vouchers/orders", {**wish, "expected": priced.json["payable"]}, token)
            ready = self._post(f"/vouchers/orders/{placed.json['id']}/pay", {}, token)
            self._pay(ready.json["payment_number"], moment)

    def redeem_some(self, now: datetime) -> None:
        """Of what was bought some is redeemed within days, a part of cards, some goes back, the rest waits or expires."""
        with self.app.app_context(), transaction(DEMO):
            bought = db.session.execute(select(Voucher.id, Voucher.created_at, Voucher.valid_until, Voucher.uses).order_by(Voucher.id)).tuples().all()
        for key, at, until, uses in bought:
            fate = self.chance.random()
            if fate < 0.12:
                self._refund(key, min(at + timedelta(days=2), now - timedelta(hours=1)))
            elif fate < 0.82:
                for use in range(1 if uses == 1 else self.chance.randint(1, uses)):
                    moment = at + timedelta(days=1 + 3 * use, hours=self.chance.randint(0, 6))
                    if moment < min(until, now - timedelta(hours=1)):
                        self._redeem(key, moment)

    def redeem_today(self, now: datetime) -> None:
        """A few redemptions within the last minutes, one of them undone."""
        with transaction(DEMO):
            live = db.session.scalars(select(Voucher.id).where(Voucher.status == "live").order_by(Voucher.id.desc()).limit(8)).all()
        for number, key in enumerate(live):
            self._redeem(key, now - timedelta(minutes=8 - number))
        with transaction(DEMO):
            held = db.session.scalars(select(Redemption).where(Redemption.status == "held").order_by(Redemption.id.desc()).limit(1)).one_or_none()
            owner = next((house.owner for house in self.houses if held is not None and house.merchant_id == held.merchant_id), None)
            if held is not None and owner is not None:
                move(held, "undo", actor=owner, now=now, reason="顾客临时改主意，换一天来")

    def _redeem(self, voucher_id: int, moment: datetime) -> None:
        with self.app.app_context(), clock.at(moment):
            try:
                with transaction(DEMO), elevated():
                    voucher = db.session.get_one(Voucher, voucher_id)
                    store = self.chance.choice(voucher.store_ids)
                house = next(each for each in self.houses if store in each.stores)
                with transaction(house.owner):
                    redeem(voucher_id, store_id=store, actor=house.cashier if store == house.stores[0] else house.owner, now=moment)
            except Refusal:
                return  # a closed weekday, or used up

    def _refund(self, voucher_id: int, moment: datetime) -> None:
        with self.app.app_context(), transaction(DEMO):
            voucher = db.session.get_one(Voucher, voucher_id)
            customer = int(voucher.customer_id)
            token = self.tokens[self._names().index(customer)]
        with clock.at(moment):
            self._post(f"/vouchers/mine/{voucher_id}/refunds", {"reason": "临时去不了"}, token)

    def _names(self) -> list[int]:
        return [customer_of_openid(f"openid-mall-{number}", now=clock.now()).id for number in range(len(NAMES))]

    def _pay(self, number: str, moment: datetime) -> None:
        """Press 支付 at the gateway, and ask the channel, as the minute's job would."""
        address = f"{self.app.config['WECHAT_PAY_URL']}/sandbox/pay/{number}"
        self.gateway.post(address, json={"at": (moment + timedelta(seconds=20)).isoformat()}, timeout=10).raise_for_status()
        channel = system("channel")
        with self.app.app_context(), transaction(channel) as session:
            key = session.scalars(select(Payment.id).where(Payment.number == number)).one()
            ask_about_payment(key, actor=channel, now=moment + timedelta(seconds=25))

    def _post(self, path: str, body: Any, token: str) -> Any:
        self.count += 1
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"mall-{self.count:06d}"}
        answer = self.client.post(f"/api/v1{path}", json=body, headers=headers)
        if answer.status_code not in {200, 201}:
            raise RuntimeError(answer.get_data(as_text=True))
        return answer
