"""WeChat's subscribe messages: a token for our mini-program, and messages that people agreed to; shown on the page of messages.

The token is good for two hours. The person `shy` agrees to nothing, so that a refusal can be tried: errcode 43101.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import uuid
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.context import Gateway, gateway
from gateway.login import BAD_APPID, BAD_SECRET, openid_of
from gateway.parameters import read_object
from gateway.store import insert

TOKEN_SECONDS = 7200
BAD_GRANT, BAD_TOKEN, BAD_OPENID = (40002, "invalid grant_type"), (40001, "invalid credential"), (40003, "invalid openid")
BAD_TEMPLATE, BAD_DATA, NOT_AGREED = (40037, "invalid template_id"), (47003, "argument invalid"), (43101, "user refuse to accept the msg")
OPENID, FIELD = re.compile(r"[\w-]{4,128}"), re.compile(r"[a-z_]+[1-9]\d?")
LONGEST = {"thing": 20, "phrase": 5, "name": 10, "symbol": 5}

blueprint = Blueprint("subscribe", __name__)


@blueprint.post("/cgi-bin/stable_token")
def give_token() -> ResponseReturnValue:
    """`{access_token, expires_in}`, or `{errcode, errmsg}`; 200 either way, as the real service answers."""
    house, asked = gateway(), read_object(request.get_data())
    if asked.get("grant_type") != "client_credential":
        return _answer(BAD_GRANT)
    if asked.get("appid") != house.keys.appid:
        return _answer(BAD_APPID)
    if not secrets.compare_digest(str(asked.get("secret", "")).encode(), house.keys.app_secret.encode()):
        return _answer(BAD_SECRET)
    return {"access_token": _token(house, 0), "expires_in": TOKEN_SECONDS}


@blueprint.post("/cgi-bin/message/subscribe/send")
def send() -> ResponseReturnValue:
    """`{errcode: 0}` when the person gets it; the fields of the data are checked as the real service checks them."""
    house, content = gateway(), read_object(request.get_data())
    given = request.args.get("access_token", "").encode()
    if not any(secrets.compare_digest(given, _token(house, ago).encode()) for ago in (0, 1)):
        return _answer(BAD_TOKEN)
    openid, data = content.get("touser"), content.get("data")
    if not isinstance(openid, str) or not OPENID.fullmatch(openid):
        return _answer(BAD_OPENID)
    if not isinstance(content.get("template_id"), str) or not content["template_id"]:
        return _answer(BAD_TEMPLATE)
    if not isinstance(data, dict) or not data or not all(_fits(name, value) for name, value in data.items()):
        return _answer(BAD_DATA)
    if openid == openid_of(house, "shy"):
        return _answer(NOT_AGREED)
    params = {name: value["value"] for name, value in data.items()}
    with house.store.writing() as connection:
        insert(
            connection, "message", id=str(uuid.uuid4()), phone=openid, template=content["template_id"],
            params=json.dumps(params, ensure_ascii=False), sent_at=house.clock.wall(),
        )
    return _answer((0, "ok"))


def _fits(name: str, value: Any) -> bool:
    words = value.get("value") if isinstance(value, dict) else None
    if not FIELD.fullmatch(name) or not isinstance(words, str) or not words:
        return False
    return len(words) <= LONGEST.get(name.rstrip("0123456789"), 32)


def _token(house: Gateway, ago: int) -> str:
    """The token of this stretch of two hours, or of one `ago` of them."""
    stretch = int(house.clock.wall()) // TOKEN_SECONDS - ago
    return hmac.new(house.keys.app_secret.encode(), f"{house.keys.appid}:{stretch}".encode(), hashlib.sha256).hexdigest()


def _answer(error: tuple[int, str]) -> dict[str, Any]:
    return {"errcode": error[0], "errmsg": error[1]}
