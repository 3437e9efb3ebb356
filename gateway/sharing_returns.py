"""Shares taken back (分账回退): from receivers that are merchants only, never more than they were given, within 180 days.

A return is PROCESSING, then SUCCESS or FAILED; one that FAILED stays so, and its number returns nothing any more: take another.
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
from gateway.refusals import Refused, wrong_request
from gateway.sharing import PROCESSING_SECONDS
from gateway.store import insert

WITHIN_SECONDS = 180 * 86_400
FAULTS = {"refuse": "BALANCE_NOT_ENOUGH", "time_out": "TIME_OUT_CLOSED"}

blueprint = Blueprint("sharing_returns", __name__)


@blueprint.post("/v3/profitsharing/return-orders")
def ask_return() -> ResponseReturnValue:
    """Accept a return; whether it worked is known later."""
    house, params = gateway(), read_object(request.get_data())
    with house.store.writing() as connection:
        told = described(_accept(house, connection, params))
    house.wake.set()
    return told


@blueprint.get("/v3/profitsharing/return-orders/<out_return_no>")
def query_return(out_return_no: str) -> ResponseReturnValue:
    """The return of a merchant's number, or 404 RESOURCE_NOT_EXISTS."""
    with gateway().store.reading() as connection:
        found = _known(connection, out_return_no)
        if found is None or found["out_order_no"] != request.args.get("out_order_no"):
            raise Refused(404, "RESOURCE_NOT_EXISTS", "回退单不存在")
        return described(found)


def return_due(house: Gateway) -> float | None:
    """End the returns whose time has come; the wall time of the next one, None if none waits."""
    with house.store.reading() as connection:
        due_at = _next_due(connection)
    if due_at is None or due_at > house.clock.wall():
        return due_at
    with house.store.writing() as connection:
        connection.execute(
            "UPDATE sharing_return SET state = CASE WHEN fail_reason IS NULL THEN 'SUCCESS' ELSE 'FAILED' END, finished_at = accepted_at + ?"
            " WHERE state = 'PROCESSING' AND due_at <= ?",
            (house.clock.wait(PROCESSING_SECONDS), house.clock.wall()),
        )
        return _next_due(connection)


def described(back: sqlite3.Row) -> dict[str, Any]:
    """A return as the channel tells it."""
    told = {
        "sub_mchid": back["sub_mchid"], "order_id": back["order_id"], "out_order_no": back["out_order_no"], "out_return_no": back["out_return_no"],
        "return_id": back["return_id"], "return_mchid": back["account"], "amount": back["amount"], "description": back["description"],
        "result": back["state"], "create_time": rfc3339(back["accepted_at"]),
    }
    if back["finished_at"] is not None:
        told["finish_time"] = rfc3339(back["finished_at"])
        if back["fail_reason"] is not None:
            told["fail_reason"] = back["fail_reason"]
    return told


def _accept(house: Gateway, connection: sqlite3.Connection, params: dict[str, Any]) -> sqlite3.Row:
    number, sub_mchid = read_number(params, "out_return_no", SHARING_NUMBER), read_number(params, "sub_mchid", SUB_MERCHANT)
    asked = json.dumps(params, sort_keys=True, ensure_ascii=False)
    known = _known(connection, number)
    if known is not None:
        if known["asked"] != asked:
            raise wrong_request("商户回退单号已使用，且内容与首次申请不一致")
        return known
    column = "order_id" if "order_id" in params else "out_order_no"
    share = connection.execute(f"SELECT * FROM sharing WHERE {column} = ?", (str(params.get(column)),)).fetchone()
    if share is None or share["sub_mchid"] != sub_mchid:
        raise Refused(404, "RESOURCE_NOT_EXISTS", "分账单不存在")
    account, amount, now = read_text(params, "return_mchid", 32), read_fen(params, "amount"), house.clock.now()
    parts = connection.execute(
        "SELECT * FROM sharing_part WHERE out_order_no = ? AND account = ? AND result = 'SUCCESS'", (share["out_order_no"], account)
    ).fetchall()
    if not parts or any(part["type"] != "MERCHANT_ID" for part in parts):
        raise wrong_request("只能从分账成功的商户接收方回退")
    if now - share["accepted_at"] > WITHIN_SECONDS:
        raise wrong_request("分账已超过 180 天，不能回退")
    back = connection.execute(
        "SELECT coalesce(sum(amount), 0) FROM sharing_return WHERE out_order_no = ? AND account = ? AND state <> 'FAILED'", (share["out_order_no"], account)
    ).fetchone()[0]
    if back + amount > sum(part["amount"] for part in parts):
        raise wrong_request("回退金额超过分给接收方的金额")
    fault = take_fault(connection, "returns")
    insert(
        connection, "sharing_return", out_return_no=number, return_id=new_sharing_id(now), asked=asked, out_order_no=share["out_order_no"],
        account=account, amount=amount, description=read_text(params, "description", 80), accepted_at=now,
        due_at=house.clock.wall() + house.clock.wait(PROCESSING_SECONDS), state="PROCESSING",
        fail_reason=FAULTS.get(fault["kind"]) if fault is not None else None,
    )
    found = _known(connection, number)
    assert found is not None
    return found


def _known(connection: sqlite3.Connection, out_return_no: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT back.*, sharing.order_id, sharing.sub_mchid FROM sharing_return AS back JOIN sharing USING (out_order_no) WHERE out_return_no = ?",
        (out_return_no,),
    ).fetchone()
    return row


def _next_due(connection: sqlite3.Connection) -> float | None:
    found: float | None = connection.execute("SELECT min(due_at) FROM sharing_return WHERE state = 'PROCESSING'").fetchone()[0]
    return found
