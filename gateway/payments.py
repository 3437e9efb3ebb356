"""Payments: asked for by the merchant, paid by the payer, looked up, closed.

NOTPAY → SUCCESS | CLOSED; a payment with a refund is told as REFUND (转入退款), as the real channel does.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.callbacks import enqueue_callback
from gateway.clock import read_time, rfc3339
from gateway.context import Gateway, gateway
from gateway.parameters import (
    SUB_MERCHANT,
    TRADE_NUMBER,
    new_prepay_id,
    new_transaction_id,
    read_fen,
    read_notify_url,
    read_number,
    read_object,
    read_text,
)
from gateway.refusals import Refused, wrong_parameter, wrong_request
from gateway.store import insert

FEE_PPM = 6_000
SCANNER_OPENID = "oScanned-by-somebody-0000000"  # whoever scans a NATIVE code; 28 characters as all openids
STATES = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "CLOSED": "订单已关闭", "REFUND": "转入退款"}

blueprint = Blueprint("payments", __name__)


@blueprint.post("/v3/pay/transactions/jsapi")
def create_jsapi() -> ResponseReturnValue:
    """Prepay inside WeChat: the payer is known."""
    params = read_object(request.get_data())
    payer = params.get("payer")
    openid = read_text(payer if isinstance(payer, dict) else {}, "openid", 128)
    return {"prepay_id": create_payment(gateway(), "JSAPI", params, openid)["prepay_id"]}


@blueprint.post("/v3/pay/transactions/native")
def create_native() -> ResponseReturnValue:
    """Prepay for a QR code; it holds the payer page's address, where the real one holds `weixin://`."""
    payment = create_payment(gateway(), "NATIVE", read_object(request.get_data()), None)
    return {"code_url": f"{request.host_url}pay/{payment['prepay_id']}"}


@blueprint.post("/v3/pay/partner/transactions/jsapi")
def create_partner_jsapi() -> ResponseReturnValue:
    """Prepay of a sub-merchant (特约商户), whose money it will be."""
    params = read_object(request.get_data())
    payer = params.get("payer")
    openid = read_text(payer if isinstance(payer, dict) else {}, "sp_openid", 128)
    return {"prepay_id": create_payment(gateway(), "JSAPI", params, openid, partner=True)["prepay_id"]}


@blueprint.post("/v3/pay/partner/transactions/native")
def create_partner_native() -> ResponseReturnValue:
    """The same for a QR code."""
    payment = create_payment(gateway(), "NATIVE", read_object(request.get_data()), None, partner=True)
    return {"code_url": f"{request.host_url}pay/{payment['prepay_id']}"}


@blueprint.get("/v3/pay/transactions/out-trade-no/<out_trade_no>")
def query_by_number(out_trade_no: str) -> ResponseReturnValue:
    """The payment of a merchant's number."""
    check_merchant(request.args.get("mchid"))
    with gateway().store.reading() as connection:
        return described(gateway(), connection, own_payment(connection, out_trade_no, None))


@blueprint.get("/v3/pay/partner/transactions/out-trade-no/<out_trade_no>")
def query_partner(out_trade_no: str) -> ResponseReturnValue:
    """The payment of a sub-merchant's number."""
    check_merchant(request.args.get("sp_mchid"))
    with gateway().store.reading() as connection:
        return described(gateway(), connection, own_payment(connection, out_trade_no, request.args.get("sub_mchid", "")))


@blueprint.post("/v3/pay/partner/transactions/out-trade-no/<out_trade_no>/close")
def close_partner(out_trade_no: str) -> ResponseReturnValue:
    """A sub-merchant's payment can no longer be paid."""
    params = read_object(request.get_data())
    check_merchant(params.get("sp_mchid"))
    return _close(out_trade_no, str(params.get("sub_mchid", "")))


@blueprint.get("/v3/pay/transactions/id/<transaction_id>")
def query_by_transaction(transaction_id: str) -> ResponseReturnValue:
    """The payment of the channel's number."""
    check_merchant(request.args.get("mchid"))
    with gateway().store.reading() as connection:
        row = connection.execute("SELECT * FROM payment WHERE transaction_id = ?", (transaction_id,)).fetchone()
        if row is None:
            raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
        return described(gateway(), connection, row)


@blueprint.post("/v3/pay/transactions/out-trade-no/<out_trade_no>/close")
def close_payment(out_trade_no: str) -> ResponseReturnValue:
    """The payment can no longer be paid; closing twice is one closing. 400 ORDERPAID when money has moved."""
    check_merchant(read_object(request.get_data()).get("mchid"))
    return _close(out_trade_no, None)


def _close(out_trade_no: str, sub_mchid: str | None) -> ResponseReturnValue:
    with gateway().store.writing() as connection:
        if own_payment(connection, out_trade_no, sub_mchid)["state"] == "SUCCESS":
            raise Refused(400, "ORDERPAID", "订单已支付，不能关闭")
        connection.execute("UPDATE payment SET state = 'CLOSED' WHERE out_trade_no = ?", (out_trade_no,))
    return "", 204


@blueprint.post("/sandbox/pay/<out_trade_no>")
def pay_by_script(out_trade_no: str) -> ResponseReturnValue:
    """Pay without a page. `{"at": "2026-11-01T12:00:00+08:00"}` makes that the time of success."""
    at = read_moment(read_object(request.get_data()), "at")
    return pay(gateway(), out_trade_no, at)


def create_payment(house: Gateway, trade_type: str, params: dict[str, Any], openid: str | None, partner: bool = False) -> sqlite3.Row:
    """A payment to be paid. The same number with the same content is the same payment; with another, 403.

    `partner` says that a service provider asks for it in the name of `sub_mchid`.
    """
    number = read_number(params, "out_trade_no", TRADE_NUMBER)
    check_merchant(params.get("sp_mchid" if partner else "mchid"))
    if params.get("sp_appid" if partner else "appid") != house.keys.appid:
        raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid 和 mchid 不匹配")
    asked = json.dumps([trade_type, params], sort_keys=True, ensure_ascii=False)
    now = house.clock.now()
    with house.store.writing() as connection:
        known = connection.execute("SELECT * FROM payment WHERE out_trade_no = ?", (number,)).fetchone()
        if known is not None:
            return _asked_again(known, asked)
        insert(
            connection,
            "payment",
            out_trade_no=number,
            prepay_id=new_prepay_id(now),
            trade_type=trade_type,
            asked=asked,
            description=read_text(params, "description", 127),
            attach=read_text(params, "attach", 128) if "attach" in params else None,
            amount=read_amount(params, "total"),
            payer_openid=openid,
            notify_url=read_notify_url(params),
            created_at=now,
            expires_at=_read_expiry(params, now),
            sub_mchid=read_number(params, "sub_mchid", SUB_MERCHANT) if partner else None,
            profit_sharing=int(_read_mark(params)),
            state="NOTPAY",
        )
        return payment_of(connection, number)


def pay(house: Gateway, out_trade_no: str, at: float | None = None) -> dict[str, Any]:
    """The payer's money moves, once: success at `at` (now if None), fee taken, callback on its way."""
    now = house.clock.now()
    with house.store.writing() as connection:
        payment = payment_of(connection, out_trade_no)
        if payment["state"] == "CLOSED":
            raise Refused(400, "ORDER_CLOSED", "订单已关闭，不能支付")
        if payment["state"] == "SUCCESS":
            raise Refused(400, "ORDERPAID", "订单已支付")
        if at is None and payment["expires_at"] is not None and now >= payment["expires_at"]:
            raise wrong_request("订单已过支付时间")
        paid_at = now if at is None else at
        connection.execute(
            "UPDATE payment SET state = 'SUCCESS', transaction_id = ?, paid_at = ?, fee = ?,"
            " payer_openid = coalesce(payer_openid, ?) WHERE out_trade_no = ?",
            (new_transaction_id(paid_at), paid_at, fee_of(payment["amount"]), SCANNER_OPENID, out_trade_no),
        )
        told = described(house, connection, payment_of(connection, out_trade_no))
        enqueue_callback(house, connection, "TRANSACTION.SUCCESS", out_trade_no, payment["notify_url"], told)
    house.wake.set()
    return told


def fee_of(amount: int) -> int:
    """The channel's fee in fen: 0.6 % of the amount, half up."""
    return (amount * FEE_PPM + 500_000) // 1_000_000


def described(house: Gateway, connection: sqlite3.Connection, payment: sqlite3.Row) -> dict[str, Any]:
    """A payment as the channel tells it."""
    state = payment["state"]
    if connection.execute("SELECT 1 FROM refund WHERE out_trade_no = ?", (payment["out_trade_no"],)).fetchone():
        state = "REFUND"
    partner = payment["sub_mchid"] is not None
    ours = {"sp_appid": house.keys.appid, "sp_mchid": house.keys.merchant_id, "sub_mchid": payment["sub_mchid"]}
    told: dict[str, Any] = (ours if partner else {"appid": house.keys.appid, "mchid": house.keys.merchant_id}) | {
        "out_trade_no": payment["out_trade_no"],
        "trade_state": state,
        "trade_state_desc": STATES[state],
        "amount": {"total": payment["amount"], "currency": "CNY"},
    }
    if payment["attach"] is not None:
        told["attach"] = payment["attach"]
    if payment["transaction_id"] is not None:
        told |= {
            "transaction_id": payment["transaction_id"],
            "trade_type": payment["trade_type"],
            "bank_type": "OTHERS",
            "success_time": rfc3339(payment["paid_at"]),
            "payer": {"sp_openid" if partner else "openid": payment["payer_openid"]},
        }
        told["amount"] |= {"payer_total": payment["amount"], "payer_currency": "CNY"}
    return told


def payment_of(connection: sqlite3.Connection, out_trade_no: str) -> sqlite3.Row:
    """The payment, or 404 ORDER_NOT_EXIST."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM payment WHERE out_trade_no = ?", (out_trade_no,)
    ).fetchone()
    if row is None:
        raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
    return row


def own_payment(connection: sqlite3.Connection, out_trade_no: str, sub_mchid: str | None) -> sqlite3.Row:
    """The payment of that sub-merchant, or of the merchant itself for None; 404 ORDER_NOT_EXIST for anybody else's."""
    payment = payment_of(connection, out_trade_no)
    if payment["sub_mchid"] != sub_mchid:
        raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
    return payment


def check_merchant(merchant_id: object) -> None:
    """400 unless the request names the merchant that signed it."""
    if merchant_id != gateway().keys.merchant_id:
        raise Refused(400, "MCH_NOT_EXISTS", "商户号不存在，或不是签名的商户")


def read_amount(params: dict[str, Any], part: str) -> int:
    """`amount.<part>` in fen; CNY only."""
    amount = params.get("amount")
    if not isinstance(amount, dict) or amount.get("currency", "CNY") != "CNY":
        raise wrong_parameter("amount", "要有金额，币种为 CNY")
    return read_fen(amount, part)


def read_moment(params: dict[str, Any], name: str) -> float | None:
    """An optional ISO 8601 time with its offset, or 400 PARAM_ERROR."""
    value = params.get(name)
    if value is None:
        return None
    try:
        return read_time(value)
    except (TypeError, ValueError) as error:
        raise wrong_parameter(name, "要是带时区的时间，如 2026-11-01T12:00:00+08:00") from error


def _asked_again(known: sqlite3.Row, asked: str) -> sqlite3.Row:
    if known["state"] == "SUCCESS":
        raise Refused(400, "ORDERPAID", "订单已支付")
    if known["state"] == "CLOSED":
        raise Refused(400, "ORDER_CLOSED", "订单已关闭")
    if known["asked"] != asked:
        raise Refused(403, "OUT_TRADE_NO_USED", "商户订单号已被使用，且内容不一致")
    return known


def _read_mark(params: dict[str, Any]) -> bool:
    """`settle_info.profit_sharing`, which freezes the money for sharing."""
    told = params.get("settle_info", {})
    mark = told.get("profit_sharing", False) if isinstance(told, dict) else None
    if type(mark) is not bool:
        raise wrong_parameter("settle_info.profit_sharing", "要是 true 或 false")
    return mark


def _read_expiry(params: dict[str, Any], now: float) -> float | None:
    expires_at = read_moment(params, "time_expire")
    if expires_at is not None and expires_at <= now:
        raise wrong_parameter("time_expire", "要晚于下单时间")
    return expires_at
