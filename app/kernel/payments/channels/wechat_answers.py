"""What WeChat Pay answers, turned into the channel's values; an answer that cannot be read is no answer."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.kernel.payments.channels.interface import ChannelPayment, ChannelRefund, ChannelTransfer, ChannelUnavailable

LARGEST_BILL = 256 * 1024 * 1024
GZIP = 31  # zlib's number for "with a gzip header"


def payment_from(resource: Mapping[str, Any]) -> ChannelPayment:
    """A payment from a query's answer or a TRANSACTION.* callback's resource."""
    amount = part(resource, "amount")
    return ChannelPayment(
        number=part(resource, "out_trade_no"),
        state=part(resource, "trade_state"),
        appid=resource["sp_appid"] if "sp_appid" in resource else part(resource, "appid"),
        merchant_id=resource["sp_mchid"] if "sp_mchid" in resource else part(resource, "mchid"),
        amount_fen=part(amount, "total"),
        transaction_id=resource.get("transaction_id"),
        payer_openid=resource.get("payer", {}).get("sp_openid" if "sp_mchid" in resource else "openid"),
        paid_at=moment(resource.get("success_time")),
        sub_merchant=str(resource.get("sub_mchid") or ""),
    )


def refund_from(resource: Mapping[str, Any]) -> ChannelRefund:
    """A refund from the answer to asking, from a query's, or from a REFUND.* callback's resource."""
    amount = part(resource, "amount")
    return ChannelRefund(
        number=part(resource, "out_trade_no"),
        refund_number=part(resource, "out_refund_no"),
        refund_id=part(resource, "refund_id"),
        transaction_id=part(resource, "transaction_id"),
        state=resource["refund_status"] if "refund_status" in resource else part(resource, "status"),
        amount_fen=part(amount, "refund"),
        total_fen=part(amount, "total"),
        accepted_at=moment(resource.get("create_time")),
        succeeded_at=moment(resource.get("success_time")),
    )


def transfer_from(resource: Mapping[str, Any]) -> ChannelTransfer:
    """A transfer from the answer to asking, or from a query's."""
    return ChannelTransfer(
        number=part(resource, "out_bill_no"),
        transfer_id=part(resource, "transfer_bill_no"),
        state=part(resource, "state"),
        amount_fen=resource.get("transfer_amount"),
        reason=str(resource.get("fail_reason") or ""),
    )


def part(answer: Mapping[str, Any], name: str) -> Any:
    """A field that every such answer has; an answer without it cannot be relied on."""
    try:
        return answer[name]
    except (KeyError, TypeError) as error:
        raise ChannelUnavailable(f"the answer lacks {name}") from error


def json_object(content: str | bytes) -> dict[str, Any] | None:
    """The object in an answer, or None when there is none."""
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def moment(text: str | None) -> datetime | None:
    """An aware time, None for none."""
    return None if text is None else datetime.fromisoformat(text)


def unpacked(content: bytes) -> bytes:
    """A gzip file's content; ChannelUnavailable when it is cut short, damaged, or larger than any real bill."""
    unpacking = zlib.decompressobj(wbits=GZIP)
    try:
        bill = unpacking.decompress(content, LARGEST_BILL)
    except zlib.error as error:
        raise ChannelUnavailable("the bill is damaged") from error
    if not unpacking.eof:
        raise ChannelUnavailable("the bill is cut short or too large")
    return bill
