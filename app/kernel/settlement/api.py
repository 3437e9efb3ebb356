"""A merchant's own money in the mini-program: what it has, where it is paid, and what it takes out. Amounts in fen."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flask_babel import lazy_gettext as _l
from pydantic import Field

from app.core.actors import Actor
from app.framework.database import get
from app.framework.flow import WrongState, move
from app.framework.json_api import Api
from app.framework.json_api.endpoint import Answer, Body
from app.framework.settings import value_of
from app.kernel.parties.operations.sign_in import LockedOut, NotYou, confirm_identity
from app.kernel.settlement.models import ACCOUNT_FLOW, WITHDRAWAL_FLOW, PayeeAccount, Withdrawal
from app.kernel.settlement.operations.accounts import BankMissing, NotANumber, propose_account
from app.kernel.settlement.operations.underway import PayoutUnderway
from app.kernel.settlement.operations.withdrawals import DailyLimit, MoreThanAvailable, NoAccount, TooLittle, ask_withdrawal
from app.kernel.settlement.queries import account_in_force, accounts_of, promised_to, wallet_of, withdrawals_of

api = Api("income", "/api/v1/income", _l("我的收入"))
ACCOUNTS, WITHDRAWALS = "settlement.accounts", "settlement.withdrawals"


class IncomeOut(Answer):
    """What the merchant has, fen: inside the hold (`pending`), to be paid (`available`, of which `promised` is on statements), kept in `reserve`, on its
    way to the bank (`withdrawing`), advanced by the platform (`receivable`, never above zero). `most` can be taken now, at the cost of `fee`."""

    pending: int
    available: int
    promised: int
    reserve: int
    withdrawing: int
    receivable: int
    most: int
    fee: int
    least: int
    account: str | None


class PayeeAccountIn(Body):
    """A bank card, or a WeChat wallet by its openid; `password` is that of the account of the console."""

    method: Literal["bank", "wechat"] = "bank"
    holder: str = Field(min_length=1, max_length=60)
    bank_name: str = Field("", max_length=60)
    number: str = Field(min_length=1, max_length=64)
    reason: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=128)


class PayeeAccountOut(Answer):
    """An account to pay to; the number is masked."""

    id: int
    label: str
    holder: str
    method: str
    status: str
    status_words: str


class PayeeAccountList(Answer):
    """The newest first."""

    items: list[PayeeAccountOut]


class WithdrawalIn(Body):
    """How much to take out, fen; `password` is that of the account of the console."""

    amount: int = Field(ge=1, le=99_999_999_999)
    password: str = Field(min_length=1, max_length=128)


class WithdrawalOut(Answer):
    """A withdrawal: `amount` leaves the balance, `arrives` reaches the account."""

    id: int
    number: str
    status: str
    status_words: str
    amount: int
    fee: int
    arrives: int
    account: str
    asked_at: datetime
    paid_at: datetime | None


class WithdrawalQuery(Body):
    """Newest first; `after` is the `next` of the page before."""

    limit: int = Field(20, ge=1, le=50)
    after: int | None = Field(None, ge=1, le=2**53)


class WithdrawalPage(Answer):
    """A page of withdrawals."""

    items: list[WithdrawalOut]
    next: int | None


@api.get("", summary=_l("我的收入"), who="member", right=(WITHDRAWALS, "list"), response=IncomeOut)
def show_income(actor: Actor, now: datetime) -> IncomeOut:
    """The balances, and what could be taken out."""
    merchant_id = actor.merchant_id or 0
    wallet, promised, account = wallet_of(merchant_id), promised_to("merchant", merchant_id), account_in_force("merchant", merchant_id)
    fee = value_of("settlement.withdrawal_fee")
    return IncomeOut(
        pending=wallet.pending, available=wallet.available, promised=promised, reserve=wallet.reserve, withdrawing=wallet.withdrawing,
        receivable=wallet.receivable, most=max(wallet.available - promised, 0), fee=fee, least=max(value_of("settlement.withdrawal_minimum"), fee + 1),
        account=account.label if account else None,
    )


@api.get("/accounts", summary=_l("收款账户"), who="member", right=(ACCOUNTS, "list"), response=PayeeAccountList)
def list_accounts(actor: Actor, now: datetime) -> PayeeAccountList:
    """The account in force, and those before and proposed."""
    return PayeeAccountList(items=[_account(each) for each in accounts_of("merchant", actor.merchant_id or 0)])


@api.post(
    "/accounts", summary=_l("登记收款账户"), who="member", right=(ACCOUNTS, "add"), request=PayeeAccountIn, response=PayeeAccountOut, status=201,
    idempotent=True, errors=(NotYou, LockedOut, NotANumber, BankMissing),
)
def register_account(body: PayeeAccountIn, actor: Actor, now: datetime) -> PayeeAccountOut:
    """Propose an account; it is paid to once finance has approved it."""
    confirm_identity(actor, body.password, now=now)
    values = body.model_dump(exclude={"password"})
    return _account(propose_account(owner_kind="merchant", owner_id=actor.merchant_id or 0, actor=actor, now=now, **values))


@api.get("/withdrawals", summary=_l("提现记录"), who="member", right=(WITHDRAWALS, "list"), query=WithdrawalQuery, response=WithdrawalPage)
def list_withdrawals(query: WithdrawalQuery, actor: Actor, now: datetime) -> WithdrawalPage:
    """Newest first."""
    found = withdrawals_of("merchant", actor.merchant_id or 0, after=query.after, limit=query.limit + 1)
    more = found[query.limit - 1].id if len(found) > query.limit else None
    return WithdrawalPage(items=[_withdrawal(each) for each in found[: query.limit]], next=more)


@api.post(
    "/withdrawals", summary=_l("申请提现"), who="member", right=(WITHDRAWALS, "add"), request=WithdrawalIn, response=WithdrawalOut, status=201,
    idempotent=True, errors=(NotYou, LockedOut, NoAccount, TooLittle, MoreThanAvailable, DailyLimit),
)
def withdraw(body: WithdrawalIn, actor: Actor, now: datetime) -> WithdrawalOut:
    """Take out a part of what is available; a large amount waits for finance."""
    confirm_identity(actor, body.password, now=now)
    return _withdrawal(ask_withdrawal(owner_kind="merchant", owner_id=actor.merchant_id or 0, amount=body.amount, actor=actor, now=now))


@api.post(
    "/withdrawals/<int:withdrawal_id>/cancel", summary=_l("取消提现"), who="member", right=(WITHDRAWALS, "cancel"), response=WithdrawalOut,
    idempotent=True, errors=(WrongState, PayoutUnderway),
)
def cancel_withdrawal(withdrawal_id: int, actor: Actor, now: datetime) -> WithdrawalOut:
    """The money is available again."""
    return _withdrawal(move(get(Withdrawal, withdrawal_id), "cancel", actor=actor, now=now))


def _account(found: PayeeAccount) -> PayeeAccountOut:
    return PayeeAccountOut(
        id=found.id, label=found.label, holder=found.holder, method=found.method, status=found.status,
        status_words=str(ACCOUNT_FLOW.state(found.status).label),
    )


def _withdrawal(found: Withdrawal) -> WithdrawalOut:
    return WithdrawalOut(
        id=found.id, number=found.number, status=found.status, status_words=str(WITHDRAWAL_FLOW.state(found.status).label), amount=found.amount,
        fee=found.fee, arrives=found.arrives, account=get(PayeeAccount, found.account_id).label, asked_at=found.asked_at, paid_at=found.paid_at,
    )
