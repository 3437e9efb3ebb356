"""Pages for people: what the payer sees, and what a developer wants to see. All of them say 模拟 SANDBOX."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.clock import bill_time, rfc3339
from gateway.context import gateway
from gateway.messages import recent_messages
from gateway.parameters import read_object
from gateway.payments import pay, payment_of, read_moment
from gateway.refusals import Refused

SHOWN = 50
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
SHARINGS = """
    SELECT out_order_no, sub_mchid, account, part.amount, result, fail_reason, part.created_at, part.finished_at
      FROM sharing_part AS part JOIN sharing USING (out_order_no)
    UNION ALL
    SELECT out_return_no, sub_mchid, account, back.amount, '回退 ' || back.state, fail_reason, back.accepted_at, back.finished_at
      FROM sharing_return AS back JOIN sharing USING (out_order_no)
    ORDER BY 7 DESC LIMIT ?
"""

blueprint = Blueprint("pages", __name__)


@blueprint.app_template_filter("yuan")
def yuan(fen: int) -> str:
    """`¥1,286.50`."""
    return f"¥{fen // 100:,}.{fen % 100:02d}"


@blueprint.app_template_filter("when")
def when(at: float | None) -> str:
    """Beijing time, or a dash."""
    return "—" if at is None else bill_time(at)


@blueprint.after_app_request
def harden(response: Response) -> Response:
    """Pages load nothing and post to themselves only."""
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = POLICY
    return response


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Payments, refunds, shares and returns, transfers, callbacks with their tries, messages: the newest of each."""
    with gateway().store.reading() as connection:
        return render_template(
            "index.html",
            payments=_newest(connection, "payment", "created_at"),
            refunds=_newest(connection, "refund", "accepted_at"),
            sharings=connection.execute(SHARINGS, (SHOWN,)).fetchall(),
            transfers=_newest(connection, "transfer", "accepted_at"),
            callbacks=recent_callbacks(connection),
            messages=recent_messages(None)[:SHOWN],
            now=gateway().clock.now(),
            speed=gateway().clock.speed,
        )


@blueprint.get("/sandbox/callbacks.json")
def list_callbacks() -> ResponseReturnValue:
    """Callbacks with their tries for programs; `?subject=` is a payment's or refund's number."""
    with gateway().store.reading() as connection:
        return {"callbacks": recent_callbacks(connection, request.args.get("subject"))}


@blueprint.get("/pay/<prepay_id>")
def payer_page(prepay_id: str) -> ResponseReturnValue:
    """What the payer's phone shows: to whom, how much, pay or not."""
    payment, house = _by_prepay(prepay_id), gateway()
    expired = payment["expires_at"] is not None and house.clock.now() >= payment["expires_at"]
    return render_template(
        "pay.html",
        payment=payment,
        merchant=house.settings.merchant_name,
        state="EXPIRED" if expired and payment["state"] == "NOTPAY" else payment["state"],
        cancelled="cancelled" in request.args,
    )


@blueprint.post("/pay/<prepay_id>")
def payer_decides(prepay_id: str) -> ResponseReturnValue:
    """Pay or leave it; the page then tells what happened."""
    payment, page = _by_prepay(prepay_id), url_for("pages.payer_page", prepay_id=prepay_id)
    if request.form.get("decision") != "pay":
        return redirect(f"{page}?cancelled", 303)
    with suppress(Refused):  # paid, closed or expired meanwhile: the page says which
        pay(gateway(), payment["out_trade_no"])
    return redirect(page, 303)


@blueprint.get("/sandbox/clock")
def tell_time() -> ResponseReturnValue:
    """What time it is in the simulation."""
    return {"now": rfc3339(gateway().clock.now()), "speed": gateway().clock.speed}


@blueprint.put("/sandbox/clock")
def set_clock() -> ResponseReturnValue:
    """`{"now": "2026-11-01T12:00:00+08:00"}` makes it that time, and it goes on from there; null is real time again."""
    gateway().clock.set(read_moment(read_object(request.get_data()), "now"))
    return tell_time()


def recent_callbacks(connection: sqlite3.Connection, subject: str | None = None) -> list[dict[str, Any]]:
    """The newest callbacks, each with its tries in order."""
    rows = connection.execute(
        "SELECT id, event_type, subject, notify_url, created_at, fault, state, tries, due_at FROM callback"
        " WHERE subject = ? OR ? IS NULL ORDER BY rowid DESC LIMIT ?",
        (subject, subject, SHOWN),
    ).fetchall()
    return [dict(row) | {"log": _tries(connection, row["id"])} for row in rows]


def _tries(connection: sqlite3.Connection, callback_id: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT number, tried_at, status, problem, milliseconds FROM callback_try WHERE callback_id = ? ORDER BY rowid",
        (callback_id,),
    )
    return [dict(row) for row in rows]


def _newest(connection: sqlite3.Connection, table: str, column: str) -> list[sqlite3.Row]:
    query = f"SELECT * FROM {table} ORDER BY {column} DESC LIMIT ?"  # noqa: S608 (names from this file)
    return connection.execute(query, (SHOWN,)).fetchall()


def _by_prepay(prepay_id: str) -> sqlite3.Row:
    with gateway().store.reading() as connection:
        row = connection.execute("SELECT out_trade_no FROM payment WHERE prepay_id = ?", (prepay_id,)).fetchone()
        return payment_of(connection, "" if row is None else row["out_trade_no"])
