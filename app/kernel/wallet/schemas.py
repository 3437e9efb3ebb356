"""Wallets in the API's words. Amounts in fen, times UTC."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body


class OfferOut(Answer):
    """Pay `amount`, have `gift` on top."""

    id: int
    amount: int
    gift: int


class WalletOut(Answer):
    """What the customer has at the merchant, and what it can choose to add."""

    merchant_id: int
    balance: int
    principal: int
    bonus: int
    offers: list[OfferOut]


class TopUpIn(Body):
    """Which offer, and who pays, where the token does not say."""

    offer_id: int = Field(ge=1, le=2**53)
    openid: str | None = None


class TopUpOut(Answer):
    """The payment to make: `parameters` go to the mini-program; `payer_page` exists in the sandbox only."""

    number: str
    payment_number: str
    amount: int
    gift: int
    parameters: dict[str, str]
    payer_page: str | None


class MoveQuery(Body):
    """Which page."""

    after: int | None = Field(default=None, ge=1, le=2**53)
    limit: int = Field(default=20, ge=1, le=50)


class MoveOut(Answer):
    """One change of the wallet: `kind` is topped_up, paid, refunded, or given_back; `number` names it."""

    id: int
    kind: str
    number: str
    at: datetime
    principal: int
    bonus: int


class MovePage(Answer):
    """Newest first; `next` is the `after` of the next page."""

    items: list[MoveOut]
    next: int | None


class PartIn(Body):
    """How much of what is due."""

    amount: int = Field(ge=1, le=2**53)


class RefundIn(Body):
    """Whose wallet, and why."""

    merchant_id: int = Field(ge=1, le=2**53)
    reason: str = Field(min_length=1, max_length=200)


class RefundQuery(Body):
    """Which page."""

    after: int | None = Field(default=None, ge=1, le=2**53)
    limit: int = Field(default=20, ge=1, le=50)


class RefundOut(Answer):
    """`amount` goes back to who paid it in, `gift` lapses; `status` is asked, approving, refunding, refunded, refused (see `answer`), or withdrawn."""

    id: int
    number: str
    merchant_id: int
    amount: int
    gift: int
    status: str
    reason: str
    answer: str
    asked_at: datetime
    refunded_at: datetime | None


class RefundPage(Answer):
    """Newest first; `next` is the `after` of the next page."""

    items: list[RefundOut]
    next: int | None


class PaidOut(Answer):
    """What was paid; `due` is what is left of the order to pay another way."""

    due: int

    payment_number: str
    amount: int
    principal: int
    bonus: int
