"""A restaurant that takes its payments by its own number at the channel, and short words for what happens to an order of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import EVERYTHING, Actor
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import enter_scope, get, transaction
from app.framework.flow import move
from app.framework.queue import run_waiting
from app.kernel.aftersales.operations import amounts_of, refund_lines
from app.kernel.ledger.queries import balance
from app.kernel.ledger.values import AccountRef
from app.kernel.orders.operations import fee_lines_of
from app.kernel.parties.demo import fill as fill_people
from app.kernel.payments.jobs import ask_about_refund, send_refund
from app.kernel.payments.models import Payment, Refund
from app.kernel.settlement.operations.release import release_due
from app.kernel.sharing import jobs
from app.kernel.sharing.models import ShareAccount, ShareCall, ShareLine, ShareReturn, Sharing
from app.kernel.sharing.operations.accounts import propose_account
from app.verticals.dining.demo.menus import BAKERY
from app.verticals.dining.demo.play import Town
from app.verticals.dining.demo.restaurant import owner_actor
from app.verticals.dining.demo.town import open_restaurant
from app.verticals.dining.models import DiningOrder, Shop
from tests.gateway.sandbox import until

SUB, OURS = "1900000109", "1900000001"
MAKER = Actor("staff", 901, "财务甲", frozenset({"Finance"}), EVERYTHING)
CHECKER = Actor("staff", 902, "财务乙", frozenset({"Finance"}), EVERYTHING)


@dataclass
class House:
    """The application, its shop, and the town's customers."""

    app: Flask
    town: Town
    shop_id: int
    merchant_id: int
    gateway: str
    noon: datetime
    context: Any

    def order(self, ending: str = "done", moment: datetime | None = None) -> int:
        """An order that is paid, and ends as `ending` says; its id."""
        key = self.town.order(self.shop_id, ending, moment or self.noon)
        assert key is not None
        return key

    def run(self, ahead: timedelta = timedelta(minutes=2), only: str | None = None) -> int:
        """Run the jobs that are due or due soon, at the time of the orders; how many ran."""
        return run_waiting(self.app, until=clock.now() + ahead, only=only)

    def shared(self, moment: datetime | None = None) -> int:
        """A completed order whose commission has arrived; its id."""
        key = self.order(moment=moment)
        self.share(key)
        assert self.sharing(key).status == "shared"
        return key

    def share(self, order_id: int) -> None:
        """Ask for the share of an order, and about it until the channel is done."""
        key = self.sharing(order_id).id
        db.session.rollback()
        jobs.share_payment(key)
        self.settle_down(key)
        jobs.share_payment(key)

    def settle_down(self, sharing_id: int) -> None:
        """Ask about what is on its way, as the jobs would, until it has an end."""
        def over() -> bool:
            with self.app.app_context(), transaction(MAKER):
                calls = list(db.session.scalars(select(ShareCall.id).where(ShareCall.sharing_id == sharing_id, ShareCall.status == "submitted")))
                backs = list(db.session.scalars(select(ShareReturn.id).where(ShareReturn.sharing_id == sharing_id, ShareReturn.status == "submitted")))
            for key in calls:
                jobs.ask_about_share(key)
            for key in backs:
                jobs.ask_about_share_return(key)
            return not calls and not backs

        until(over)
        self.fresh()

    def refund(self, order_id: int, amount: int) -> int:
        """The owner gives `amount` fen of the order back; the key of the refund, which is not sent yet."""
        self.fresh()
        order = get(DiningOrder, order_id)
        actor = owner_actor(order.merchant_id)
        with transaction(actor):
            order = get(DiningOrder, order_id)
            case = refund_lines(order, amounts_of(order, amount), reason="少上了一份", actor=actor, now=clock.now())
            key = db.session.scalars(select(Refund.id).where(Refund.origin == case.number)).one()
        self.fresh()
        return key

    def refunded(self, refund_id: int) -> Refund:
        """The refund, sent, taken back before where it must, and at its customer."""
        def over() -> bool:
            send_refund(refund_id)
            self.fresh()
            asked = select(ShareReturn.id, ShareReturn.sharing_id).where(ShareReturn.refund_id == refund_id, ShareReturn.status == "created")
            for key, sharing_id in db.session.execute(asked).all():
                jobs.send_share_return(key)
                self.settle_down(sharing_id)
            ask_about_refund(refund_id)
            self.fresh()
            return get(Refund, refund_id).status == "succeeded"

        until(over)
        return get(Refund, refund_id)

    def refund_status(self, refund_id: int) -> str:
        """How far the refund is."""
        self.fresh()
        return get(Refund, refund_id).status

    def finish(self, order_id: int) -> Sharing:
        """Ask for the end until the channel has ended it."""
        def over() -> bool:
            jobs.finish_sharing(self.sharing(order_id).id)
            return self.sharing(order_id).status not in {"shared", "finishing"}

        until(over)
        return self.sharing(order_id)

    def net_fees(self, order_id: int) -> int:
        """The order's fees less what refunds took of them, in fen."""
        self.fresh()
        return sum(line.amount - line.returned for line in fee_lines_of(order_id))

    def release(self, days: int = 2) -> None:
        """The hold of everything is over."""
        with transaction(MAKER):
            release_due(clock.now() + timedelta(days=days))
        self.fresh()

    def sharing(self, order_id: int) -> Sharing:
        """The sharing of the order's payment, as stored."""
        self.fresh()
        return db.session.scalars(select(Sharing).where(Sharing.subject_type == "order", Sharing.subject_id == order_id)).one()

    def payment(self, order_id: int) -> Payment:
        """The order's payment, as stored."""
        self.fresh()
        return db.session.scalars(select(Payment).where(Payment.subject_type == "order", Payment.subject_id == order_id)).one()

    def lines(self, order_id: int) -> list[ShareLine]:
        """Every receiver's part, oldest first."""
        key = self.sharing(order_id).id
        return list(db.session.scalars(select(ShareLine).join(ShareCall).where(ShareCall.sharing_id == key).order_by(ShareLine.id)))

    def returns(self, order_id: int) -> list[ShareReturn]:
        """Every return, oldest first."""
        key = self.sharing(order_id).id
        return list(db.session.scalars(select(ShareReturn).where(ShareReturn.sharing_id == key).order_by(ShareReturn.id)))

    def held(self, account: AccountRef) -> int:
        """A balance in fen."""
        self.fresh()
        return balance(account)

    def commission(self, order_id: int) -> int:
        """The order's frozen fees, in fen."""
        self.fresh()
        return get(DiningOrder, order_id).commission

    def fault(self, kind: str, scope: str, count: int = 1, seconds: float | None = None) -> None:
        """The next `count` go wrong."""
        asked: dict[str, Any] = {"kind": kind, "scope": scope, "count": count, "seconds": seconds}
        with requests.Session() as http:
            http.trust_env = False
            assert http.post(f"{self.gateway}/sandbox/faults", json=asked, timeout=5).status_code == 201

    def ratio(self, of_ten_thousand: int) -> None:
        """The sub-merchant has agreed on another ratio with the channel."""
        with requests.Session() as http:
            http.trust_env = False
            assert http.put(f"{self.gateway}/sandbox/sharing/ratios/{SUB}", json={"max_ratio": of_ten_thousand}, timeout=5).ok

    @contextmanager
    def at_the_door(self) -> Iterator[None]:
        """Requests made in here have a context of their own, as they do outside of tests."""
        self.context.pop()
        try:
            yield
        finally:
            self.context.push()

    def fresh(self) -> None:
        """Look again at what others have committed."""
        db.session.rollback()
        db.session.expire_all()
        enter_scope(EVERYTHING)


def use_number(merchant_id: int, *, number: str = SUB, most_ppm: int = 300_000, moment: datetime) -> None:
    """Two people let the merchant be paid by its own number."""
    with transaction(MAKER):
        change = propose_account(
            merchant_id=merchant_id, funds_model="split", sub_merchant=number, most_ppm=most_ppm, reason="渠道开通了子商户号", actor=MAKER, now=moment
        )
        key = change.id
    with transaction(CHECKER):
        move(get(ShareAccount, key), "approve", actor=CHECKER, now=moment)


@pytest.fixture
def house(app: Flask, gateway: str) -> Iterator[House]:
    """The restaurant, open since three days, at noon of the day before yesterday."""
    now = datetime.now(UTC)
    fill_people(app)
    shop_id = open_restaurant(app, BAKERY, now - timedelta(days=5))
    noon = day_start(business_day(now) - timedelta(days=2)) + timedelta(hours=12)
    town = Town(app)
    with app.app_context() as context:
        enter_scope(EVERYTHING)
        merchant_id = get(Shop, shop_id).merchant_id
        use_number(merchant_id, moment=noon - timedelta(days=1))
        with clock.at(noon + timedelta(minutes=30)):
            enter_scope(EVERYTHING)
            yield House(app, town, shop_id, merchant_id, gateway, noon, context)
            db.session.rollback()
