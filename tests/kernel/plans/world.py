"""Merchants with money, plans on sale, and payments as the channel reports them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor, system
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.kernel.commission.models import FeeRule, FeeRuleVersion
from app.kernel.ledger.accounts import bank, merchant_available
from app.kernel.ledger.operations import post
from app.kernel.ledger.queries import balance
from app.kernel.ledger.values import AccountRef, Posting, credit, debit
from app.kernel.payments.channels.factory import account
from app.kernel.payments.channels.interface import ChannelPayment
from app.kernel.payments.operations.paying import confirm_payment
from app.kernel.plans.models import Charge, Plan
from app.kernel.plans.operations.catalogue import propose_plan
from app.kernel.plans.operations.charging import open_charge_payment

MAKER = Actor("staff", 101, "许志强", frozenset({"Finance"}), EVERYTHING)
CHECKER = Actor("staff", 102, "何敏", frozenset({"Finance"}), EVERYTHING)
THIRD = Actor("staff", 103, "周岚", frozenset({"Operator"}), EVERYTHING)
SYSTEM = system("tests")


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def today() -> Any:
    """The business day on which the tests run."""
    return business_day(now())


def later(days: int) -> datetime:
    """A moment `days` days from here."""
    return now() + timedelta(days=days)


def give(app: Flask, merchant_id: int, fen: int, key: str = "gift") -> None:
    """The merchant has `fen` more available."""
    with app.app_context(), transaction(SYSTEM):
        entries = debit(bank(), fen), credit(merchant_available(merchant_id), fen)
        post(Posting("tests_gift", f"{key}-{merchant_id}", now(), entries, merchant_id=merchant_id), now())


def plan(app: Flask, *, trade: str = "shop", kind: str = "marketing_tools", grants: dict[str, int] | None = None, title: str = "营销工具") -> int:
    """A plan on sale: by default the shop's merchants' tools at ¥199.00 a month."""
    with app.app_context(), transaction(MAKER):
        made = propose_plan(
            trade=trade, kind=kind, title=title, description="", grants=grants or {}, reason="开业", actor=MAKER, now=now(),
        )
        key = made.id
    with app.app_context(), transaction(CHECKER) as session:
        move(session.get_one(Plan, key), "approve", actor=CHECKER, now=now())
    return key


def paid_by_channel(app: Flask, charge_id: int, *, amount: int | None = None) -> None:
    """The channel confirms that the charge was paid."""
    with app.app_context(), transaction(SYSTEM) as session:
        owed = session.get_one(Charge, charge_id)
        payment = open_charge_payment(owed, actor=SYSTEM, now=now())
        told = ChannelPayment(
            payment.number, "SUCCESS", account().appid, account().merchant_id, amount or payment.amount, f"43000{payment.id:023d}", "openid", now(),
        )
        confirm_payment(told, actor=system("channel"), now=now())


def fen(app: Flask, ref: AccountRef) -> int:
    """The balance of an account."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return int(balance(ref))


def rows(app: Flask, model: Any, *names: str) -> list[Any]:
    """These columns of every record, oldest first; single values for one column."""
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.scalars(select(model).order_by(model.id)).unique().all()
        return [getattr(each, names[0]) if len(names) == 1 else tuple(getattr(each, name) for name in names) for each in found]


def reprice(app: Flask, trade: str, kind: str, price: int) -> None:
    """The price list names another price from here on, whatever the rules about it."""
    with app.app_context(), transaction(SYSTEM) as session:
        for version in session.scalars(select(FeeRuleVersion).join(FeeRule).where(FeeRule.trade == trade, FeeRule.kind == kind)):
            version.fen = price
