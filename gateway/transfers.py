"""Transfers to a person (商家转账): accepted, then waiting for the payee's yes, for a day; after that they close by themselves.

One number transfers once: the same content again is the same transfer, other content is refused. They leave the operation
account, of which this simulator makes no bill.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.clock import rfc3339
from gateway.context import Gateway, gateway
from gateway.parameters import TRANSFER_NUMBER, new_transfer_id, read_fen, read_number, read_object, read_text
from gateway.refusals import Refused, wrong_parameter, wrong_request
from gateway.store import insert

ACCEPTED_SECONDS = 3
CLOSES_SECONDS = 86400
LEAST = 10  # fen
DECISIONS = {"confirm": ("SUCCESS", None), "refuse": ("FAIL", "PAYEE_REFUSED")}

blueprint = Blueprint("transfers", __name__)


@blueprint.post("/v3/fund-app/mch-transfer/transfer-bills")
def ask_transfer() -> ResponseReturnValue:
    """Accept a transfer; nobody has the money before the payee says yes."""
    house, params = gateway(), read_object(request.get_data())
    with house.store.writing() as connection:
        transfer = accept_transfer(house, connection, params)
    house.wake.set()
    return {
        "out_bill_no": transfer["out_bill_no"],
        "transfer_bill_no": transfer["transfer_id"],
        "create_time": rfc3339(transfer["accepted_at"]),
        "state": transfer["state"],
        "package_info": transfer["transfer_id"],
    }


@blueprint.get("/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/<out_bill_no>")
def query_transfer(out_bill_no: str) -> ResponseReturnValue:
    """The transfer of a merchant's number, or 404 NOT_FOUND."""
    with gateway().store.reading() as connection:
        return described(gateway(), transfer_of(connection, out_bill_no))


@blueprint.get("/transfer/<transfer_id>")
def payee_page(transfer_id: str) -> ResponseReturnValue:
    """What the payee's phone shows: from whom, how much, take it or not."""
    house = gateway()
    with house.store.reading() as connection:
        transfer = _by_id(connection, transfer_id)
    return render_template("transfer.html", transfer=transfer, merchant=house.settings.merchant_name)


@blueprint.post("/transfer/<transfer_id>")
def payee_decides(transfer_id: str) -> ResponseReturnValue:
    """Take it or refuse it; what is closed stays closed."""
    decide(gateway(), transfer_id, request.form.get("decision", ""))
    return redirect(url_for("transfers.payee_page", transfer_id=transfer_id), 303)


def accept_transfer(house: Gateway, connection: sqlite3.Connection, params: dict[str, Any]) -> sqlite3.Row:
    """The transfer, new or known by its number; refused when a rule of the channel stands against it."""
    number = read_number(params, "out_bill_no", TRANSFER_NUMBER)
    asked = json.dumps({name: value for name, value in params.items() if name != "user_name"}, sort_keys=True, ensure_ascii=False)
    known = _known(connection, number)
    if known is not None:
        if known["asked"] != asked:
            raise wrong_request("商户单号已使用，且内容与首次申请不一致")
        return known
    amount = read_fen(params, "transfer_amount")
    if amount < LEAST:
        raise wrong_parameter("transfer_amount", "最少 0.1 元")
    if params.get("appid") != house.keys.appid:
        raise Refused(400, "APPID_MCHID_NOT_MATCH", "商户号和 appid 没有绑定")
    now = house.clock.now()
    insert(
        connection,
        "transfer",
        out_bill_no=number,
        transfer_id=new_transfer_id(now),
        asked=asked,
        openid=read_text(params, "openid", 64),
        amount=amount,
        remark=read_text(params, "transfer_remark", 32),
        accepted_at=now,
        updated_at=now,
        due_at=house.clock.wall() + house.clock.wait(ACCEPTED_SECONDS),
        state="ACCEPTED",
    )
    return transfer_of(connection, number)


def decide(house: Gateway, transfer_id: str, decision: str) -> None:
    """The payee's word on an open transfer; nothing for any other word or a transfer that has ended."""
    if decision not in DECISIONS:
        return
    state, reason = DECISIONS[decision]
    with house.store.writing() as connection:
        connection.execute(
            "UPDATE transfer SET state = ?, fail_reason = ?, updated_at = ? WHERE transfer_id = ? AND state IN ('ACCEPTED', 'WAIT_USER_CONFIRM')",
            (state, reason, house.clock.now(), transfer_id),
        )


def move_due(house: Gateway) -> float | None:
    """Transfers whose time has come wait for their payee, or close; the wall time of the next one, None if none is open."""
    wall = house.clock.wall()
    with house.store.reading() as connection:
        due_at = _next_due(connection)
    if due_at is None or due_at > wall:
        return due_at
    with house.store.writing() as connection:
        connection.execute(
            "UPDATE transfer SET state = 'FAIL', fail_reason = 'OVERDUE_CLOSE', updated_at = ? WHERE state = 'WAIT_USER_CONFIRM' AND due_at <= ?",
            (house.clock.now(), wall),
        )
        connection.execute(
            "UPDATE transfer SET state = 'WAIT_USER_CONFIRM', due_at = ?, updated_at = ? WHERE state = 'ACCEPTED' AND due_at <= ?",
            (wall + house.clock.wait(CLOSES_SECONDS), house.clock.now(), wall),
        )
        return _next_due(connection)


def described(house: Gateway, transfer: sqlite3.Row) -> dict[str, Any]:
    """A transfer as the channel tells it."""
    told = {
        "mch_id": house.keys.merchant_id,
        "out_bill_no": transfer["out_bill_no"],
        "transfer_bill_no": transfer["transfer_id"],
        "appid": house.keys.appid,
        "state": transfer["state"],
        "transfer_amount": transfer["amount"],
        "transfer_remark": transfer["remark"],
        "openid": transfer["openid"],
        "create_time": rfc3339(transfer["accepted_at"]),
        "update_time": rfc3339(transfer["updated_at"]),
    }
    return told if transfer["fail_reason"] is None else told | {"fail_reason": transfer["fail_reason"]}


def transfer_of(connection: sqlite3.Connection, out_bill_no: str) -> sqlite3.Row:
    """The transfer, or 404 NOT_FOUND."""
    transfer = _known(connection, out_bill_no)
    if transfer is None:
        raise Refused(404, "NOT_FOUND", "记录不存在")
    return transfer


def _by_id(connection: sqlite3.Connection, transfer_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute("SELECT * FROM transfer WHERE transfer_id = ?", (transfer_id,)).fetchone()
    if row is None:
        raise Refused(404, "NOT_FOUND", "记录不存在")
    return row


def _known(connection: sqlite3.Connection, out_bill_no: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute("SELECT * FROM transfer WHERE out_bill_no = ?", (out_bill_no,)).fetchone()
    return row


def _next_due(connection: sqlite3.Connection) -> float | None:
    found: float | None = connection.execute(
        "SELECT min(due_at) FROM transfer WHERE state IN ('ACCEPTED', 'WAIT_USER_CONFIRM')"
    ).fetchone()[0]
    return found
