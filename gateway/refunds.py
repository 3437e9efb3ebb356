"""Refunds: accepted as PROCESSING, SUCCESS a little later, told by query and by callback.

Together never more than was paid; at most 50 of one payment, a minute apart, within 365 days. One number refunds once.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.callbacks import enqueue_callback
from gateway.clock import rfc3339
from gateway.context import Gateway, gateway
from gateway.parameters import (
    REFUND_NUMBER,
    TRADE_NUMBER,
    new_refund_id,
    read_notify_url,
    read_number,
    read_object,
    read_text,
)
from gateway.payments import payment_of, read_amount
from gateway.refusals import Refused, wrong_parameter, wrong_request
from gateway.sharing import shared_of
from gateway.store import insert

MOST_REFUNDS = 50
GAP_SECONDS = 60
WITHIN_SECONDS = 365 * 86400
PROCESSING_SECONDS = 3

blueprint = Blueprint("refunds", __name__)


@blueprint.post("/v3/refund/domestic/refunds")
def ask_refund() -> ResponseReturnValue:
    """Accept a refund; the answer is PROCESSING and means no more than accepted."""
    house, params = gateway(), read_object(request.get_data())
    with house.store.writing() as connection:
        refund = accept_refund(house, connection, params)
        told = described(connection, refund)
    house.wake.set()
    return told


@blueprint.get("/v3/refund/domestic/refunds/<out_refund_no>")
def query_refund(out_refund_no: str) -> ResponseReturnValue:
    """The refund of a merchant's refund number, or 404 RESOURCE_NOT_EXISTS."""
    with gateway().store.reading() as connection:
        return described(connection, refund_of(connection, out_refund_no))


def accept_refund(house: Gateway, connection: sqlite3.Connection, params: dict[str, Any]) -> sqlite3.Row:
    """The refund, new or known by its number; refused when a rule of the channel stands against it."""
    number, payment = read_number(params, "out_refund_no", REFUND_NUMBER), _payment(connection, params)
    asked = json.dumps(params, sort_keys=True, ensure_ascii=False)
    known = _known(connection, number)
    if known is not None:
        if known["asked"] != asked:
            raise wrong_request("退款单号已使用，且内容与首次申请不一致")
        return known
    amount, now = read_amount(params, "refund"), house.clock.now()
    earlier = connection.execute(
        "SELECT * FROM refund WHERE out_trade_no = ? ORDER BY accepted_at", (payment["out_trade_no"],)
    ).fetchall()
    _check_rules(house, connection, payment, params, amount, earlier, now)
    fee_returned = _fee_back(payment, sum(row["amount"] for row in earlier) + amount) - sum(
        row["fee_returned"] for row in earlier
    )
    if "reason" in params:
        read_text(params, "reason", 80)
    insert(
        connection,
        "refund",
        out_refund_no=number,
        refund_id=new_refund_id(now),
        asked=asked,
        out_trade_no=payment["out_trade_no"],
        amount=amount,
        fee_returned=fee_returned,
        notify_url=read_notify_url(params) if "notify_url" in params else None,
        accepted_at=now,
        due_at=house.clock.wall() + house.clock.wait(PROCESSING_SECONDS),
        state="PROCESSING",
    )
    return refund_of(connection, number)


def complete_due(house: Gateway) -> float | None:
    """Refunds whose time has come are SUCCESS and told; the wall time of the next one, None if none waits."""
    with house.store.reading() as connection:
        due_at = _next_due(connection)
    if due_at is None or due_at > house.clock.wall():
        return due_at
    with house.store.writing() as connection:
        for refund in connection.execute(
            "SELECT * FROM refund WHERE state = 'PROCESSING' AND due_at <= ? ORDER BY due_at", (house.clock.wall(),)
        ).fetchall():
            _complete(house, connection, refund)
        return _next_due(connection)


def described(connection: sqlite3.Connection, refund: sqlite3.Row) -> dict[str, Any]:
    """A refund as the channel tells it."""
    payment = payment_of(connection, refund["out_trade_no"])
    told = {
        "refund_id": refund["refund_id"],
        "out_refund_no": refund["out_refund_no"],
        "transaction_id": payment["transaction_id"],
        "out_trade_no": payment["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": rfc3339(refund["accepted_at"]),
        "status": refund["state"],
        "funds_account": "AVAILABLE",
        "amount": _amounts(payment, refund)
        | {
            "settlement_refund": refund["amount"],
            "settlement_total": payment["amount"],
            "discount_refund": 0,
            "currency": "CNY",
        },
    }
    if refund["succeeded_at"] is not None:
        told["success_time"] = rfc3339(refund["succeeded_at"])
    return told


def refund_of(connection: sqlite3.Connection, out_refund_no: str) -> sqlite3.Row:
    """The refund, or 404 RESOURCE_NOT_EXISTS."""
    refund = _known(connection, out_refund_no)
    if refund is None:
        raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return refund


def _check_rules(
    house: Gateway,
    connection: sqlite3.Connection,
    payment: sqlite3.Row,
    params: dict[str, Any],
    amount: int,
    earlier: list[sqlite3.Row],
    now: float,
) -> None:
    if payment["state"] != "SUCCESS":
        raise wrong_request("订单未支付，不能退款")
    if read_amount(params, "total") != payment["amount"]:
        raise wrong_parameter("amount.total", "与订单金额不一致")
    if sum(row["amount"] for row in earlier) + amount > payment["amount"]:
        raise wrong_request("累计退款金额超过订单金额")
    if payment["sub_mchid"] != params.get("sub_mchid"):
        raise wrong_parameter("sub_mchid", "不是这笔支付的特约商户")
    if payment["profit_sharing"]:
        shared = shared_of(connection, payment["transaction_id"])
        if sum(row["amount"] for row in earlier) + amount > payment["amount"] - shared:
            raise Refused(403, "NOT_ENOUGH", "已分账的部分要先回退，再退款")
    if len(earlier) >= MOST_REFUNDS:
        raise wrong_request("一笔订单最多退款 50 次")
    if now - payment["paid_at"] > WITHIN_SECONDS:
        raise wrong_request("支付成功已超过 365 天，不能退款")
    if any(abs(now - row["accepted_at"]) < house.clock.wait(GAP_SECONDS) for row in earlier):
        raise Refused(429, "FREQUENCY_LIMITED", "同一订单的两次退款要间隔一分钟")


def _complete(house: Gateway, connection: sqlite3.Connection, refund: sqlite3.Row) -> None:
    payment = payment_of(connection, refund["out_trade_no"])
    succeeded_at = refund["accepted_at"] + house.clock.wait(PROCESSING_SECONDS)
    connection.execute(
        "UPDATE refund SET state = 'SUCCESS', succeeded_at = ? WHERE out_refund_no = ?",
        (succeeded_at, refund["out_refund_no"]),
    )
    if refund["notify_url"] is None:
        return
    partner = {"sp_mchid": house.keys.merchant_id, "sub_mchid": payment["sub_mchid"]}
    resource = (partner if payment["sub_mchid"] is not None else {"mchid": house.keys.merchant_id}) | {
        "out_trade_no": payment["out_trade_no"],
        "transaction_id": payment["transaction_id"],
        "out_refund_no": refund["out_refund_no"],
        "refund_id": refund["refund_id"],
        "refund_status": "SUCCESS",
        "success_time": rfc3339(succeeded_at),
        "user_received_account": "支付用户零钱",
        "amount": _amounts(payment, refund),
    }
    enqueue_callback(house, connection, "REFUND.SUCCESS", refund["out_refund_no"], refund["notify_url"], resource)


def _payment(connection: sqlite3.Connection, params: dict[str, Any]) -> sqlite3.Row:
    """The payment named by either number, or 404 RESOURCE_NOT_EXISTS."""
    if "transaction_id" in params:
        row = connection.execute(
            "SELECT * FROM payment WHERE transaction_id = ?", (str(params["transaction_id"]),)
        ).fetchone()
    else:
        number = read_number(params, "out_trade_no", TRADE_NUMBER)
        row = connection.execute("SELECT * FROM payment WHERE out_trade_no = ?", (number,)).fetchone()
    if row is None:
        raise Refused(404, "RESOURCE_NOT_EXISTS", "订单不存在")
    found: sqlite3.Row = row
    return found


def _known(connection: sqlite3.Connection, out_refund_no: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM refund WHERE out_refund_no = ?", (out_refund_no,)
    ).fetchone()
    return row


def _next_due(connection: sqlite3.Connection) -> float | None:
    found: float | None = connection.execute("SELECT min(due_at) FROM refund WHERE state = 'PROCESSING'").fetchone()[0]
    return found


def _fee_back(payment: sqlite3.Row, refunded: int) -> int:
    """How much of the fee has come back once `refunded` fen have: pro rata, half up, all of it with the last fen."""
    fee, total = int(payment["fee"]), int(payment["amount"])
    return (2 * fee * refunded + total) // (2 * total)


def _amounts(payment: sqlite3.Row, refund: sqlite3.Row) -> dict[str, Any]:
    return {
        "total": payment["amount"],
        "refund": refund["amount"],
        "payer_total": payment["amount"],
        "payer_refund": refund["amount"],
    }
