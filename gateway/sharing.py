"""Profit sharing (分账) of a sub-merchant's payments: shares, the release of what is not shared, what could still be shared.

A payment is marked at prepay or never. All shares together: at most the sub-merchant's ratio (30 % if it agreed on nothing else) and at most what
the fee and refunds leave; 50 requests of 50 receivers a payment. The money is frozen for 30 days; then it is released by itself. One number
shares once. A request is PROCESSING, then FINISHED; each receiver's part has a result of its own: SUCCESS, or CLOSED with a reason.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.clock import rfc3339
from gateway.context import Gateway, gateway
from gateway.faults import take_fault
from gateway.parameters import SHARING_NUMBER, SUB_MERCHANT, new_sharing_id, read_fen, read_number, read_object, read_text
from gateway.receivers import KINDS, ratio_of, read_name, receiver_of
from gateway.refusals import Refused, wrong_parameter, wrong_request
from gateway.store import insert

MOST_REQUESTS = MOST_RECEIVERS = 50
FROZEN_SECONDS = 30 * 86_400
PROCESSING_SECONDS = 3

blueprint = Blueprint("sharing", __name__)


@blueprint.post("/v3/profitsharing/orders")
def ask_share() -> ResponseReturnValue:
    """Accept a request to share; who gets what is known once it is FINISHED."""
    house, params = gateway(), read_object(request.get_data())
    with house.store.writing() as connection:
        told = described(connection, _accept(house, connection, params))
    house.wake.set()
    return told


@blueprint.get("/v3/profitsharing/orders/<out_order_no>")
def query_share(out_order_no: str) -> ResponseReturnValue:
    """The request of a merchant's number, or 404 RESOURCE_NOT_EXISTS."""
    with gateway().store.reading() as connection:
        share = _known(connection, out_order_no)
        if share is None or share["transaction_id"] != request.args.get("transaction_id") or share["sub_mchid"] != request.args.get("sub_mchid"):
            raise Refused(404, "RESOURCE_NOT_EXISTS", "分账单不存在")
        return described(connection, share)


@blueprint.post("/v3/profitsharing/orders/unfreeze")
def release_rest() -> ResponseReturnValue:
    """Nothing more is shared: the rest is the sub-merchant's, at once."""
    house, params = gateway(), read_object(request.get_data())
    with house.store.writing() as connection:
        told = described(connection, _accept(house, connection, {**params, "receivers": [], "unfreeze_unsplit": True}, rest=True))
    house.wake.set()
    return told


@blueprint.get("/v3/profitsharing/transactions/<transaction_id>/amounts")
def query_unsplit(transaction_id: str) -> ResponseReturnValue:
    """How many fen of the payment are frozen and could still be shared; 0 once it was released."""
    house = gateway()
    with house.store.reading() as connection:
        payment = marked_payment(connection, transaction_id)
        left = 0 if is_released(payment, house.clock.now()) else free_of(connection, payment)
        return {"transaction_id": transaction_id, "unsplit_amount": left}


def marked_payment(connection: sqlite3.Connection, transaction_id: object) -> sqlite3.Row:
    """The paid payment, or a refusal: there is none, or it was not marked at prepay."""
    payment: sqlite3.Row | None = connection.execute("SELECT * FROM payment WHERE transaction_id = ?", (transaction_id,)).fetchone()
    if payment is None:
        raise Refused(404, "RESOURCE_NOT_EXISTS", "订单不存在")
    if not payment["profit_sharing"]:
        raise wrong_request("非分账订单不支持分账")
    return payment


def is_released(payment: sqlite3.Row, now: float) -> bool:
    """Whether what was not shared is the sub-merchant's already: asked for, or by itself after 30 days."""
    return payment["released_at"] is not None or now >= payment["paid_at"] + FROZEN_SECONDS


def shared_of(connection: sqlite3.Connection, transaction_id: str) -> int:
    """Fen that others than the sub-merchant have or are about to get, less what came back."""
    row = connection.execute(
        "SELECT coalesce(sum(amount), 0) - (SELECT coalesce(sum(back.amount), 0) FROM sharing_return AS back JOIN sharing USING (out_order_no)"
        " WHERE sharing.transaction_id = :id AND back.state = 'SUCCESS') FROM sharing_part JOIN sharing USING (out_order_no)"
        " WHERE transaction_id = :id AND result <> 'CLOSED' AND account <> sharing.sub_mchid",
        {"id": transaction_id},
    ).fetchone()
    return int(row[0])


def free_of(connection: sqlite3.Connection, payment: sqlite3.Row) -> int:
    """Fen of the payment that neither the fee, nor refunds, nor shares have taken."""
    back = connection.execute("SELECT coalesce(sum(amount), 0) FROM refund WHERE out_trade_no = ?", (payment["out_trade_no"],)).fetchone()[0]
    return max(int(payment["amount"] - payment["fee"] - back) - shared_of(connection, payment["transaction_id"]), 0)


def share_due(house: Gateway) -> float | None:
    """Give the parts whose time has come; the wall time of the next ones, None if none waits."""
    with house.store.reading() as connection:
        due_at = _next_due(connection)
    if due_at is None or due_at > house.clock.wall():
        return due_at
    with house.store.writing() as connection:
        for share in connection.execute("SELECT * FROM sharing WHERE state = 'PROCESSING' AND due_at <= ?", (house.clock.wall(),)).fetchall():
            _finish(house, connection, share)
        return _next_due(connection)


def described(connection: sqlite3.Connection, share: sqlite3.Row) -> dict[str, Any]:
    """A request as the channel tells it."""
    parts = connection.execute("SELECT * FROM sharing_part WHERE out_order_no = ? ORDER BY seq", (share["out_order_no"],)).fetchall()
    return {
        "sub_mchid": share["sub_mchid"], "transaction_id": share["transaction_id"], "out_order_no": share["out_order_no"],
        "order_id": share["order_id"], "state": share["state"], "receivers": [_part(part) for part in parts],
    }


def _part(part: sqlite3.Row) -> dict[str, Any]:
    told = {
        "amount": part["amount"], "description": part["description"], "type": part["type"], "account": part["account"], "result": part["result"],
        "create_time": rfc3339(part["created_at"]), "detail_id": part["detail_id"],
    }
    if part["finished_at"] is not None:
        told["finish_time"] = rfc3339(part["finished_at"])
    if part["fail_reason"] is not None:
        told["fail_reason"] = part["fail_reason"]
    return told


def _accept(house: Gateway, connection: sqlite3.Connection, params: dict[str, Any], rest: bool = False) -> sqlite3.Row:
    """The request, new or known by its number; refused when a rule of the channel stands against it."""
    number, sub_mchid = read_number(params, "out_order_no", SHARING_NUMBER), read_number(params, "sub_mchid", SUB_MERCHANT)
    asked = json.dumps({**params, "receivers": [_plain(each) for each in params.get("receivers") or []]}, sort_keys=True, ensure_ascii=False)
    known = _known(connection, number)
    if known is not None:
        if known["asked"] != asked:
            raise wrong_request("商户分账单号已使用，且内容与首次申请不一致")
        return known
    payment, now = marked_payment(connection, params.get("transaction_id")), house.clock.now()
    if payment["sub_mchid"] != sub_mchid:
        raise wrong_parameter("sub_mchid", "不是这笔支付的特约商户")
    if is_released(payment, now):
        raise wrong_request("订单已完结或已过冻结期，剩余资金已解冻")
    parts = [] if rest else _read_parts(house, connection, params, sub_mchid)
    release = params.get("unfreeze_unsplit")
    if type(release) is not bool:
        raise wrong_parameter("unfreeze_unsplit", "要说明是否解冻剩余资金")
    _check_rules(connection, payment, parts)
    fault = take_fault(connection, "shares") if parts else None
    slow = fault["seconds"] if fault is not None and fault["kind"] == "slow" and fault["seconds"] is not None else house.clock.wait(PROCESSING_SECONDS)
    insert(
        connection, "sharing", out_order_no=number, order_id=new_sharing_id(now), asked=asked, sub_mchid=sub_mchid, releases=int(release),
        transaction_id=payment["transaction_id"], description=read_text(params, "description", 80) if rest else "", accepted_at=now,
        due_at=house.clock.wall() + slow, state="PROCESSING", fault=fault["kind"] if fault is not None else None,
    )
    if rest:
        parts = [{"type": "MERCHANT_ID", "account": sub_mchid, "amount": free_of(connection, payment), "description": params["description"], "known": True}]
    for seq, part in enumerate(parts, start=1):
        insert(
            connection, "sharing_part", out_order_no=number, seq=seq, detail_id=new_sharing_id(now), type=part["type"], account=part["account"],
            amount=part["amount"], description=part["description"], result="PENDING", created_at=now, fail_reason=None if part["known"] else "NO_RELATION",
        )
    found = _known(connection, number)
    assert found is not None
    return found


def _check_rules(connection: sqlite3.Connection, payment: sqlite3.Row, parts: list[dict[str, Any]]) -> None:
    number = payment["transaction_id"]
    if connection.execute("SELECT count(*) FROM sharing WHERE transaction_id = ?", (number,)).fetchone()[0] >= MOST_REQUESTS:
        raise Refused(403, "RULE_LIMIT", "一笔订单最多请求分账 50 次")
    wanted = sum(part["amount"] for part in parts)
    to_others = sum(part["amount"] for part in parts if part["account"] != payment["sub_mchid"])
    ratio = ratio_of(connection, payment["sub_mchid"])
    if 10_000 * (shared_of(connection, number) + to_others) > ratio * payment["amount"]:
        raise Refused(403, "RULE_LIMIT", f"分账金额超过最大分账比例 {ratio / 100:g}%")
    if wanted > free_of(connection, payment):
        raise Refused(403, "NOT_ENOUGH", "分账金额超过订单剩余可分金额")


def _read_parts(house: Gateway, connection: sqlite3.Connection, params: dict[str, Any], sub_mchid: str) -> list[dict[str, Any]]:
    receivers = params.get("receivers")
    if not isinstance(receivers, list) or not 0 < len(receivers) <= MOST_RECEIVERS or not all(isinstance(each, dict) for each in receivers):
        raise wrong_parameter("receivers", "要有 1 到 50 个接收方")
    parts = []
    for each in receivers:
        kind, account = each.get("type"), read_text(each, "account", 64)
        if kind not in KINDS:
            raise wrong_parameter("receivers.type", f"可选：{'、'.join(KINDS)}")
        known, name = receiver_of(connection, sub_mchid, kind, account), read_name(house, each)
        if known is not None and name is not None and known["name"] is not None and name != known["name"]:
            raise wrong_parameter("receivers.name", "与添加接收方时的姓名不一致")
        parts.append({
            "type": kind, "account": account, "amount": read_fen(each, "amount"), "description": read_text(each, "description", 80),
            "known": known is not None or account == sub_mchid,
        })
    return parts


def _plain(receiver: object) -> object:
    """A receiver as it was asked for, without the name, which is encrypted anew each time."""
    return {key: value for key, value in receiver.items() if key != "name"} if isinstance(receiver, dict) else receiver


def _finish(house: Gateway, connection: sqlite3.Connection, share: sqlite3.Row) -> None:
    at = share["accepted_at"] + house.clock.wait(PROCESSING_SECONDS)
    if share["fault"] == "close":
        connection.execute("UPDATE sharing_part SET fail_reason = 'ACCOUNT_ABNORMAL' WHERE out_order_no = ?", (share["out_order_no"],))
    connection.execute(
        "UPDATE sharing_part SET finished_at = ?, result = CASE WHEN fail_reason IS NULL THEN 'SUCCESS' ELSE 'CLOSED' END WHERE out_order_no = ?",
        (at, share["out_order_no"]),
    )
    connection.execute("UPDATE sharing SET state = 'FINISHED', finished_at = ? WHERE out_order_no = ?", (at, share["out_order_no"]))
    if share["releases"]:
        connection.execute("UPDATE payment SET released_at = ? WHERE transaction_id = ? AND released_at IS NULL", (at, share["transaction_id"]))


def _known(connection: sqlite3.Connection, out_order_no: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute("SELECT * FROM sharing WHERE out_order_no = ?", (out_order_no,)).fetchone()
    return row


def _next_due(connection: sqlite3.Connection) -> float | None:
    found: float | None = connection.execute("SELECT min(due_at) FROM sharing WHERE state = 'PROCESSING'").fetchone()[0]
    return found
