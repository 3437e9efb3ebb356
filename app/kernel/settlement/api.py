"""A party's money over the API: balances, statements to confirm or dispute, withdrawals, income by order.

It serves whoever has an account of income: a member for the merchant, a person who earns by work (a courier) for itself. Each may do what its role does
in the console, and nothing else. What is another party's is not found.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.page import may
from app.framework.database import elevated, get
from app.framework.flow import WrongState, move
from app.framework.json_api import Api
from app.framework.json_api.cursors import BadCursor, cursor_of, mark_of
from app.kernel.ledger.accounts import dispute_hold, merchant_deposit, merchant_receivable
from app.kernel.ledger.queries import balances
from app.kernel.parties.operations.sign_in import LockedOut, NotYou, confirm_identity
from app.kernel.settlement import schemas
from app.kernel.settlement.by_order import Earned, earned_by_order
from app.kernel.settlement.earnings import purse_of
from app.kernel.settlement.models import Dispute, PayeeAccount, Statement, StatementLine, Withdrawal
from app.kernel.settlement.models.statements import KINDS
from app.kernel.settlement.operations.accounts import BankMissing, NotANumber, propose_account
from app.kernel.settlement.operations.disputes import NothingClaimed, NotOnTheStatement, open_dispute
from app.kernel.settlement.operations.underway import PayoutUnderway
from app.kernel.settlement.operations.withdrawals import (
    DailyLimit,
    MoreThanAvailable,
    NoAccount,
    TooLittle,
    ask_withdrawal,
    cancel_own,
    limits_of,
)
from app.kernel.settlement.payees import Payee, payee_of
from app.kernel.settlement.queries import account_in_force, accounts_of, promised_to, rule_labels
from app.kernel.settlement.views.disputes import DisputeView
from app.kernel.settlement.views.earnings import EarningsPage
from app.kernel.settlement.views.statements import StatementView
from app.kernel.settlement.views.withdrawals import WithdrawalView

api = Api("money", "/api/v1/money", _l("账单、提现和收入"))
DAYS_SHOWN = timedelta(days=30)


def _for(view: str, method: str, own: str = "") -> dict[str, Any]:
    """Whom an endpoint serves: members whose role has this right in the console, and people who earn by work, with the right `own`, for themselves."""
    return {"who": "member", "right": (f"settlement.{view}", method), "own": ("settlement.earnings", own) if own else None}


@api.get("/balances", summary=_l("余额"), response=schemas.Balances, **_for("statements", "list", "index"))
def show_balances(actor: Actor, now: datetime) -> schemas.Balances:
    """What the party has, and where it stands."""
    payee = payee_of(actor)
    purse, merchant = purse_of(payee), payee.kind == "merchant"
    with elevated():
        refs = (merchant_deposit(payee.id), merchant_receivable(payee.id), dispute_hold(payee.id)) if merchant else ()
        deposit, receivable, disputed = (int(fen) for fen in balances(refs).values()) if merchant else (0, 0, 0)
        account = account_in_force(payee.kind, payee.id)
        return schemas.Balances(
            party=payee.kind, held=purse.pending, available=purse.available, withdrawable=max(purse.available - promised_to(payee.kind, payee.id), 0),
            reserve=purse.reserve, disputed=disputed, withdrawing=purse.withdrawing, underway=purse.underway, deposit=deposit, owed=-receivable,
            paid_out=purse.paid, account=account.label if account else None,
        )


@api.get("/statements", summary=_l("账单列表"), query=schemas.PageQuery, response=schemas.StatementPage, errors=(BadCursor,), **_for("statements", "list"))
def list_statements(query: schemas.PageQuery, actor: Actor, now: datetime) -> schemas.StatementPage:
    """The merchant's statements."""
    payee = payee_of(actor)
    found = _page(select(Statement).where(Statement.merchant_id == payee.id), Statement.id.desc(), Statement.id, query)
    return schemas.StatementPage(items=[_statement(each, actor) for each in found[:query.limit]], next=_next(found, query))


@api.get("/statements/<int:statement_id>", summary=_l("账单详情"), response=schemas.StatementOut, **_for("statements", "show"))
def show_statement(statement_id: int, actor: Actor, now: datetime) -> schemas.StatementOut:
    """A statement as it stands."""
    return _statement(get(Statement, statement_id), actor)


@api.get(
    "/statements/<int:statement_id>/lines", summary=_l("账单明细"), query=schemas.PageQuery, response=schemas.LinePage, errors=(BadCursor,),
    **_for("statements", "show"),
)
def list_lines(statement_id: int, query: schemas.PageQuery, actor: Actor, now: datetime) -> schemas.LinePage:
    """Every line of a statement, in the order in which it was booked."""
    of_statement = select(StatementLine).where(StatementLine.statement_id == get(Statement, statement_id).id)
    found = _page(of_statement, StatementLine.id, StatementLine.id, query, backwards=False)
    return schemas.LinePage(items=[_line(each) for each in found[:query.limit]], next=_next(found, query))


@api.post(
    "/statements/<int:statement_id>/confirm", summary=_l("确认账单"), response=schemas.StatementOut, idempotent=True, errors=(WrongState,),
    **_for("statements", "confirm"),
)
def confirm_statement(statement_id: int, actor: Actor, now: datetime) -> schemas.StatementOut:
    """The amounts are right: the platform approves and pays."""
    return _statement(move(get(Statement, statement_id), "confirm", actor=actor, now=now), actor)


@api.post(
    "/statements/<int:statement_id>/disputes", summary=_l("对账单提出异议"), request=schemas.DisputeIn, response=schemas.DisputeOut, status=201,
    idempotent=True, errors=(WrongState, NotOnTheStatement, NothingClaimed), **_for("disputes", "add"),
)
def dispute_statement(statement_id: int, body: schemas.DisputeIn, actor: Actor, now: datetime) -> schemas.DisputeOut:
    """Something is missing: the statement is not paid until finance has answered."""
    return _dispute(open_dispute(
        get(Statement, statement_id).id, order_number=body.order_number, claimed=body.claimed, reason=body.reason, actor=actor, now=now,
    ))


@api.get("/disputes/<int:dispute_id>", summary=_l("异议进度"), response=schemas.DisputeOut, **_for("disputes", "show"))
def show_dispute(dispute_id: int, actor: Actor, now: datetime) -> schemas.DisputeOut:
    """What finance answered."""
    return _dispute(get(Dispute, dispute_id))


@api.post(
    "/disputes/<int:dispute_id>/withdraw", summary=_l("撤回异议"), response=schemas.DisputeOut, idempotent=True, errors=(WrongState,),
    **_for("disputes", "withdraw"),
)
def withdraw_dispute(dispute_id: int, actor: Actor, now: datetime) -> schemas.DisputeOut:
    """The statement is right after all."""
    return _dispute(move(get(Dispute, dispute_id), "withdraw", actor=actor, now=now))


@api.get(
    "/withdrawals", summary=_l("提现列表"), query=schemas.PageQuery, response=schemas.WithdrawalPage, errors=(BadCursor,),
    **_for("withdrawals", "list", "index"),
)
def list_withdrawals(query: schemas.PageQuery, actor: Actor, now: datetime) -> schemas.WithdrawalPage:
    """What the party asked for."""
    payee = payee_of(actor)
    own = select(Withdrawal).where(Withdrawal.owner_kind == payee.kind, Withdrawal.owner_id == payee.id)
    with elevated():
        found = _page(own, Withdrawal.id.desc(), Withdrawal.id, query)
        return schemas.WithdrawalPage(items=[_withdrawal(each, payee, actor) for each in found[:query.limit]], next=_next(found, query))


@api.get("/withdrawals/limits", summary=_l("现在能提多少"), response=schemas.Limits, **_for("withdrawals", "list", "index"))
def show_limits(actor: Actor, now: datetime) -> schemas.Limits:
    """How much can be withdrawn, what it costs, and what the day still allows."""
    payee = payee_of(actor)
    with elevated():
        return schemas.Limits.model_validate(limits_of(payee, now))


@api.post(
    "/withdrawals", summary=_l("申请提现"), request=schemas.WithdrawalIn, response=schemas.WithdrawalOut, status=201, idempotent=True,
    errors=(NotYou, LockedOut, NoAccount, TooLittle, MoreThanAvailable, DailyLimit), **_for("withdrawals", "add", "withdraw"),
)
def order_withdrawal(body: schemas.WithdrawalIn, actor: Actor, now: datetime) -> schemas.WithdrawalOut:
    """The amount is held at once and paid with the next batch, large ones after finance looked at them."""
    payee = payee_of(actor)
    confirm_identity(actor, body.password, now=now)
    with elevated():
        asked = ask_withdrawal(owner_kind=payee.kind, owner_id=payee.id, amount=body.amount, actor=actor, now=now)
        return _withdrawal(asked, payee, actor)


@api.post(
    "/withdrawals/<int:withdrawal_id>/cancel", summary=_l("取消提现"), response=schemas.WithdrawalOut, idempotent=True, errors=(WrongState, PayoutUnderway),
    **_for("withdrawals", "cancel", "withdraw"),
)
def cancel_withdrawal(withdrawal_id: int, actor: Actor, now: datetime) -> schemas.WithdrawalOut:
    """The money is available again; not once the withdrawal stands in a batch."""
    payee = payee_of(actor)
    with elevated():
        return _withdrawal(cancel_own(withdrawal_id, payee, actor=actor, now=now), payee, actor)


@api.get("/accounts", summary=_l("收款账户"), response=schemas.PayeeAccountList, **_for("accounts", "list", "index"))
def list_accounts(actor: Actor, now: datetime) -> schemas.PayeeAccountList:
    """The account in force, and those before and proposed."""
    payee = payee_of(actor)
    with elevated():
        return schemas.PayeeAccountList(items=[_account(each) for each in accounts_of(payee.kind, payee.id)])


@api.post(
    "/accounts", summary=_l("登记收款账户"), request=schemas.PayeeAccountIn, response=schemas.PayeeAccountOut, status=201, idempotent=True,
    errors=(NotYou, LockedOut, NotANumber, BankMissing), **_for("accounts", "add", "account"),
)
def register_account(body: schemas.PayeeAccountIn, actor: Actor, now: datetime) -> schemas.PayeeAccountOut:
    """Propose an account; it is paid to once finance has approved it."""
    confirm_identity(actor, body.password, now=now)
    payee, values = payee_of(actor), body.model_dump(exclude={"password"})
    with elevated():
        return _account(propose_account(owner_kind=payee.kind, owner_id=payee.id, actor=actor, now=now, **values))


@api.get(
    "/income", summary=_l("按订单的收入"), query=schemas.IncomeQuery, response=schemas.IncomePage, errors=(BadCursor,), **_for("statements", "list", "index"),
)
def list_income(query: schemas.IncomeQuery, actor: Actor, now: datetime) -> schemas.IncomePage:
    """What the party got of each order, with the fee lines that say why."""
    payee = payee_of(actor)
    last = query.last or business_day(now)
    first = query.first or last - DAYS_SHOWN
    before = cursor_of(query.after)[1] if query.after else None
    found = earned_by_order(payee, first, last, before=before, most=query.limit + 1)
    mark = mark_of(0, found[query.limit - 1].mark) if len(found) > query.limit else None
    return schemas.IncomePage(items=[_income(each) for each in found[:query.limit]], next=mark)


def _page(statement: Any, order: Any, key: Any, query: schemas.PageQuery, *, backwards: bool = True) -> list[Any]:
    """A page and one record more, from behind the mark on."""
    if query.after:
        _rank, last = cursor_of(query.after)
        statement = statement.where(key < last if backwards else key > last)
    return list(db.session.scalars(statement.order_by(order).limit(query.limit + 1)))


def _next(found: list[Any], query: schemas.PageQuery) -> str | None:
    return mark_of(0, found[query.limit - 1].id) if len(found) > query.limit else None


def _words(record: Any) -> str:
    return str(type(record).__flow__.state(record.status).label)


def _statement(found: Statement, actor: Actor) -> schemas.StatementOut:
    steps = Statement.__flow__.open_moves(found, actor.roles)  # type: ignore[attr-defined]
    moves = [step.name for step in steps if may(StatementView, step.name)]
    if found.status in {"confirming", "disputed"} and may(DisputeView, "add"):
        moves.append("dispute")
    return schemas.StatementOut(
        id=found.id, number=found.number, day=found.day, status=found.status, status_words=_words(found), opening=found.opening, earned=found.earned,
        refunded=found.refunded, fees=found.fees, adjusted=found.adjusted, paid=found.paid, closing=found.closing, payable=found.payable,
        lines_count=found.lines_count, confirm_by=found.confirm_by, confirmed_at=found.confirmed_at, reference=found.reference, moves=moves,
    )


def _line(found: StatementLine) -> schemas.LineOut:
    return schemas.LineOut(
        kind=found.kind, kind_words=str(KINDS[found.kind]), order_number=found.order_number, trade=found.trade, earned=found.earned, refunded=found.refunded,
        fees=found.fees, adjusted=found.adjusted, payout=found.payout, net=found.net, rules=rule_labels(found.rule_versions), at=found.event_at,
    )


def _dispute(found: Dispute) -> schemas.DisputeOut:
    return schemas.DisputeOut(
        id=found.id, number=found.number, statement_id=found.statement_id, order_number=found.order_number, status=found.status, status_words=_words(found),
        claimed=found.claimed, granted=found.granted, reason=found.reason, answer=found.answer,
    )


def _withdrawal(found: Withdrawal, payee: Payee, actor: Actor) -> schemas.WithdrawalOut:
    steps = Withdrawal.__flow__.open_moves(found, actor.roles)  # type: ignore[attr-defined]
    rights = (WithdrawalView, "cancel") if payee.kind == "merchant" else (EarningsPage, "withdraw")
    return schemas.WithdrawalOut(
        id=found.id, number=found.number, status=found.status, status_words=_words(found), amount=found.amount, fee=found.fee, arrives=found.arrives,
        account=get(PayeeAccount, found.account_id).label, asked_at=found.asked_at, paid_at=found.paid_at,
        moves=[step.name for step in steps if may(*rights)],
    )


def _account(found: PayeeAccount) -> schemas.PayeeAccountOut:
    return schemas.PayeeAccountOut(
        id=found.id, label=found.label, holder=found.holder, method=found.method, status=found.status,
        status_words=_words(found),
    )


def _income(found: Earned) -> schemas.IncomeOut:
    return schemas.IncomeOut(
        order_number=found.number, trade=found.trade, completed_at=found.completed_at, released=found.released_at is not None, earned=found.earned,
        given_back=found.given_back, net=found.earned - found.given_back,
        fees=[
            schemas.FeeOut(kind=fee.kind, rule=fee.rule_label, base=fee.base, ppm=fee.ppm, amount=fee.amount, adjusted=fee.adjusted, returned=fee.returned)
            for fee in found.fees
        ],
    )
