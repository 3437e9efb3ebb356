"""A merchant with stores and deals, shoppers who buy, and cashiers who redeem; everything goes through the real doors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.core.actors import EVERYTHING, Actor, Scope, system
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import escrow, merchant_pending, refund_payable, revenue
from app.kernel.ledger.queries import balance
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment
from app.kernel.payments.operations.paying import confirm_payment, open_payment
from app.kernel.redemption.operations.stores import add_store
from app.verticals.vouchers.models import VoucherOrder
from app.verticals.vouchers.operations.deals import add_deal
from tests.support.people import SETUP, House, Shopper, merchant, sign_in


@dataclass
class Shop:
    """A merchant with its stores by name and its deals by title."""

    app: Flask
    house: House
    stores: dict[str, int] = field(default_factory=dict)
    deals: dict[str, int] = field(default_factory=dict)
    browsers: dict[str, FlaskClient] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return self.house.actor

    def browser(self, role: str = "Owner") -> FlaskClient:
        """A member at the console, signed in once."""
        if role not in self.browsers:
            self.browsers[role] = sign_in(self.app, self.house.members[role])
        return self.browsers[role]

    def deal(self, title: str, *, price: int, uses: int = 1, stores: tuple[int, ...] = (), **more: Any) -> int:
        """A deal on sale at the merchant's stores, or at `stores`."""
        values = {
            "title": title, "kind": "card" if uses > 1 else "service", "price": price, "market_price": price * 2, "uses": uses, "quantity": None,
            "per_customer": 0, "valid_days": 30, "last_day": None, "closed_weekdays": [], "closed_days": [], "description": "", **more,
        }
        with self.app.app_context(), transaction(SETUP):
            deal = add_deal(
                merchant_id=self.house.merchant_id, store_ids=stores or tuple(self.stores.values()), actor=SETUP, now=datetime.now(UTC), **values,
            )
            move(deal, "submit", actor=SETUP, now=datetime.now(UTC))
            move(deal, "approve", actor=SETUP, now=datetime.now(UTC))
            self.deals[title] = deal.id
        return self.deals[title]

    def place(self, shopper: Shopper, title: str, count: int = 1, **more: Any) -> dict[str, Any]:
        """Order over the API at the price that the API previews; the answer's body."""
        wish = {"deal_id": self.deals[title], "count": count, **more}
        priced = shopper.post("/vouchers/price", wish)
        assert priced.status_code == 200, priced.json
        answer = shopper.post("/vouchers/orders", {**wish, "expected": priced.json["payable"]})
        assert answer.status_code == 201, answer.json
        return answer.json

    def pay(self, order_id: int) -> None:
        """The channel confirms that the customer paid the order in full."""
        moment = datetime.now(UTC)
        with self.app.app_context(), transaction(SETUP) as session:
            order = session.get_one(VoucherOrder, order_id)
            payment = open_payment(
                "order", order.id, order.payable, description=order.number, trade="vouchers", merchant_id=order.merchant_id, customer_id=order.customer_id,
                expires_at=order.pay_by, held_by_us=True, actor=SETUP, now=moment,
            )
            told = ChannelPayment(
                payment.number, "SUCCESS", account().appid, account().merchant_id, payment.amount, f"42000{payment.id:023d}", "openid", moment
            )
            confirm_payment(told, actor=system("channel"), now=moment)

    def bought(self, shopper: Shopper, title: str, count: int = 1, **more: Any) -> list[dict[str, Any]]:
        """Vouchers that are paid for, each as the API shows it on its own page."""
        placed = self.place(shopper, title, count, **more)
        self.pay(placed["id"])
        found = shopper.get(f"/vouchers/orders/{placed['id']}").json
        return [shopper.get(f"/vouchers/mine/{voucher['id']}").json for voucher in found["vouchers"]]

    def look(self, code: str, *, role: str = "Owner", store: str | int = "") -> Any:
        """Look a code up at the desk; the answer."""
        return self.browser(role).post("/redeem/look", data={"code": code, "store": self._store(store)})

    def redeem(self, code: str, *, role: str = "Owner", store: str | int = "", count: int = 1) -> Any:
        """Look a code up and redeem it; the answer of the last step."""
        page = self.look(code, role=role, store=store)
        if page.status_code != 200:
            return page
        return self.browser(role).post("/redeem/use", data=form_of(page.get_data(as_text=True)) | {"count": str(count)})

    def _store(self, store: str | int) -> str:
        return str(store if isinstance(store, int) else self.stores[store or next(iter(self.stores))])


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of the first voucher's form on the desk."""
    found = re.search(r'<form class="by-card" method="post" action="/redeem/use".*?</form>', page, re.S)
    assert found, "no voucher is offered"
    return dict(re.findall(r'<input type="hidden" name="(store|ticket|nonce)" value="([^"]*)">', found[0]))


def shop(app: Flask, name: str = "阿福烧烤", *stores: str) -> Shop:
    """A merchant of the trade with these stores (one without)."""
    made = Shop(app, merchant(app, name, trade="vouchers"))
    with app.app_context(), transaction(SETUP):
        for number, each in enumerate(stores or ("总店",)):
            store = add_store(
                merchant_id=made.house.merchant_id, name=each, address="青溪镇", phone="", hours="", latitude=30.57 + number / 100, longitude=104.06,
                actor=SETUP, now=datetime.now(UTC),
            )
            made.stores[each] = store.id
    return made


def cashier_of(place: Shop) -> Actor:
    """The cashier as an actor, for operations called directly."""
    with place.app.app_context(), transaction(SETUP) as session:
        from sqlalchemy import select

        from app.kernel.parties.models import StaffUser

        key = session.scalars(select(StaffUser.id).where(StaffUser.username == place.house.members["Cashier"])).one()
    return Actor("member", key, "收银", frozenset({"Cashier"}), Scope("merchant", place.house.merchant_id))


def money(app: Flask, shopper: Shopper, *places: Shop) -> dict[str, Any]:
    """The books that a voucher touches, in fen; pending for each merchant in turn."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return {
            "escrow": balance(escrow("vouchers")), "commission": balance(revenue("commission")), "fee": balance(revenue("redemption_fee")),
            "owed": balance(refund_payable(shopper.id)), "pending": [balance(merchant_pending(place.house.merchant_id)) for place in places],
        }


def one(app: Flask, sql: str, **values: Any) -> Any:
    """A single value of the database, seeing everything."""
    from sqlalchemy import text

    with app.app_context():
        enter_scope(EVERYTHING)
        return db.session.execute(text(sql), values).scalar_one()
