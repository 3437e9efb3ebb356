"""Monthly accounts in the API's words. Amounts in fen."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body


class AccountOut(Answer):
    """An account that the customer may charge: `most` is the largest order at present, `status` open or suspended."""

    id: int
    number: str
    company: str
    status: str
    per_order: int
    per_month: int
    charged_this_month: int
    most: int
    reads_statements: bool


class AccountList(Answer):
    """The accounts that the customer may charge."""

    items: list[AccountOut]


class ChargeIn(Body):
    """Whose account pays."""

    account_id: int = Field(ge=1, le=2**53)


class ChargedOut(Answer):
    """The order is paid."""

    payment_number: str
    amount: int


class StatementOut(Answer):
    """A period of the account: `remaining` is still to be paid, by `due_on`."""

    number: str
    first_day: date
    last_day: date
    total: int
    paid: int
    remaining: int
    due_on: date | None
    days_overdue: int
    status: str


class StatementList(Answer):
    """Newest first."""

    items: list[StatementOut]
