"""The bakery takes its payments by its own number at the channel: most are shared, one is stuck while its freeze ends, one waits for a return."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.aftersales.operations import amounts_of, refund_lines
from app.kernel.payments.jobs import send_refund
from app.kernel.payments.models import Refund
from app.kernel.sharing import jobs
from app.kernel.sharing.models import ShareCall, ShareReturn, Sharing
from app.kernel.sharing.operations.accounts import propose_account
from app.kernel.sharing.rules import USUAL_PPM
from app.verticals.dining.demo.play import Town
from app.verticals.dining.demo.restaurant import owner_actor, staff_actor
from app.verticals.dining.models import DiningOrder, Shop

DEMO = system("demo")
NUMBER = "1900000109"
PATIENCE_SECONDS, PAUSE_SECONDS = 30, 0.2
SERVED = timedelta(minutes=20)


def use_own_number(app: Flask, shop_id: int, now: datetime) -> None:
    """Two people of finance let the shop's merchant be paid by its own number."""
    with app.app_context(), transaction(DEMO) as session, clock.at(now):
        change = propose_account(
            merchant_id=session.get_one(Shop, shop_id).merchant_id, funds_model="split", sub_merchant=NUMBER, most_ppm=USUAL_PPM,
            reason="渠道开通了特约商户号", actor=staff_actor("finance"), now=now,
        )
        move(change, "approve", actor=staff_actor("finance2"), now=now)


def share_weeks(town: Town, now: datetime) -> None:
    """Every completed order of four weeks is shared when it was handed over; the oldest meets a receiver whose account is closed."""
    with town.app.app_context():
        with transaction(DEMO):
            waiting = list(db.session.execute(select(Sharing.id, Sharing.paid_at).where(Sharing.status == "sharing").order_by(Sharing.paid_at)).tuples())
        for place, (key, paid_at) in enumerate(waiting):
            if place == 0:
                _fault(town, "close", "shares")
            _at(town, paid_at + SERVED, lambda key=key: jobs.share_payment(key))
        _settle(town)
        for key, paid_at in waiting:
            _at(town, paid_at + SERVED, lambda key=key: jobs.share_payment(key))
        with transaction(DEMO):
            shared = list(db.session.execute(
                select(Sharing.subject_id, Sharing.paid_at).where(Sharing.status == "shared").order_by(Sharing.paid_at.desc()).limit(2)
            ).tuples())
        for (order_id, paid_at), fault in zip(shared, ("refuse", ""), strict=False):
            _refund(town, order_id, paid_at + 2 * SERVED, fault)
    town.set_gateway_clock(None)


def _refund(town: Town, order_id: int, moment: datetime, fault: str) -> None:
    """A part goes back to the customer, after its commission came back; with `fault` that fails and the refund waits."""
    with transaction(DEMO) as session, clock.at(moment):
        order = session.get_one(DiningOrder, order_id)
        amounts = amounts_of(order, order.remaining // 2)
        case = refund_lines(order, amounts, reason="蛋糕上的字写错了", actor=owner_actor(order.merchant_id), now=moment)
        refund = session.scalars(select(Refund.id).where(Refund.origin == case.number)).one()
    _at(town, moment, lambda: send_refund(refund))
    if fault:
        _fault(town, fault, "returns")
    with transaction(DEMO):
        returns = list(db.session.scalars(select(ShareReturn.id).where(ShareReturn.refund_id == refund)))
    for key in returns:
        _at(town, moment + timedelta(seconds=5), lambda key=key: jobs.send_share_return(key))
    _settle(town)
    _at(town, moment + timedelta(minutes=1), lambda: send_refund(refund))


def _settle(town: Town) -> None:
    """Ask about everything under way until the channel has ended it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with transaction(DEMO):
            calls = list(db.session.execute(select(ShareCall.id, ShareCall.asked_at).where(ShareCall.status == "submitted")).tuples())
            returns = list(db.session.execute(select(ShareReturn.id, ShareReturn.asked_at).where(ShareReturn.status == "submitted")).tuples())
        if not calls and not returns:
            return
        for asked, ask in ((calls, jobs.ask_about_share), (returns, jobs.ask_about_share_return)):
            for key, asked_at in asked:
                with clock.at(asked_at + timedelta(seconds=10)):
                    ask(key)
        time.sleep(PAUSE_SECONDS)


def _at(town: Town, moment: datetime, work: Callable[[], None]) -> None:
    town.set_gateway_clock(moment)
    with clock.at(moment):
        work()


def _fault(town: Town, kind: str, scope: str) -> None:
    address = f"{town.app.config['WECHAT_PAY_URL']}/sandbox/faults"
    town.gateway.post(address, json={"kind": kind, "scope": scope, "count": 1}, timeout=10).raise_for_status()
