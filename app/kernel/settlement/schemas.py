"""A party's money in the API's words. Amounts in fen, days of Shanghai."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body

LARGEST = 99_999_999_999


class Balances(Answer):
    """What the party has: `held` is earned and inside its hold, `available` its own, of which `withdrawable` is promised to no statement, `reserve` kept
    back for refunds, `disputed` kept for complaints, `withdrawing` asked for, `underway` on its way to the account; `deposit` stands with the platform,
    `owed` is what the platform advanced; `paid_out` is what withdrawals ever brought. `account` is where it is paid, null while nothing is approved."""

    party: str
    held: int
    available: int
    withdrawable: int
    reserve: int
    disputed: int
    withdrawing: int
    underway: int
    deposit: int
    owed: int
    paid_out: int
    account: str | None


class PageQuery(Body):
    """Newest first; `after` is the `next` of the page before."""

    after: str = Field("", max_length=80)
    limit: int = Field(20, ge=1, le=100)


class StatementOut(Answer):
    """opening + earned − refunded − fees + adjusted − paid = closing, of which `payable` is paid. `moves` can be made at present."""

    id: int
    number: str
    day: date
    status: str
    status_words: str
    opening: int
    earned: int
    refunded: int
    fees: int
    adjusted: int
    paid: int
    closing: int
    payable: int
    lines_count: int
    confirm_by: datetime | None
    confirmed_at: datetime | None
    reference: str
    moves: list[str]


class StatementPage(Answer):
    """Newest first; `next` is null on the last page."""

    items: list[StatementOut]
    next: str | None


class LineOut(Answer):
    """A line of a statement: net = earned − refunded − fees + adjusted − payout. `rules` are the versions of the price list behind its fees."""

    kind: str
    kind_words: str
    order_number: str
    trade: str
    earned: int
    refunded: int
    fees: int
    adjusted: int
    payout: int
    net: int
    rules: str
    at: datetime


class LinePage(Answer):
    """In the order in which they were booked; `next` is null on the last page."""

    items: list[LineOut]
    next: str | None


class DisputeIn(Body):
    """What is wrong: how much is missing, of which order of the statement (none: of the whole), and why."""

    order_number: str = Field("", max_length=24)
    claimed: int = Field(ge=1, le=LARGEST)
    reason: str = Field(min_length=1, max_length=500)


class DisputeOut(Answer):
    """A dispute and where it stands; `granted` comes with the next statement."""

    id: int
    number: str
    statement_id: int
    order_number: str
    status: str
    status_words: str
    claimed: int
    granted: int
    reason: str
    answer: str


class WithdrawalIn(Body):
    """How much; `password` is that of the account, typed again."""

    amount: int = Field(ge=1, le=LARGEST)
    password: str = Field(min_length=1, max_length=200)


class WithdrawalOut(Answer):
    """A withdrawal and where it stands: `arrives` is `amount` less `fee`."""

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
    moves: list[str]


class WithdrawalPage(Answer):
    """Newest first; `next` is null on the last page."""

    items: list[WithdrawalOut]
    next: str | None


class Limits(Answer):
    """What a withdrawal may be: of at least `least`, at most `most` at present, and what it costs; more than `review_above` waits for finance.
    `left_today` and `times_left_today` are what the day still allows."""

    least: int
    most: int
    fee: int
    review_above: int
    left_today: int
    times_left_today: int


class IncomeQuery(PageQuery):
    """Orders completed from `first` to `last`, both included; the last 31 days unless said."""

    first: date | None = None
    last: date | None = None


class FeeOut(Answer):
    """A fee line: `amount` was frozen when the order was placed, `adjusted` came with the month's end, `returned` went back with refunds."""

    kind: str
    rule: str
    base: int
    ppm: int
    amount: int
    adjusted: int
    returned: int


class IncomeOut(Answer):
    """What the party got of an order when it was completed, what went back since, and the fee lines behind it. `released` says that its hold is over."""

    order_number: str
    trade: str
    completed_at: datetime
    released: bool
    earned: int
    given_back: int
    net: int
    fees: list[FeeOut]


class IncomePage(Answer):
    """The latest first; `next` is null on the last page."""

    items: list[IncomeOut]
    next: str | None


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
