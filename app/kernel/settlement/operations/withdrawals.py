"""A party asks for a part of what it has available; small amounts go on by themselves, larger ones after a look. Amounts in fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text

from app.core.actors import Actor, system
from app.core.errors import NotFound, Refusal
from app.core.identifiers import order_number
from app.core.money import yuan
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.ledger.accounts import available
from app.kernel.ledger.operations import hold_balances, post, with_people
from app.kernel.ledger.postings.withdrawal import (
    withdrawal_asked,
    withdrawal_cancelled,
    withdrawal_failed,
    withdrawal_paid,
    withdrawal_returned,
    withdrawal_submitted,
)
from app.kernel.ledger.queries import balance
from app.kernel.settlement.models import Withdrawal
from app.kernel.settlement.operations.underway import refuse_underway
from app.kernel.settlement.payees import Payee
from app.kernel.settlement.queries import account_in_force, paid_from, promised_to

SYSTEM = system("settlement")
NOT_COUNTED = ("refused", "cancelled", "failed")


class NoAccount(Refusal):
    """There is no approved account to pay to."""

    code = "settlement.no_account"
    status = 409
    sentence = _l("还没有批准的收款账户，先登记银行卡")


class TooLittle(Refusal):
    """Less than the least amount, or nothing left after the fee."""

    code = "settlement.withdrawal_too_little"
    status = 422
    sentence = _l("一次至少提 %(least)s")


class MoreThanAvailable(Refusal):
    """The party has less, without what its statements are to pay."""

    code = "settlement.more_than_available"
    status = 409
    sentence = _l("现在最多能提 %(most)s；账单已经要付的不能再提")


class DailyLimit(Refusal):
    """Too many withdrawals on one day, or too much."""

    code = "settlement.daily_limit"
    status = 409
    sentence = _l("今天最多提 %(count)d 次、共 %(most)s，明天再提")


class AskedYourself(SamePerson):
    """Whoever asked for a withdrawal may not review it."""

    code = "settlement.asked_yourself"
    sentence = _l("自己申请的提现要由另一个人审核")


@dataclass(frozen=True)
class Limits:
    """What a withdrawal may be, in fen: see the settings of settlement."""

    least: int
    most: int
    fee: int
    review_above: int
    left_today: int
    times_left_today: int


def ask_withdrawal(*, owner_kind: str, owner_id: int, amount: int, actor: Actor, now: datetime) -> Withdrawal:
    """The amount is held for the payment; at most the review limit goes on by itself, more waits for finance.

    The balance is locked first, so that two askings at once see each other. Refuses NoAccount, TooLittle, MoreThanAvailable, DailyLimit.
    """
    account, own = account_in_force(owner_kind, owner_id), available(owner_kind, owner_id)
    if account is None:
        raise NoAccount
    fee, least = value_of("settlement.withdrawal_fee"), value_of("settlement.withdrawal_minimum")
    if amount < max(least, fee + 1):
        raise TooLittle(field="amount", least=yuan(max(least, fee + 1)))
    most = max(hold_balances([own])[own] - promised_to(owner_kind, owner_id), 0)
    if amount > most:
        raise MoreThanAvailable(field="amount", most=yuan(most))
    _within_the_day(owner_kind, owner_id, amount, now)
    sequence = db.session.scalar(text("SELECT nextval('settle_withdrawal_number')")) or 0
    asked = save(Withdrawal(
        number=order_number("W", sequence, now), owner_kind=owner_kind, owner_id=owner_id, merchant_id=owner_id if owner_kind == "merchant" else None,
        account_id=account.id, amount=amount, fee=fee, asked_by=maker_name(actor), asked_at=now,
    ))
    post(with_people(withdrawal_asked(**asked.of_owner, amount=amount, at=now), maker=asked.asked_by), now)
    append("settle_withdrawal.asked", asked, actor=actor, now=now, changes={"amount": [None, amount]})
    if amount <= value_of("settlement.withdrawal_review_above"):
        return move(asked, "pass_over", actor=SYSTEM, now=now)
    publish("happened", act="settle_withdrawal.asked", record=asked, reason="", actor=actor, now=now)
    return asked


def pay_out(payee: Payee, *, actor: Actor, now: datetime) -> Withdrawal:
    """Finance pays a person all that it has available, as if it had asked. Refuses NoAccount, TooLittle, DailyLimit."""
    own = available(payee.kind, payee.id)
    return ask_withdrawal(owner_kind=payee.kind, owner_id=payee.id, amount=hold_balances([own])[own], actor=actor, now=now)


def cancel_own(withdrawal_id: int, payee: Payee, *, actor: Actor, now: datetime) -> Withdrawal:
    """The party takes back what it asked for. Raises NotFound for another party's; refuses WrongState, PayoutUnderway."""
    with elevated():
        asked = lock(Withdrawal, withdrawal_id)
        if (asked.owner_kind, asked.owner_id) != (payee.kind, payee.id):
            raise NotFound
        return move(asked, "cancel", actor=actor, now=now)


def limits_of(payee: Payee, now: datetime) -> Limits:
    """What the party could ask for at this moment."""
    fee, least = value_of("settlement.withdrawal_fee"), value_of("settlement.withdrawal_minimum")
    count, total = _asked_today(payee.kind, payee.id, now)
    return Limits(
        least=max(least, fee + 1), most=max(int(balance(available(payee.kind, payee.id))) - promised_to(payee.kind, payee.id), 0), fee=fee,
        review_above=value_of("settlement.withdrawal_review_above"), left_today=max(value_of("settlement.withdrawal_daily_most") - total, 0),
        times_left_today=max(value_of("settlement.withdrawal_daily_count") - count, 0),
    )


def _within_the_day(owner_kind: str, owner_id: int, amount: int, now: datetime) -> None:
    count, total = _asked_today(owner_kind, owner_id, now)
    times, most = value_of("settlement.withdrawal_daily_count"), value_of("settlement.withdrawal_daily_most")
    if count >= times or total + amount > most:
        raise DailyLimit(field="amount", count=times, most=yuan(most))


def _asked_today(owner_kind: str, owner_id: int, now: datetime) -> tuple[int, int]:
    """How often the party asked today, and for how many fen, without what came to nothing."""
    today = select(func.count(), func.coalesce(func.sum(Withdrawal.amount), 0)).where(
        Withdrawal.owner_kind == owner_kind, Withdrawal.owner_id == owner_id, Withdrawal.status.not_in(NOT_COUNTED),
        Withdrawal.asked_at >= day_start(business_day(now)),
    )
    count, total = db.session.execute(today).one()
    return count, int(total)


def note_approval(asked: Withdrawal, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: who looked at it."""
    if is_maker(asked.asked_by, actor):
        raise AskedYourself
    asked.reviewed_by = maker_name(actor)


def give_back(asked: Withdrawal, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of `refuse`: the hold is lifted."""
    asked.reviewed_by = maker_name(actor)
    post(withdrawal_cancelled(**asked.of_owner, amount=asked.amount, at=now), now)


def take_back(asked: Withdrawal, *, now: datetime, **_: Any) -> None:
    """Effect of `cancel`: the hold is lifted. Refuses PayoutUnderway once it stands in a batch."""
    refuse_underway(asked)
    post(withdrawal_cancelled(**asked.of_owner, amount=asked.amount, at=now), now)


def send(asked: Withdrawal, *, now: datetime, **_: Any) -> None:
    """Effect of `submit`: the amount is in transit."""
    post(with_people(withdrawal_submitted(**asked.of_owner, amount=asked.amount, at=now), maker=asked.asked_by, checker=asked.reviewed_by), now)


def note_paid(asked: Withdrawal, *, now: datetime, **_: Any) -> None:
    """Effect of `mark_paid`: it arrived; the fee is earned."""
    asked.paid_at = now
    post(withdrawal_paid(**asked.of_owner, amount=asked.amount, fee=asked.fee, paid_from=paid_from(asked.number), at=now), now)


def note_failed(asked: Withdrawal, *, now: datetime, **_: Any) -> None:
    """Effect of `mark_failed`: the party has it available again."""
    post(withdrawal_failed(**asked.of_owner, amount=asked.amount, at=now), now)


def note_returned(asked: Withdrawal, *, now: datetime, **_: Any) -> None:
    """Effect of `mark_returned`: it came back, with the fee."""
    asked.paid_at = None
    post(withdrawal_returned(**asked.of_owner, amount=asked.amount, fee=asked.fee, paid_from=paid_from(asked.number), at=now), now)
