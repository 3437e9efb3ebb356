"""A town with one restaurant, one customer, and a real gateway: what a payment needs, and somebody above who books it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor, system
from app.core.clock import now as clock_now
from app.extensions import db
from app.framework import events
from app.framework.database import enter_scope, transaction
from app.framework.queue import run_waiting
from app.kernel.ledger.accounts import escrow
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.payment import order_paid
from app.kernel.ledger.postings.refund import refund_before_completion
from app.kernel.ledger.queries import balance
from app.kernel.ledger.values import AccountRef, Share
from app.kernel.parties.operations.customers import customer_of_openid
from app.kernel.parties.operations.merchants import open_merchant
from app.kernel.payments.channels.factory import NOTIFY_PATH
from app.kernel.payments.models import ChannelNotice, Payment, Refund
from app.kernel.payments.operations.paying import open_payment, prepare_payment
from app.kernel.payments.operations.refunding import create_refund, refund_unwanted
from tests.gateway.sandbox import Post, Sandbox, sandbox

TESTER = system("test")


@dataclass
class Town:
    """The application, the gateway, the parties, and short words for what tests do."""

    app: Flask
    box: Sandbox
    merchant_id: int
    customer_id: int
    context: Any
    refunds_done: list[int] = field(default_factory=list)

    def opened(self, subject_id: int = 1, amount: int = 8700, expires_in: timedelta = timedelta(minutes=15)) -> str:
        """An open payment for a subject; its number."""
        moment = clock_now()
        with transaction(TESTER):
            return open_payment(
                "test", subject_id, amount, "番茄炒蛋", "test", self.merchant_id, self.customer_id, moment + expires_in, actor=TESTER, now=moment
            ).number

    def prepared(self, subject_id: int = 1, amount: int = 8700) -> str:
        """A payment that waits for its payer at the channel; its number."""
        number = self.opened(subject_id, amount)
        with transaction(TESTER):
            prepare_payment(self.payment(number).id, "oPayer", now=clock_now())
        return number

    def paid(self, subject_id: int = 1, amount: int = 8700) -> str:
        """A payment whose callback was taken; its number."""
        number, before = self.prepared(subject_id, amount), len(self.box.merchant.posts)
        assert self.box.pay(number).status_code == 200
        assert self.take(self.box.merchant.wait_for(before + 1)[before]) == 200
        return number

    def take(self, posted: Post) -> int:
        """Hand a callback to our door; the status it answers."""
        with self.at_the_door():
            return self.app.test_client().post(NOTIFY_PATH, data=posted.body, headers=posted.headers).status_code

    @contextmanager
    def at_the_door(self) -> Iterator[None]:
        """Requests made in here have a context of their own, as they do outside of tests."""
        inside = has_app_context()
        if inside:
            self.context.pop()
        try:
            yield
        finally:
            if inside:
                self.context.push()

    def refunded(self, number: str, amount: int, **more: Any) -> str:
        """A refund that was promised in the ledger and created; its number."""
        with transaction(TESTER):
            return self.promise(number, amount, **more).number

    def promise(self, number: str, amount: int, now: datetime | None = None) -> Refund:
        """The same within the caller's transaction."""
        moment, payment = now or clock_now(), self.payment(number)
        refund = create_refund(payment, amount=amount, reason="不想要了", actor=TESTER, now=moment)
        post(
            refund_before_completion(
                payment.reference, refund=refund.number, to_customers={self.customer_id: amount}, subsidies={}, refunded_at=moment
            ), moment,
        )
        return refund

    def run(self, within: timedelta = timedelta(), only: str | None = None) -> int:
        """Run the jobs that are due, or due soon; how many ran."""
        return run_waiting(self.app, until=clock_now() + within, only=only)

    def payment(self, number: str) -> Payment:
        """The payment as stored."""
        enter_scope(EVERYTHING)
        return db.session.scalars(select(Payment).where(Payment.number == number).execution_options(populate_existing=True)).one()

    def refund(self, number: str) -> Refund:
        """The refund as stored."""
        enter_scope(EVERYTHING)
        return db.session.scalars(select(Refund).where(Refund.number == number).execution_options(populate_existing=True)).one()

    def notices(self) -> list[ChannelNotice]:
        """Everything that the channel told us."""
        enter_scope(EVERYTHING)
        return list(db.session.scalars(select(ChannelNotice).order_by(ChannelNotice.id).execution_options(populate_existing=True)))

    def held(self, account: AccountRef) -> int:
        """A balance in fen."""
        enter_scope(EVERYTHING)
        return balance(account)

    def fresh(self) -> None:
        """Look again at what others have committed."""
        db.session.rollback()
        enter_scope(EVERYTHING)


@pytest.fixture
def town(app: Flask, tmp_path: Path) -> Iterator[Town]:
    """A gateway of this test's own, at a thousand times the speed; a handler that books as orders do."""
    with sandbox(tmp_path / "gateway") as box, app.app_context() as context:
        usual = {name: app.config[name] for name in ("GATEWAY_FOLDER", "WECHAT_PAY_URL", "PUBLIC_URL")}
        app.config.update(
            GATEWAY_FOLDER=tmp_path / "gateway", WECHAT_PAY_URL=box.gateway.address, PUBLIC_URL=box.merchant.notify_url.rpartition("/callbacks")[0]
        )
        _forget_channel(app)
        moment = clock_now()
        with transaction(TESTER):
            merchant = open_merchant("老灶小馆", contact_name="王", contact_phone="13800000001", actor=TESTER, now=moment)
            found = Town(app, box, merchant.id, customer_of_openid("oPayer", now=moment).id, context)

        def take(*, payment: Payment, actor: Actor, now: datetime) -> None:
            if payment.subject_type == "test":
                _book(payment, actor, now)

        def note(*, refund: Refund, **_: Any) -> None:
            found.refunds_done.append(refund.id)

        events.subscribe("payment_succeeded", take)
        events.subscribe("refund_succeeded", note)
        enter_scope(EVERYTHING)
        try:
            yield found
        finally:
            events._handlers["payment_succeeded"].remove(take)
            events._handlers["refund_succeeded"].remove(note)
            app.config.update(usual)
            _forget_channel(app)
            db.session.rollback()


def _book(payment: Payment, actor: Actor, now: datetime) -> None:
    """The first payment of a subject goes into escrow; every other goes back."""
    others = select(Payment.id).where(
        Payment.subject_type == "test", Payment.subject_id == payment.subject_id, Payment.status == "paid", Payment.id != payment.id
    )
    if db.session.scalars(others).first() is not None:
        refund_unwanted(payment, reason="paid twice", actor=actor, now=now)
        return
    paid = [Share(payment.clearing_account, payment.amount)]
    post(order_paid(payment.reference, payment=payment.number, paid=paid, subsidies={}, paid_at=payment.paid_at or now), now)


def _forget_channel(app: Flask) -> None:
    for name in ("pay_account", "pay_channel", "wechat_account"):
        app.extensions.pop(name, None)


@pytest.fixture
def held_in_escrow() -> AccountRef:
    """Where the tests' payments are held."""
    return escrow("test")
