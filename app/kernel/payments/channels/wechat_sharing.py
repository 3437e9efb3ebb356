"""Profit sharing (分账) at WeChat Pay: of payments that a sub-merchant took, the parts of others, what comes back, the end of it.

Amounts are fen. Names go encrypted, and the SDK encrypts them in place: it gets copies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.kernel.payments.channels.wechat_answers import moment, part

DESCRIPTION_LENGTH = 80


@dataclass(frozen=True)
class ShareReceiver:
    """Who gets `amount` fen: a merchant by its number (`MERCHANT_ID`) or a person by openid (`PERSONAL_OPENID`)."""

    account: str
    amount: int
    description: str
    kind: str = "MERCHANT_ID"
    name: str = ""


@dataclass(frozen=True)
class SharedPart:
    """What became of one receiver's part. `result`: PENDING, SUCCESS, CLOSED (`reason` says why, the money stayed)."""

    account: str
    kind: str
    amount_fen: int
    result: str
    detail_id: str
    reason: str
    finished_at: datetime | None


@dataclass(frozen=True)
class ChannelShare:
    """A request to share as the channel knows it. `state`: PROCESSING, FINISHED."""

    number: str
    order_id: str
    transaction_id: str
    state: str
    parts: tuple[SharedPart, ...]


@dataclass(frozen=True)
class ChannelReturn:
    """A return as the channel knows it. `state`: PROCESSING, SUCCESS, FAILED; what failed is over: its number returns nothing any more."""

    number: str
    return_id: str
    share_number: str
    account: str
    amount_fen: int
    state: str
    reason: str
    finished_at: datetime | None


class WechatSharing:
    """The sharing half of a channel; every method may raise ChannelUnavailable, ChannelBusy, or ChannelRefused."""

    def __init__(self, sdk: Any, call: Callable[..., dict[str, Any]], bill: Callable[[dict[str, Any]], bytes]) -> None:
        self._sdk, self._call, self._bill = sdk, call, bill

    def add_receiver(self, sub_merchant: str, account: str, name: str, relation: str, kind: str = "MERCHANT_ID") -> None:
        """The account may get parts of the sub-merchant's payments; adding it again changes nothing."""
        self._call(
            self._sdk.profitsharing_add_receiver, account_type=kind, account=account, relation_type=relation, name=name or None, sub_mchid=sub_merchant,
        )

    def delete_receiver(self, sub_merchant: str, account: str, kind: str = "MERCHANT_ID") -> None:
        """The account gets no more."""
        self._call(self._sdk.profitsharing_delete_receiver, account_type=kind, account=account, sub_mchid=sub_merchant)

    def most_ppm(self, sub_merchant: str) -> int:
        """How much of a payment may be shared at most, in parts per million."""
        return int(part(self._call(self._sdk.profitsharing_config_query, sub_mchid=sub_merchant), "max_ratio")) * 100

    def share(self, sub_merchant: str, transaction_id: str, number: str, receivers: Sequence[ShareReceiver]) -> ChannelShare:
        """A request accepted; who got what is known once it is FINISHED. The same number with the same content shares once."""
        wanted = [
            {"type": each.kind, "account": each.account, "amount": each.amount, "description": each.description[:DESCRIPTION_LENGTH]}
            | ({"name": each.name} if each.name else {})
            for each in receivers
        ]
        return share_from(self._call(
            self._sdk.profitsharing_order, transaction_id=transaction_id, out_order_no=number, receivers=wanted, unfreeze_unsplit=False,
            sub_mchid=sub_merchant,
        ))

    def query_share(self, sub_merchant: str, transaction_id: str, number: str) -> ChannelShare:
        """The request of our number. ChannelRefused RESOURCE_NOT_EXISTS when the channel has none."""
        return share_from(self._call(
            self._sdk.profitsharing_order_query, transaction_id=transaction_id, out_order_no=number, sub_mchid=sub_merchant,
        ))

    def finish(self, sub_merchant: str, transaction_id: str, number: str, description: str) -> ChannelShare:
        """Nothing more is shared: the rest is the sub-merchant's. The same number finishes once."""
        return share_from(self._call(
            self._sdk.profitsharing_unfreeze, transaction_id=transaction_id, out_order_no=number, description=description[:DESCRIPTION_LENGTH],
            sub_mchid=sub_merchant,
        ))

    def unsplit(self, transaction_id: str) -> int:
        """Fen of the payment that are frozen and could still be shared."""
        return int(part(self._call(self._sdk.profitsharing_amount_query, transaction_id=transaction_id), "unsplit_amount"))

    def take_back(self, sub_merchant: str, share_number: str, number: str, account: str, amount_fen: int, description: str) -> ChannelReturn:
        """A return accepted, from a receiver that is a merchant. The same number returns once."""
        return return_from(self._call(
            self._sdk.profitsharing_return, out_order_no=share_number, out_return_no=number, return_mchid=account, amount=amount_fen,
            description=description[:DESCRIPTION_LENGTH], sub_mchid=sub_merchant,
        ))

    def query_return(self, sub_merchant: str, share_number: str, number: str) -> ChannelReturn:
        """The return of our number. ChannelRefused RESOURCE_NOT_EXISTS when the channel has none."""
        return return_from(self._call(
            self._sdk.profitsharing_return_query, out_order_no=share_number, out_return_no=number, sub_mchid=sub_merchant,
        ))

    def bill(self, day: date) -> bytes:
        """The CSV of what was shared and came back on a business day; ChannelRefused NO_STATEMENT_EXIST when there was nothing."""
        return self._bill(self._call(self._sdk.profitsharing_bill, bill_date=day.isoformat()))


def share_from(answer: Mapping[str, Any]) -> ChannelShare:
    """A request to share from any of its answers."""
    parts = tuple(
        SharedPart(
            part(each, "account"), part(each, "type"), part(each, "amount"), part(each, "result"), str(each.get("detail_id") or ""),
            str(each.get("fail_reason") or ""), moment(each.get("finish_time")),
        )
        for each in answer.get("receivers", ())
    )
    return ChannelShare(part(answer, "out_order_no"), part(answer, "order_id"), part(answer, "transaction_id"), part(answer, "state"), parts)


def return_from(answer: Mapping[str, Any]) -> ChannelReturn:
    """A return from any of its answers."""
    return ChannelReturn(
        part(answer, "out_return_no"), part(answer, "return_id"), part(answer, "out_order_no"), part(answer, "return_mchid"), part(answer, "amount"),
        part(answer, "result"), str(answer.get("fail_reason") or ""), moment(answer.get("finish_time")),
    )
