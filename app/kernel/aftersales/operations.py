"""Ask for a refund, answer, pay back. The ledger promise and the channel refund are made in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.core.money import split_remaining
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.framework.live import announce
from app.framework.settings import value_of
from app.kernel.aftersales.models import RefundCase, second_person_is_due
from app.kernel.aftersales.rules import Back, Remaining, back_of, needs_second_person
from app.kernel.audit.operations import append
from app.kernel.governance.operations import PEOPLE, SamePerson, is_maker, maker_name
from app.kernel.ledger.accounts import available, merchant_available, merchant_pending, pending, revenue
from app.kernel.ledger.operations import hold_balances, post, take_from_merchant
from app.kernel.ledger.postings.cash import cash_refund_after_completion
from app.kernel.ledger.postings.refund import refund_after_completion, refund_after_settlement, refund_before_completion
from app.kernel.ledger.values import Share
from app.kernel.orders.models import Order
from app.kernel.orders.operations import lock_fee_lines, payments_that_paid, reference, tell, to_payers
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.refunding import create_refund
from app.kernel.payments.queries import parts_underway
from app.kernel.payments.tenders import channels_in_hand

OPEN = ("asked", "approving")
PLATFORM_PARTY = "platform"


class OwnRefund(SamePerson):
    """Whoever decided to give a large amount back may not approve it."""

    code = "refund.same_person"
    sentence = _l("这笔退款是你提的，要由另一个人批准")


class SecondPersonFirst(Refusal):
    """Ending an order whose refund needs a second person would give the money back without one."""

    code = "refund.second_person_first"
    status = 409
    sentence = _l("要退 ¥%(amount)s，需要第二人批准：先点“退款”，批准退完再取消这一单")


class MoreThanRemains(Refusal):
    """A line holds less than what was asked back."""

    code = "refund.more_than_remains"
    status = 422
    sentence = _l("“%(title)s”最多还能退 ¥%(most)s")


class MoreThanHeld(Refusal):
    """The order holds less money than was asked back: part of it is not paid."""

    code = "refund.more_than_held"
    status = 422
    sentence = _l("这一单还有没付的钱，最多退 ¥%(most)s")


class NothingPaid(Refusal):
    """The order was never paid, or everything went back already."""

    code = "refund.nothing_paid"
    status = 409
    sentence = _l("这一单没有可退的钱")


class AlreadyAsked(Refusal):
    """A request for this order waits for its answer."""

    code = "refund.already_asked"
    status = 409
    sentence = _l("这一单已有退款申请在处理，等它的结果")


class AmountRefused(Refusal):
    """An amount is zero, negative, or for a line of another order."""

    code = "refund.amount"
    status = 422
    sentence = _l("退款金额要大于零，并且属于这一单")


def open_case(order_id: int, amounts: Mapping[int, int], *, reason: str, actor: Actor, now: datetime) -> RefundCase:
    """A request to give back `amounts` (order line id → fen). Refuses what the lines do not hold; one open request an order."""
    order = lock(Order, order_id)
    if not order.remaining or order.paid_at is None:
        raise NothingPaid
    waiting = select(RefundCase.id).where(RefundCase.order_id == order.id, RefundCase.status.in_(OPEN))
    if db.session.scalars(waiting).first():
        raise AlreadyAsked
    _check(order, amounts)
    with elevated():
        sequence = db.session.execute(text("SELECT nextval('after_refund_number')")).scalar_one()
        case = save(RefundCase(
            number=order_number("A", sequence, now), order_id=order.id, order_number=order.number, trade=order.trade,
            merchant_id=order.merchant_id, customer_id=order.customer_id, amounts={str(key): fen for key, fen in amounts.items()},
            amount=sum(amounts.values()), reason=reason, asked_by=actor.kind, asked_at=now,
            answer_by=now + timedelta(hours=value_of("aftersales.answer_within")),
        ))
        append("refund_case.asked", case, actor=actor, now=now, reason=reason, changes={"amount": [None, case.amount]})
        announce(f"merchant:{order.merchant_id}:orders", order=order.id, refund=case.id)
    return case


def request_refund(order_id: int, amounts: Mapping[int, int], *, reason: str, actor: Actor, now: datetime) -> RefundCase:
    """A customer's request, which those who answer are told of; raises what `open_case` raises."""
    case = open_case(order_id, amounts, reason=reason, actor=actor, now=now)
    publish("happened", act="refund_case.asked", record=case, reason=reason, actor=actor, now=now)
    return case


def refund_lines(order: Order, amounts: Mapping[int, int], *, reason: str, actor: Actor, now: datetime) -> RefundCase:
    """Give back these lines on the decision of `actor`: at once, or from the limit on when a second person approved it."""
    case = open_case(order.id, amounts, reason=reason, actor=actor, now=now)
    step = "propose" if actor.kind in PEOPLE and second_person_is_due(case) else "give_back" if actor.kind not in PEOPLE else "grant"
    return move(case, step, actor=_as_decider(actor), now=now)


def refund_whole(order: Order, *, reason: str, owed: bool = True, actor: Actor, now: datetime) -> RefundCase | None:
    """Give back at once everything that remains, because the order ends; None when nothing was paid or all went back.

    `owed` says that the order was never served, so that nobody decides about the money. Raises SecondPersonFirst when a person
    decides and the amount reaches the limit.
    """
    amounts = {line.id: line.refundable for line in order.lines if line.refundable}
    total = sum(amounts.values())
    if not order.remaining or order.paid_at is None or not amounts:
        return None
    if not owed and actor.kind in PEOPLE and needs_second_person(total, value_of("aftersales.second_person_above")):
        raise SecondPersonFirst(amount=f"{total / 100:.2f}")
    return refund_ruled(order, amounts, reason=reason, actor=actor, now=now)


def refund_ruled(order: Order, amounts: Mapping[int, int], *, reason: str, actor: Actor, now: datetime) -> RefundCase:
    """Give back at once what is decided already (two people ruled on a complaint, an order ends); requests that wait are refused with the same reason."""
    for waiting in db.session.scalars(select(RefundCase).where(RefundCase.order_id == order.id, RefundCase.status.in_(OPEN))):
        move(waiting, "refuse" if waiting.status == "asked" else "turn_down", actor=_as_decider(actor), now=now, reason=reason)
    case = open_case(order.id, amounts, reason=reason, actor=actor, now=now)
    return move(case, "give_back", actor=_as_decider(actor), now=now)


def amounts_of(order: Order, amount: int) -> dict[int, int]:
    """`amount` fen over the lines of the order, by largest remainder over what each still holds."""
    lines = [line for line in order.lines if line.refundable]
    parts = split_remaining(amount, [line.refundable for line in lines])
    return {line.id: part for line, part in zip(lines, parts, strict=True) if part}


def note_proposal(case: RefundCase, *, actor: Actor, now: datetime, reason: str = "", **_: Any) -> None:
    """Effect of proposing: note who decided. Refuses already what the order no longer holds."""
    case.proposed_by, case.proposed_at = maker_name(actor), now
    case.answer = reason
    _check(lock(Order, case.order_id), {int(key): fen for key, fen in case.amounts.items()})


def approve_back(case: RefundCase, *, actor: Actor, now: datetime, **answers: Any) -> None:
    """Effect of approving: the second person is noted and the money goes back. Raises OwnRefund for who proposed it."""
    if is_maker(case.proposed_by, actor):
        raise OwnRefund
    case.approved_by = maker_name(actor)
    pay_back(case, actor=actor, now=now, **answers)


def pay_back(case: RefundCase, *, actor: Actor, now: datetime, **answers: Any) -> None:
    """Effect of granting: take each line's part from where it stands, promise it in the ledger, send it back to what paid.

    An order that was paid in several ways, or by several people, gives back over what remains of each payment, by largest remainder, in their fixed
    order; each part goes to who paid it.
    """
    order = lock(Order, case.order_id)
    amounts = {int(key): fen for key, fen in case.amounts.items()}
    _check(order, amounts)
    backs = [take_from_line(order, line_id, fen) for line_id, fen in sorted(amounts.items())]
    order.refunded += case.amount
    case.answer = str(answers.get("reason") or case.answer)
    with elevated():
        others = _from_others(order, sorted(amounts), backs)
        kept = sum(sum(back.fees.values()) - sum(fees.values()) for back, fees in backs)
        case.from_merchant = sum(back.merchant for back, _ in backs) + kept - sum(share.amount for share in others)
        db.session.flush()
        payments = payments_that_paid(order)
        cuts = zip(payments, split_remaining(case.amount, [payment.remaining for payment in payments]), strict=True)
        parts = [(payment, part) for payment, part in cuts if part]
        _promise(case, order, backs, parts, others, now)
        for payment, part in parts:
            create_refund(payment, amount=part, reason=case.reason, actor=actor, now=now, even_by_hand=True, origin=case.number)
        publish("order_refunded", order=order, line_ids=sorted(amounts), key=case.number, now=now)
        tell(order)


def note_answer(case: RefundCase, *, actor: Actor, now: datetime, reason: str = "", **_: Any) -> None:
    """Effect of refusing: the customer reads why."""
    case.answer = reason


def finish_case(*, refund: Refund, actor: Actor, now: datetime) -> None:
    """Handler of `refund_succeeded`: with the last part the customer has the money."""
    case = db.session.scalars(select(RefundCase).where(RefundCase.number == refund.origin).with_for_update()).one_or_none()
    if case is not None and case.status == "refunding" and not parts_underway(refund.origin):
        case.refunded_at = now
        move(case, "finish", actor=actor, now=now)


def _check(order: Order, amounts: Mapping[int, int]) -> None:
    lines = {line.id: line for line in order.lines}
    if not amounts or any(fen <= 0 for fen in amounts.values()) or set(amounts) - set(lines):
        raise AmountRefused(field="lines")
    for key, fen in amounts.items():
        if fen > lines[key].refundable:
            most = lines[key].refundable
            raise MoreThanRemains(field="lines", title=lines[key].title, most=f"{most / 100:.2f}")
    if sum(amounts.values()) > order.remaining:
        raise MoreThanHeld(field="lines", most=f"{order.remaining / 100:.2f}")


def take_from_line(order: Order, line_id: int, amount: int) -> tuple[Back, dict[str, int]]:
    """Reduce the line and its fees by `amount` of the customer's money; return the parts, and the platform's fees by kind: the others are the merchant's.

    A fee gives back of what it bears in the end: its lines are locked, so that a month's end that adjusts them comes before or after.
    """
    line = next(line for line in order.lines if line.id == line_id)
    fees = {fee.id: fee for fee in lock_fee_lines(order.id) if fee.order_line_id == line_id}
    remaining = Remaining(line.refundable, line.subsidy - line.subsidy_returned, {key: fee.kept for key, fee in fees.items()})
    back = back_of(remaining, amount)
    line.refunded += back.customer
    line.subsidy_returned += back.subsidy
    by_kind: dict[str, int] = {}
    for key, fen in back.fees.items():
        fees[key].returned += fen
        if fees[key].payee == PLATFORM_PARTY:
            by_kind[fees[key].kind] = by_kind.get(fees[key].kind, 0) + fen
    return back, by_kind


def _from_others(order: Order, line_ids: Sequence[int], backs: Sequence[tuple[Back, dict[str, int]]]) -> list[Share]:
    """What parties other than the merchant give back of the lines that are theirs.

    Inside the hold that is their whole part. Once they had the money only what is still there is taken: a person who was paid for work done
    is not made to owe, and the merchant, whose decision the refund is, bears the rest. Another merchant gives back its whole part, or owes it.
    """
    lines = {line.id: line for line in order.lines}
    shares: list[Share] = []
    firms: dict[int, int] = {}
    for line_id, (back, _fees) in zip(line_ids, backs, strict=True):
        line = lines[line_id]
        if order.completed_at is None or line.earner_id is None or not back.merchant:
            continue
        if line.earner_kind == "merchant":
            part = min(back.merchant, line.earned)
            line.earned -= part
            firms[line.earner_id] = firms.get(line.earner_id, 0) + part
            continue
        source = (pending if order.released_at is None else available)(line.earner_kind, line.earner_id)
        part = min(back.merchant, line.earned, hold_balances([source])[source])
        line.earned -= part
        shares += [Share(source, part)] if part else []
    for firm, part in sorted(firms.items()):  # one after the other: everybody locks them in this order
        shares += [Share(merchant_pending(firm), part)] if order.released_at is None else take_from_merchant(firm, part)
    return shares


def _promise(
    case: RefundCase, order: Order, backs: list[tuple[Back, dict[str, int]]], parts: list[tuple[Payment, int]], others: Sequence[Share], now: datetime,
) -> None:
    subsidy, merchant = sum(back.subsidy for back, _ in backs), case.from_merchant
    kinds = sorted({kind for _, fees in backs for kind in fees})
    revenues = [Share(revenue(kind), sum(fees.get(kind, 0) for _, fees in backs)) for kind in kinds]
    subsidies = {"coupon_subsidy": subsidy} if subsidy else {}
    if order.completed_at is None:
        posting = refund_before_completion(
            reference(order), refund=case.number, to_customers=to_payers(parts), subsidies=subsidies, refunded_at=now
        )
    elif cash := sum(part for payment, part in parts if payment.channel in channels_in_hand()):
        share = merchant - cash
        where = [Share(merchant_pending(order.merchant_id), share)] if order.released_at is None else take_from_merchant(order.merchant_id, max(share, 0))
        posting = cash_refund_after_completion(
            reference(order), refund=case.number, to_customers=to_payers(parts), subsidies=subsidies, cash=cash,
            from_merchant=[*(where if share > 0 else ()), *others],
            to_merchant=[Share(merchant_available(order.merchant_id), -share)] if share < 0 else (), revenues=revenues, refunded_at=now,
        )
    elif order.released_at is None:
        posting = refund_after_completion(
            reference(order), refund=case.number, to_customers=to_payers(parts), subsidies=subsidies,
            payees=[Share(merchant_pending(order.merchant_id), merchant), *others], revenues=revenues, refunded_at=now,
        )
    else:
        posting = refund_after_settlement(
            reference(order), refund=case.number, to_customers=to_payers(parts), subsidies=subsidies,
            from_merchant=take_from_merchant(order.merchant_id, merchant), payees=others, revenues=revenues, refunded_at=now,
        )
    post(posting, now)


def _as_decider(actor: Actor) -> Actor:
    """A refund that an operation decides (a rejection, a time-out) is granted by the platform in the actor's name."""
    return Actor(actor.kind, actor.id, actor.name, actor.roles | {"system", "Operator"}, actor.scope, actor.address)
