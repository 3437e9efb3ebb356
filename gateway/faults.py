"""Faults on demand: the next N callbacks, or the next N signed requests, go wrong in a chosen way.

callbacks  twice (delivered two times) · late (first try comes `seconds` later, 180 if not said) · reorder (comes after
           the next one) · lost (never sent) · wrong_key (first try signed by somebody else) · signtest (first try
           carries the probe signature that every merchant must refuse)
shares     close (the next request ends with every part CLOSED, ACCOUNT_ABNORMAL) · slow (it is PROCESSING for `seconds`)
returns    refuse (the next return fails: BALANCE_NOT_ENOUGH) · time_out (it fails: TIME_OUT_CLOSED, its number is spent)
locks      http_500 (the next call to a lock is not taken)
requests   http_500 (nothing done) · slow (done, answered `seconds` later, 10 if not said) · lost (done, the line is
           cut before the answer) · wrong_key, signtest (done, the answer's signature is not ours)
"""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from gateway.context import gateway
from gateway.parameters import read_object
from gateway.refusals import wrong_parameter
from gateway.store import insert

KINDS = {
    "callbacks": ("twice", "late", "reorder", "lost", "wrong_key", "signtest"),
    "shares": ("close", "slow"),
    "returns": ("refuse", "time_out"),
    "locks": ("http_500",),
    "requests": ("http_500", "slow", "lost", "wrong_key", "signtest"),
}
LONGEST_SECONDS = 600

blueprint = Blueprint("faults", __name__)


def take_fault(connection: sqlite3.Connection, scope: str) -> sqlite3.Row | None:
    """The fault that the next callback or request is to have, used up once; None when all is well."""
    fault: sqlite3.Row | None = connection.execute(
        "SELECT * FROM fault WHERE scope = ? ORDER BY id LIMIT 1", (scope,)
    ).fetchone()
    if fault is not None and fault["remaining"] == 1:
        connection.execute("DELETE FROM fault WHERE id = ?", (fault["id"],))
    elif fault is not None:
        connection.execute("UPDATE fault SET remaining = remaining - 1 WHERE id = ?", (fault["id"],))
    return fault


@blueprint.post("/sandbox/faults")
def order_fault() -> ResponseReturnValue:
    """`{"kind": "twice", "scope": "callbacks", "count": 1, "seconds": null}` joins the end of the list."""
    kind, scope, count, seconds = _read_fault(read_object(request.get_data()))
    with gateway().store.writing() as connection:
        insert(connection, "fault", kind=kind, scope=scope, remaining=count, seconds=seconds)
    return list_faults(), 201


@blueprint.get("/sandbox/faults")
def list_faults() -> dict[str, Any]:
    """Faults still to come, in the order in which they will happen."""
    with gateway().store.reading() as connection:
        rows = connection.execute("SELECT kind, scope, remaining, seconds FROM fault ORDER BY id").fetchall()
    return {"faults": [dict(row) for row in rows]}


@blueprint.delete("/sandbox/faults")
def clear_faults() -> ResponseReturnValue:
    """All is well from here on."""
    with gateway().store.writing() as connection:
        connection.execute("DELETE FROM fault")
    return jsonify(faults=[])


def _read_fault(params: dict[str, Any]) -> tuple[str, str, int, float | None]:
    scope, kind = params.get("scope", "callbacks"), params.get("kind")
    count, seconds = params.get("count", 1), params.get("seconds")
    if scope not in KINDS:
        raise wrong_parameter("scope", f"可选：{'、'.join(KINDS)}")
    if kind not in KINDS[scope]:
        raise wrong_parameter("kind", f"可选：{'、'.join(KINDS[scope])}")
    if type(count) is not int or not 0 < count <= 1000:
        raise wrong_parameter("count", "要是 1 到 1000 的整数")
    if seconds is not None and (type(seconds) not in (int, float) or not 0 <= seconds <= LONGEST_SECONDS):
        raise wrong_parameter("seconds", f"要在 0 到 {LONGEST_SECONDS} 之间")
    return kind, scope, count, seconds
