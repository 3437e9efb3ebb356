"""What guests of a table send to dining, and what they get. Amounts in fen."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.framework.json_api.endpoint import Answer, Body


class TableLineOut(Answer):
    """A line of what a guest ordered."""

    title: str
    spec: str
    quantity: int
    payable: int


class TableOrderOut(Answer):
    """An order of the table; `added` counts the additions (加菜), 0 for the first order and for one that is not paid."""

    number: str
    ticket: str
    added: int
    status: str
    status_words: str
    payable: int
    due: int
    pay_by: datetime | None
    lines: list[TableLineOut]


class GuestOut(Answer):
    """What one guest ordered."""

    name: str
    ordered: int
    due: int
    orders: list[TableOrderOut]


class ShareOut(Answer):
    """A share of the bill; `due` is what nobody has paid of it."""

    share: int
    amount: int
    due: int
    paid_by: list[str]


class SittingOut(Answer):
    """What the guests at the table have ordered since they sat down; `paid` is net of refunds."""

    since: datetime
    people: int
    ordered: int
    paid: int
    due: int
    guests: list[GuestOut]
    shares: list[ShareOut]


class TableOut(Answer):
    """The table behind a scanned code; `sitting` is null while nobody has ordered."""

    shop_id: int
    shop_name: str
    table: str
    area: str
    code: str
    sitting: SittingOut | None


class SplitIn(Body):
    """How to divide the bill; `people` counts the shares of `even`."""

    way: Literal["own", "together", "even"]
    people: int = Field(2, ge=1, le=50)


class SharePayIn(Body):
    """By WeChat, or out of the payer's wallet at the restaurant."""

    way: Literal["wechat", "wallet"] = "wechat"
    openid: str = Field("", max_length=64)


class ShareBillOut(Answer):
    """One payment of a share. While it is `open`, hand `parameters` to `wx.requestPayment`; `payer_page` is set by the sandbox only."""

    payment_number: str
    amount: int
    open: bool
    parameters: dict[str, str]
    payer_page: str | None


class SharePaidOut(Answer):
    """The payments that pay the share."""

    payments: list[ShareBillOut]
