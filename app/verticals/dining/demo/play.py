"""Play customers and a restaurant: order over the public API, pay at the gateway, cook, hand over, refuse, refund.

Deterministic: the same seed gives the same day. `Tally` counts in plain integers, apart from the ledger, what should have
happened, so that books and spreadsheets can be compared with it to the fen.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import Actor, system
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.aftersales.operations import refund_lines
from app.kernel.parties.operations.customers import customer_of_openid, issue_token
from app.kernel.payments.models import Payment
from app.kernel.payments.operations.paying import ask_about_payment
from app.verticals.dining.demo.restaurant import crew_actor, owner_actor
from app.verticals.dining.models import DiningOrder

NAMES = ("李婉清", "王志远", "陈思琪", "刘建国", "张雨桐", "欧阳文静", "黄晓东", "吴佳怡", "周子涵", "徐海波", "孙美玲", "马晓东", "朱梓萱", "何欣")
ENDINGS = ("done",) * 15 + ("unpaid", "cancelled", "rejected", "refund", "refund", "timed_out")


@dataclass
class Tally:
    """What should have happened, in orders and fen."""

    placed: int = 0
    paid: int = 0
    refunded: int = 0
    completed: int = 0
    endings: dict[str, int] = field(default_factory=dict)


class Town:
    """The town's customers at the API's door, and the gateway where they pay."""

    def __init__(self, app: Flask, seed: int = 20261123, customers: int = 14) -> None:
        self.app, self.random, self.tally = app, random.Random(seed), Tally()
        self.client = app.test_client()
        self.gateway = requests.Session()
        self.gateway.trust_env = False
        self.tokens = [self._customer(number) for number in range(customers)]
        self.menus: dict[int, list[dict[str, Any]]] = {}
        self.count = 0

    def _customer(self, number: int) -> str:
        with self.app.app_context(), transaction(system("demo")):
            customer = customer_of_openid(f"openid-demo-{number}", now=clock.now())
            customer.name = NAMES[number % len(NAMES)]
            return issue_token(customer, now=clock.now())

    def set_gateway_clock(self, moment: datetime | None) -> None:
        """The gateway dates what comes next at `moment`; None gives it the present again."""
        body = {"now": moment.isoformat() if moment else None}
        self.gateway.put(f"{self.app.config['WECHAT_PAY_URL']}/sandbox/clock", json=body, timeout=10).raise_for_status()

    def order(
        self, shop_id: int, ending: str, moment: datetime, *, customer: int | None = None, account: int | None = None, home: dict[str, Any] | None = None,
    ) -> int | None:
        """One order at `moment` that ends as `ending` says; its id, None when the shop would not take it. `customer` orders, or any; `account` is
        the company's that pays; `home` is where it is delivered."""
        self.set_gateway_clock(moment)
        with clock.at(moment):
            token = self.random.choice(self.tokens) if customer is None else self.tokens[customer]
            basket = self._banquet(shop_id) if ending == "banquet" else self._basket(shop_id)
            basket |= {"service": "delivery", **home} if home else {}
            priced = self._post("/dining/price", basket, token)
            if priced.status_code != 200:
                return None
            placed = self._post("/dining/orders", {**basket, "expected": priced.json["payable"]}, token)
            if placed.status_code != 201:
                return None
            order_id = int(placed.json["id"])
            self.tally.placed += 1
            self.tally.endings[ending] = self.tally.endings.get(ending, 0) + 1
            if ending == "unpaid":
                return self._leave_unpaid(order_id, moment)
            if account is None:
                self._pay(order_id, token, moment)
            else:
                self._post(f"/accounts/pay/{order_id}", {"account_id": account}, token)
            self.tally.paid += placed.json["payable"]
        self._end(order_id, ending, token, moment)
        return order_id

    def place(self, shop_id: int, customer: int, moment: datetime, *, table_code: str = "") -> int:
        """An order at `moment` that nobody has paid, at the table if a code is given; its id."""
        with clock.at(moment):
            basket = {**self._basket(shop_id), **({"service": "dine_in", "table_code": table_code, "guests": 3} if table_code else {})}
            priced = self._post("/dining/price", basket, self.tokens[customer])
            placed = self._post("/dining/orders", {**basket, "expected": priced.json["payable"]}, self.tokens[customer])
        if placed.status_code != 201:
            raise RuntimeError(placed.get_data(as_text=True))
        return int(placed.json["id"])

    def pay_by_channel(self, order_id: int, customer: int, moment: datetime) -> None:
        """The customer pays the order at the gateway."""
        self.set_gateway_clock(moment)
        with clock.at(moment):
            self._pay(order_id, self.tokens[customer], moment)

    def _basket(self, shop_id: int) -> dict[str, Any]:
        if shop_id not in self.menus:
            self.menus[shop_id] = self._dishes(shop_id)
        dishes = self.menus[shop_id]
        lines = []
        for dish in self.random.sample(dishes, k=min(len(dishes), self.random.choice((1, 2, 2, 3)))):
            options = [group["options"][0]["id"] for group in dish["groups"] if group["least"]]
            lines.append({"size_id": dish["sizes"][0]["id"], "quantity": self.random.choice((1, 1, 1, 2)), "options": options})
        return {"shop_id": shop_id, "service": "pickup", "lines": lines, "note": self.random.choice(("", "", "", "少放辣", "打包分开装"))}

    def _banquet(self, shop_id: int) -> dict[str, Any]:
        """Of one dish as many portions as cost more than ¥600: a refund of it needs a second person."""
        self._basket(shop_id)
        size = max((dish["sizes"][0] for dish in self.menus[shop_id] if not any(group["least"] for group in dish["groups"])), key=lambda size: size["price"])
        lines = [{"size_id": size["id"], "quantity": min(60_000 // size["price"] + 1, 99), "options": []}]
        return {"shop_id": shop_id, "service": "pickup", "lines": lines, "note": "办酒席，一起取"}

    def _dishes(self, shop_id: int) -> list[dict[str, Any]]:
        menu: dict[str, Any] = self.client.get(f"/api/v1/dining/shops/{shop_id}/menu").get_json()
        return [dish for category in menu["categories"] for dish in category["dishes"] if dish["sizes"][0]["left"] is None]

    def _post(self, path: str, body: dict[str, Any] | None, token: str) -> Any:
        self.count += 1
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"town-{self.count:08d}-{self.random.getrandbits(32):08x}"}
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def _pay(self, order_id: int, token: str, moment: datetime) -> None:
        """Prepare at the API, press 支付 at the gateway, and ask the channel, as the minute's job would."""
        ready = self._post(f"/dining/orders/{order_id}/pay", {}, token)
        self._pay_at_gateway(ready, moment)

    def top_up(self, offer_id: int, customer: int, moment: datetime) -> None:
        """A customer pays a merchant ahead, through the same doors as an order is paid."""
        self.set_gateway_clock(moment)
        with clock.at(moment):
            self._pay_at_gateway(self._post("/wallet/top-ups", {"offer_id": offer_id}, self.tokens[customer]), moment)

    def _pay_at_gateway(self, ready: Any, moment: datetime) -> None:
        if ready.status_code not in {200, 201}:
            raise RuntimeError(ready.get_data(as_text=True))
        address = f"{self.app.config['WECHAT_PAY_URL']}/sandbox/pay/{ready.json['payment_number']}"
        answer = self.gateway.post(address, json={"at": (moment + timedelta(seconds=20)).isoformat()}, timeout=10)
        answer.raise_for_status()
        channel = system("channel")
        with self.app.app_context(), transaction(channel) as session:
            key = session.scalars(select(Payment.id).where(Payment.number == ready.json["payment_number"])).one()
            ask_about_payment(key, actor=channel, now=moment + timedelta(seconds=25))

    def _leave_unpaid(self, order_id: int, moment: datetime) -> int:
        self._move(order_id, "cancel", moment + timedelta(minutes=16), system("clock"))
        return order_id

    def _end(self, order_id: int, ending: str, token: str, moment: datetime) -> None:
        if ending in {"cancelled", "rejected", "timed_out"} and self._status(order_id) != "waiting":
            ending = "done"  # a shop that accepts by itself was faster
        if ending == "cancelled":
            with clock.at(moment + timedelta(seconds=50)):
                self._post(f"/dining/orders/{order_id}/cancel", None, token)
        elif ending == "rejected":
            self._move(order_id, "reject", moment + timedelta(minutes=1), reason="食材刚好卖完了")
        elif ending == "timed_out":
            self._move(order_id, "time_out", moment + timedelta(minutes=6), system("clock"), reason="商家没有及时接单")
        elif ending != "waiting":
            self._serve(order_id, ending, moment)
        self._count(order_id)

    def _status(self, order_id: int) -> str:
        with self.app.app_context(), transaction(system("demo")) as session:
            return session.get_one(DiningOrder, order_id).status

    def _serve(self, order_id: int, ending: str, moment: datetime) -> None:
        self._move(order_id, "accept", moment + timedelta(minutes=1), only_from="waiting")
        if ending == "banquet":
            self._propose_large_refund(order_id, moment + timedelta(minutes=2))
            return
        if ending == "refund":
            self._refund_a_line(order_id, moment + timedelta(minutes=4))
        if ending != "cooking":
            self._hand_over(order_id, moment, only_ready=ending == "ready")

    def _hand_over(self, order_id: int, moment: datetime, *, only_ready: bool) -> None:
        with self.app.app_context(), transaction(system("demo")) as session:
            order = session.get_one(DiningOrder, order_id)
            owner, ready, taken = owner_actor(order.merchant_id), moment + timedelta(minutes=13), moment + timedelta(minutes=19)
            with clock.at(ready):
                order = move(order, "ready", actor=owner, now=ready)
            if not only_ready:
                with clock.at(taken):
                    move(order, "hand_over", actor=owner, now=taken, code=order.code)

    def _move(self, order_id: int, name: str, moment: datetime, actor: Actor | None = None, only_from: str = "", **answers: str) -> None:
        with self.app.app_context(), transaction(system("demo")) as session, clock.at(moment):
            order = session.get_one(DiningOrder, order_id)
            if not only_from or order.status == only_from:
                move(order, name, actor=actor or owner_actor(order.merchant_id), now=moment, **answers)

    def _refund_a_line(self, order_id: int, moment: datetime) -> None:
        with self.app.app_context(), transaction(system("demo")) as session, clock.at(moment):
            order = session.get_one(DiningOrder, order_id)
            line = next(line for line in order.lines if line.kind == "goods")
            amount = max(1, line.refundable // 2)
            refund_lines(order, {line.id: amount}, reason="少上了一份", actor=owner_actor(order.merchant_id), now=moment)

    def _propose_large_refund(self, order_id: int, moment: datetime) -> None:
        """The cashier gives the whole dish back; the case waits for the owner."""
        with self.app.app_context(), transaction(system("demo")) as session, clock.at(moment):
            order = session.get_one(DiningOrder, order_id)
            line = next(line for line in order.lines if line.kind == "goods")
            refund_lines(order, {line.id: line.refundable}, reason="酒席改期，菜没有做", actor=crew_actor(order.merchant_id, "Cashier"), now=moment)

    def _count(self, order_id: int) -> None:
        with self.app.app_context(), transaction(system("demo")) as session:
            order = session.get_one(DiningOrder, order_id)
            self.tally.refunded += order.refunded
            self.tally.completed += order.completed_at is not None


def open_orders(app: Flask) -> int:
    """How many orders are neither completed nor closed: for the script's last line."""
    with app.app_context(), transaction(system("demo")):
        return len(list(db.session.scalars(select(DiningOrder.id).where(DiningOrder.completed_at.is_(None), DiningOrder.closed_at.is_(None)))))
