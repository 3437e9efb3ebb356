"""Four weeks are settled: statements that merchants confirm or dispute, withdrawals, payments of which one fails and one comes back, invoices."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.ledger.jobs import check_proofs
from app.kernel.ledger.proofs import run_proofs
from app.kernel.settings.operations import change_setting
from app.kernel.settlement.fees import month_before
from app.kernel.settlement.jobs import close_cycles, release_holds, send_batch
from app.kernel.settlement.models import Payout, Statement, StatementLine
from app.kernel.settlement.models.payouts import UNSETTLED
from app.kernel.settlement.operations.batches import make_batch
from app.kernel.settlement.operations.disputes import open_dispute
from app.kernel.settlement.operations.invoices import ask_invoice
from app.kernel.settlement.operations.policies import propose_policy
from app.kernel.settlement.operations.withdrawals import ask_withdrawal
from app.verticals.dining.demo.restaurant import owner_actor, staff_actor
from app.verticals.dining.models import Shop

DEMO = system("demo")
CONFIRM_DAYS = 3
REVIEW_ABOVE = 80_00  # fen; the town is small
TAX_NUMBERS = ("91510100MA6CQ1PX07", "91510100MA6CQ1PX1A")
SMALL, LARGE = 60_00, 90_00  # below and above it
FAILED, RETURNED = "收款户名和开户行登记的不一致", "收款账户已销户，银行退回"


def set_terms(app: Flask, opened: datetime) -> None:
    """Merchants are asked before a statement is approved, and larger withdrawals are looked at; a reserve waits for a second person."""
    with app.app_context(), transaction(DEMO), clock.at(opened):
        maker, checker = staff_actor("finance"), staff_actor("finance2")
        terms = {"trade": "dining", "merchant_id": None, "cycle": "daily", "hold_days": 1, "minimum": 0, "actor": maker, "now": opened}
        policy = propose_policy(
            **terms, reserve_ppm=0, reserve_days=0, confirm_days=CONFIRM_DAYS, starts_on=business_day(opened), reason="开城：账单先请商户确认",
        )
        move(policy, "approve", actor=checker, now=opened + timedelta(hours=1))
        limit = change_setting("settlement.withdrawal_review_above", REVIEW_ABOVE, reason="开城第一个月，大一点的提现先看一看", actor=maker, now=opened)
        move(limit, "approve", actor=checker, now=opened + timedelta(hours=1))


def settle_weeks(app: Flask, shops: tuple[int, int], now: datetime) -> None:
    """Each week's cycle closed. The first two are paid; of the third's payments one fails and one comes back; the newest wait for their merchants."""
    today = business_day(now)
    with app.app_context(), transaction(DEMO):
        run_proofs(now)
        first, second = (db.session.get_one(Shop, key).merchant_id for key in shops)
    for weeks in (3, 2, 1, 0):
        day = today - timedelta(days=7 * weeks + 1)
        night = day_start(day) + timedelta(days=1, hours=2, minutes=30)
        with app.app_context(), clock.at(night):
            close_cycles("dining", day.isoformat())
            check_proofs()
        _ask_merchants(app, day, now=night + timedelta(hours=6), most=2 if weeks == 0 else None)
        if weeks == 2:
            _dispute(app, first, night + timedelta(hours=8), claimed=12_00, granted=6_00)
        elif weeks == 0:
            _dispute(app, second, min(night + timedelta(hours=8), now), claimed=18_00)
        if weeks:
            _approve(app, night + timedelta(days=1, hours=8))
            _pay(app, night + timedelta(days=1, hours=9), mishaps=weeks == 1)
            _withdraw(app, (first, second)[weeks % 2], night + timedelta(days=4), SMALL)
            _withdraw(app, (second, first)[weeks % 2], night + timedelta(days=4, hours=1), LARGE, approved=weeks > 1)
    with app.app_context(), transaction(DEMO):
        propose_policy(
            trade="dining", merchant_id=second, cycle="weekly", hold_days=3, reserve_ppm=50_000, reserve_days=14, minimum=100_00,
            confirm_days=CONFIRM_DAYS, starts_on=today + timedelta(days=3), reason="两次付款没有成功，先留一点", actor=staff_actor("finance"), now=now,
        )


def _ask_merchants(app: Flask, day: date, *, now: datetime, most: int | None) -> None:
    """The day's statements that owe something go to their merchants, at most `most` of them: the others stay drafts."""
    with app.app_context(), transaction(DEMO), clock.at(now):
        drafts = select(Statement).where(Statement.day == day, Statement.status == "draft", Statement.payable > 0).order_by(Statement.id).limit(most)
        for statement in list(db.session.scalars(drafts)):
            move(statement, "ask_merchant", actor=staff_actor("finance"), now=now)


def _dispute(app: Flask, merchant_id: int, moment: datetime, *, claimed: int, granted: int = 0) -> None:
    """The merchant misses a part of an order; with `granted` two people of finance give it some of that."""
    with app.app_context(), transaction(DEMO), clock.at(moment):
        statement = db.session.scalars(select(Statement).where(Statement.merchant_id == merchant_id, Statement.status == "confirming")).first()
        if statement is None:
            return
        order = db.session.scalars(
            select(StatementLine.order_number).where(StatementLine.statement_id == statement.id, StatementLine.kind == "order").order_by(StatementLine.id)
        ).first()
        dispute = open_dispute(
            statement.id, order_number=order or "", claimed=claimed, reason="这一单加了两份肉，少算了", actor=owner_actor(merchant_id), now=moment,
        )
        if granted:
            later = moment + timedelta(hours=3)
            dispute = move(dispute, "propose", actor=staff_actor("finance"), now=later, granted=granted, answer="核对小票，少了一份")
            move(dispute, "uphold", actor=staff_actor("finance2"), now=later + timedelta(hours=1))


def _approve(app: Flask, moment: datetime) -> None:
    """Merchants say yes to what waits for them, and a second person of finance approves it."""
    with app.app_context(), transaction(DEMO), clock.at(moment):
        for statement in list(db.session.scalars(select(Statement).where(Statement.status == "confirming").order_by(Statement.id))):
            move(statement, "confirm", actor=owner_actor(statement.merchant_id), now=moment)
        for statement in list(db.session.scalars(select(Statement).where(Statement.status == "frozen").order_by(Statement.id))):
            move(statement, "approve", actor=staff_actor("finance2"), now=moment)


def _withdraw(app: Flask, merchant_id: int, moment: datetime, amount: int, *, approved: bool = False) -> None:
    """The merchant asks for a part of what came free since its statement; finance looks at the larger ones when `approved`."""
    with app.app_context(), clock.at(moment):
        release_holds()
        with transaction(DEMO):
            asked = ask_withdrawal(owner_kind="merchant", owner_id=merchant_id, amount=amount, actor=owner_actor(merchant_id), now=moment)
            if approved and asked.status == "asked":
                move(asked, "approve", actor=staff_actor("finance"), now=moment + timedelta(hours=2))


def _pay(app: Flask, moment: datetime, *, mishaps: bool) -> None:
    """What is due in one batch, and what the bank answered; with `mishaps` the first payment comes back the day after and the last one fails."""
    with app.app_context(), clock.at(moment):
        with transaction(DEMO):
            maker, checker = staff_actor("finance"), staff_actor("finance2")
            batch_id = move(make_batch(actor=maker, now=moment), "approve", actor=checker, now=moment).id
        send_batch(batch_id)
        with transaction(DEMO):
            sent = list(db.session.scalars(select(Payout).where(Payout.batch_id == batch_id, Payout.status.in_(UNSETTLED)).order_by(Payout.id)))
            for payout in sent:
                if mishaps and payout is sent[-1]:
                    move(payout, "mark_failed", actor=maker, now=moment, reason=FAILED)
                else:
                    move(payout, "mark_paid", actor=maker, now=moment, reference=f"QXNS{payout.id:08d}")
            if mishaps:
                move(sent[0], "mark_returned", actor=maker, now=moment + timedelta(hours=20), reason=RETURNED)


def ask_invoices(app: Flask, shops: tuple[int, int], now: datetime) -> None:
    """Both ask for an invoice over the fees of the month before; one is issued, the other waits."""
    with app.app_context(), transaction(DEMO):
        month = month_before(business_day(now).replace(day=1))
        for number, key in enumerate(shops):
            shop = db.session.get_one(Shop, key)
            invoice = ask_invoice(
                merchant_id=shop.merchant_id, month=month, kind=("special", "normal")[number], title=f"青溪镇{shop.name}",
                tax_number=TAX_NUMBERS[number], email="bill@example.com", actor=owner_actor(shop.merchant_id), now=now,
            )
            if number == 0:
                move(invoice, "issue", actor=staff_actor("finance"), now=now, invoice_number="26512000000012345678", issued_on=business_day(now).isoformat())
