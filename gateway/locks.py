"""The maker of smart locks: keeps codes with the time in which they open a door, and a door to try them on."""

from __future__ import annotations

import secrets
from datetime import datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.context import gateway
from gateway.faults import take_fault
from gateway.parameters import read_object, read_text
from gateway.refusals import Refused, wrong_parameter

blueprint = Blueprint("locks", __name__)


@blueprint.put("/locks/<number>/codes/<name>")
def put_code(number: str, name: str) -> ResponseReturnValue:
    """`{"code", "begins", "ends"}` with the bearer key → `{"reference"}`; the same name again takes the place of the first. A revoked one stays revoked."""
    _admit()
    content = read_object(request.get_data())
    begins, ends = _moment(content, "begins"), _moment(content, "ends")
    if begins >= ends:
        raise wrong_parameter("ends", "要晚于开始")
    with gateway().store.writing() as connection:
        connection.execute(
            "INSERT INTO lock_code (lock_number, name, code, begins, ends) VALUES (?, ?, ?, ?, ?) ON CONFLICT (lock_number, name)"
            " DO UPDATE SET code = excluded.code, begins = excluded.begins, ends = excluded.ends",
            (number, name, read_text(content, "code", 12), begins, ends),
        )
    return {"reference": f"{number}:{name}"}


@blueprint.delete("/locks/<number>/codes/<name>")
def revoke_code(number: str, name: str) -> ResponseReturnValue:
    """The code of that name opens nothing any more; one that never came will not."""
    _admit()
    with gateway().store.writing() as connection:
        connection.execute(
            "INSERT INTO lock_code (lock_number, name, code, begins, ends, revoked) VALUES (?, ?, '', 0, 0, 1)"
            " ON CONFLICT (lock_number, name) DO UPDATE SET revoked = 1",
            (number, name),
        )
    return {"reference": f"{number}:{name}"}


@blueprint.post("/sandbox/locks/<number>/open")
def try_code(number: str) -> ResponseReturnValue:
    """`{"code", "at"}` → `{"opens"}`: what the door does when somebody types the code then."""
    content = read_object(request.get_data())
    at, code = _moment(content, "at"), read_text(content, "code", 12)
    with gateway().store.reading() as connection:
        rows = connection.execute(
            "SELECT code FROM lock_code WHERE lock_number = ? AND NOT revoked AND begins <= ? AND ends > ?", (number, at, at)
        ).fetchall()
    return {"opens": any(secrets.compare_digest(row["code"].encode(), code.encode()) for row in rows)}


def _admit() -> None:
    house = gateway()
    given = request.headers.get("Authorization", "")
    if not secrets.compare_digest(given.encode(), f"Bearer {house.keys.sms_key}".encode()):
        raise Refused(401, "KEY_INVALID", "门锁密钥不对")
    with house.store.writing() as connection:
        fault = take_fault(connection, "locks")
    if fault is not None:
        raise Refused(500, "SYSTEM_ERROR", "门锁离线，稍后再试")


def _moment(content: dict[str, object], name: str) -> float:
    try:
        return datetime.fromisoformat(str(content.get(name))).timestamp()
    except ValueError as wrong:
        raise wrong_parameter(name, "要是带时区的时间") from wrong
