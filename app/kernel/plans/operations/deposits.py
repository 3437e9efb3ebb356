"""Deposits: owed on joining, topped up, fined by two people, appealed, given back when nothing is open. Amounts in fen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.actors import Actor, system
from app.core.errors import NotFound, Refusal
from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.commission.queries import FixedPrice, NoRule, price_of
from app.kernel.files.operations import store_document
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.ledger.accounts import merchant_deposit
from app.kernel.ledger.operations import hold_balances, post
from app.kernel.ledger.postings.deposit import deposit_fined, deposit_returned, fine_lifted
from app.kernel.parties.models import Merchant
from app.kernel.plans.models import Charge, Deposit, Fine
from app.kernel.plans.operations.charging import charge, charge_of, close_charge
from app.kernel.plans.owners import Owner
from app.kernel.plans.queries import deposit_of, shortage_of
from app.kernel.plans.standing import standing_of

SYSTEM = system("plans")


class CasesOpen(Refusal):
    """Orders, refunds, or disputes of the merchant are not finished."""

    code = "plans.cases_open"
    status = 409
    sentence = _l("还有 %(count)s 件没结束的订单、退款、异议或扣罚，结束后才能退保证金")


class NothingShort(Refusal):
    """The deposit holds what it must, or is being paid already."""

    code = "plans.nothing_short"
    status = 409
    sentence = _l("保证金没有缺口，或者补缴的费用已经在等支付")


class TooLateToAppeal(Refusal):
    """The days in which a fine can be appealed are over."""

    code = "plans.appeal_late"
    status = 409
    sentence = _l("扣罚后 %(days)s 天内可以申诉，已经过了")


class NothingFined(Refusal):
    """A fine says how much."""

    code = "plans.nothing_fined"
    status = 422
    sentence = _l("写明扣多少")


class OwnFine(SamePerson):
    """Whoever proposed a fine may not impose it, and neither of the two may decide its appeal."""

    code = "plans.own_fine"
    sentence = _l("提出、批准、处理申诉要由不同的人")


def on_merchant_admitted(*, merchant: Merchant, trade: str, actor: Actor, now: datetime, **_: Any) -> None:
    """Handler of `merchant_admitted`: the merchant owes the trade's entry fee and deposit, as the price list says; what it does not name, nobody owes."""
    with elevated():
        owner = Owner("merchant", merchant.id)
        fee = _price(trade, "entry_fee", merchant.id, now)
        if fee is not None and fee.period == "once" and not _entered(merchant.id, trade):
            charge(
                owner=owner, purpose="entry", subject_id=merchant.id, trade=trade, kind="entry_fee", title=fee.title, amount=fee.fen, price=fee, actor=actor,
                now=now,
            )
        put_down = _price(trade, "deposit", merchant.id, now)
        if put_down is not None:
            _demand(merchant.id, put_down.fen, trade=trade, actor=actor, now=now)


def _entered(merchant_id: int, trade: str) -> bool:
    """True when the merchant owes or has paid the trade's entry fee: it is owed once."""
    own = (Charge.purpose == "entry", Charge.subject_id == merchant_id, Charge.trade == trade, Charge.status != "closed")
    return db.session.scalar(select(Charge.id).where(*own).limit(1)) is not None


def _price(trade: str, kind: str, merchant_id: int, now: datetime) -> FixedPrice | None:
    try:
        price = price_of(trade, kind, merchant_id, now)
    except NoRule:
        return None
    return price if price.fen > 0 else None


def _demand(merchant_id: int, fen: int, *, trade: str, actor: Actor, now: datetime) -> None:
    """The merchant must have `fen` more put down than before."""
    found = deposit_of(merchant_id)
    if found is None:
        found = save(Deposit(merchant_id=merchant_id, required=fen))
        append("plan_deposit.demanded", found, actor=actor, now=now, changes={"required": [None, fen]})
    else:
        found = lock(Deposit, found.id)
        before, found.required = found.required, fen if found.status == "returned" else found.required + fen
        append("plan_deposit.demanded", found, actor=actor, now=now, changes={"required": [before, found.required]})
        if found.status != "due":
            move(found, "demand", actor=SYSTEM, now=now)
    _charge_shortage(found, trade=trade, actor=actor, now=now)


def top_up(deposit_id: int, *, actor: Actor, now: datetime) -> Charge:
    """What the deposit lacks is owed. Refuses NothingShort."""
    found = lock(Deposit, deposit_id)
    made = _charge_shortage(found, trade="", actor=actor, now=now) if found.status in ("due", "held") else None
    if made is None:
        raise NothingShort
    return made


def _charge_shortage(found: Deposit, *, trade: str, actor: Actor, now: datetime) -> Charge | None:
    owed = charge_of("deposit", found.id)
    open_fen = owed.amount if owed is not None and owed.status == "waiting" else 0
    missing = shortage_of(found) - open_fen
    if missing <= 0:
        return None
    if open_fen:
        close_charge("deposit", found.id, now=now)
        missing += open_fen
    return charge(
        owner=Owner("merchant", found.merchant_id), purpose="deposit", subject_id=found.id, trade=trade, kind="deposit", title=str(_l("保证金")),
        amount=missing, actor=actor, now=now,
    )


# ---- giving it back ----------------------------------------------------------------------------------------------------

def refuse_open_cases(found: Deposit, now: datetime) -> None:
    """Guard of `leave` and `give_back`: refuses CasesOpen while something of the merchant is not finished."""
    with elevated():
        count = standing_of(found.merchant_id).open + len(open_fines(found.merchant_id))
    if count:
        raise CasesOpen(count=count)


def open_fines(merchant_id: int) -> list[Fine]:
    """Fines that are not decided."""
    return list(db.session.scalars(select(Fine).where(Fine.merchant_id == merchant_id, Fine.status.in_(("proposed", "appealed")))))


def note_leaving(found: Deposit, *, now: datetime, **_: Any) -> None:
    """Effect of `leave`: since when."""
    found.asked_at = now


def returns_at(found: Deposit) -> datetime | None:
    """When the deposit goes back: so many days after the last case ended, or after it was asked for when that was later; None while a case is open."""
    with elevated():
        standing = standing_of(found.merchant_id)
        if standing.open or open_fines(found.merchant_id) or found.asked_at is None:
            return None
    return max(found.asked_at, standing.last or found.asked_at) + timedelta(days=value_of("plans.deposit_days"))


def give_back(found: Deposit, *, now: datetime, **_: Any) -> None:
    """Effect of `give_back`: what the deposit holds is the merchant's to withdraw."""
    own = merchant_deposit(found.merchant_id)
    held = hold_balances([own])[own]
    if held:
        post(deposit_returned(key=f"{found.id}-{found.version}", merchant_id=found.merchant_id, amount=held, at=now), now)
    found.returned, found.returned_at = held, now


def return_due(now: datetime) -> int:
    """Deposits whose time has come go back; how many."""
    done = 0
    for found in list(db.session.scalars(select(Deposit).where(Deposit.status == "leaving").order_by(Deposit.id))):
        due = returns_at(found)
        if due is not None and due <= now:
            move(found, "give_back", actor=SYSTEM, now=now)
            done += 1
    return done


# ---- fines -------------------------------------------------------------------------------------------------------------

def propose_fine(
    *, merchant_id: int, amount: int, reason: str, actor: Actor, now: datetime, evidence: tuple[BinaryIO, str] | None = None,
) -> Fine:
    """A fine that waits for a second person. Refuses NothingFined, NotFound for a merchant without a deposit, and what the file's door refuses."""
    if amount <= 0:
        raise NothingFined(field="amount")
    found = deposit_of(merchant_id)
    if found is None:
        raise NotFound(field="merchant_id")
    stored = store_document(*evidence, actor=actor, now=now, merchant_id=merchant_id, field="evidence") if evidence else None
    sequence = db.session.execute(text("SELECT nextval('plan_number')")).scalar_one()
    fine = save(Fine(
        number=order_number("K", sequence, now), deposit_id=found.id, merchant_id=merchant_id, amount=amount, reason=reason,
        evidence_id=stored.id if stored else None, made_by=maker_name(actor),
    ))
    append("plan_fine.proposed", fine, actor=actor, now=now, reason=reason[:200], changes={"amount": [None, amount]})
    return fine


def impose(fine: Fine, *, actor: Actor, now: datetime) -> None:
    """Effect of `impose`: the deposit holds less. Refuses OwnFine, and NotEnough when it holds less than the fine."""
    if is_maker(fine.made_by, actor):
        raise OwnFine
    fine.approved_by, fine.imposed_at = maker_name(actor), now
    post(
        deposit_fined(
            fine=fine.number, merchant_id=fine.merchant_id, amount=fine.amount, maker=fine.made_by, checker=fine.approved_by, memo=fine.reason[:200], at=now,
        ), now,
    )


def refuse_late_appeal(fine: Fine, now: datetime) -> None:
    """Guard of `appeal`: refuses TooLateToAppeal after the days of the setting."""
    days = value_of("plans.appeal_days")
    if fine.imposed_at is None or fine.imposed_at + timedelta(days=days) < now:
        raise TooLateToAppeal(days=days)


def note_appeal(fine: Fine, *, reason: str, **_: Any) -> None:
    """Effect of `appeal`: the merchant's words."""
    fine.appeal = reason


def answer_appeal(fine: Fine, *, actor: Actor, reason: str, **_: Any) -> None:
    """Effect of `uphold`, and part of `lift`: who decided, and why. Refuses OwnFine for those who made the fine."""
    if is_maker(fine.made_by, actor) or is_maker(fine.approved_by, actor):
        raise OwnFine
    fine.decided_by, fine.answer = maker_name(actor), reason


def lift(fine: Fine, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `lift`: the deposit holds the amount again, also when it was given back meanwhile."""
    answer_appeal(fine, actor=actor, reason=reason)
    post(fine_lifted(fine=fine.number, merchant_id=fine.merchant_id, amount=fine.amount, maker=fine.decided_by or "", memo=reason, at=now), now)
