"""The SMS provider: takes messages from whoever holds the key, delivers them to a page a developer can read."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.clock import rfc3339
from gateway.context import gateway
from gateway.parameters import read_object, read_text
from gateway.refusals import Refused, wrong_parameter
from gateway.store import insert

PHONE = re.compile(r"1[3-9]\d{9}")
SHOWN = 200

blueprint = Blueprint("messages", __name__)


@blueprint.post("/sms/send")
def send_message() -> ResponseReturnValue:
    """`{"phone", "template", "params"}` with the bearer key → `{"message_id"}`; 401 without the key."""
    house = gateway()
    given = request.headers.get("Authorization", "")
    if not secrets.compare_digest(given.encode(), f"Bearer {house.keys.sms_key}".encode()):
        raise Refused(401, "KEY_INVALID", "短信密钥不对")
    content = read_object(request.get_data())
    phone, template, params = content.get("phone"), read_text(content, "template", 60), content.get("params", {})
    if not isinstance(phone, str) or not PHONE.fullmatch(phone):
        raise wrong_parameter("phone", "要是大陆手机号")
    if not isinstance(params, dict) or not all(isinstance(value, str) for value in params.values()):
        raise wrong_parameter("params", "要是文字的键值")
    message_id = str(uuid.uuid4())
    with house.store.writing() as connection:
        insert(
            connection,
            "message",
            id=message_id,
            phone=phone,
            template=template,
            params=json.dumps(params, ensure_ascii=False),
            sent_at=house.clock.wall(),
        )
    return {"message_id": message_id}


@blueprint.get("/sandbox/messages")
def show_messages() -> ResponseReturnValue:
    """The page of what was sent, newest first; `?phone=` narrows it."""
    return render_template("messages.html", messages=recent_messages(request.args.get("phone")))


@blueprint.get("/sandbox/messages.json")
def list_messages() -> ResponseReturnValue:
    """The same for programs."""
    return {"messages": recent_messages(request.args.get("phone"))}


def recent_messages(phone: str | None) -> list[dict[str, Any]]:
    """The newest messages, of one phone or of all."""
    with gateway().store.reading() as connection:
        rows = connection.execute(
            "SELECT * FROM message WHERE phone = ? OR ? IS NULL ORDER BY sent_at DESC, rowid DESC LIMIT ?",
            (phone, phone, SHOWN),
        ).fetchall()
    return [dict(row) | {"params": json.loads(row["params"]), "sent_at": rfc3339(row["sent_at"])} for row in rows]
