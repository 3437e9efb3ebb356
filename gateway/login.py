"""The WeChat login service: a code becomes the openid of the person who gave it.

`demo-<name>` may be used again and again; a code from `POST /sandbox/codes` lives five minutes and works once, as a
real one does.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.context import Gateway, gateway
from gateway.parameters import read_object, read_text
from gateway.store import insert

CODE_SECONDS = 300
DEMO_CODE = re.compile(r"demo-(\w[\w.-]{0,59})")
BAD_APPID, BAD_SECRET = (40013, "invalid appid"), (40125, "invalid appsecret")
BAD_CODE, USED_CODE, BAD_GRANT = (40029, "invalid code"), (40163, "code been used"), (40002, "invalid grant_type")

blueprint = Blueprint("login", __name__)


@blueprint.get("/sns/jscode2session")
def code_to_session() -> ResponseReturnValue:
    """`{openid, session_key}`, or `{errcode, errmsg}`; 200 either way, as the real service answers."""
    house, asked = gateway(), request.args
    if asked.get("appid") != house.keys.appid:
        return _error(BAD_APPID)
    if not secrets.compare_digest(asked.get("secret", "").encode(), house.keys.app_secret.encode()):
        return _error(BAD_SECRET)
    if asked.get("grant_type") != "authorization_code":
        return _error(BAD_GRANT)
    found = redeem_code(house, asked.get("js_code", ""))
    if isinstance(found, tuple):
        return _error(found)
    return {"openid": openid_of(house, found), "session_key": secrets.token_urlsafe(18)}


@blueprint.post("/sandbox/codes")
def issue_code() -> ResponseReturnValue:
    """`{"name": "wang"}` → `{"js_code": …}`, good once within five minutes, for the same person as `demo-wang`."""
    house = gateway()
    name, code = read_text(read_object(request.get_data()), "name", 60), "0" + secrets.token_urlsafe(24)
    with house.store.writing() as connection:
        insert(connection, "login_code", code=code, name=name, expires_at=house.clock.wall() + CODE_SECONDS)
    return {"js_code": code}, 201


def redeem_code(house: Gateway, code: str) -> str | tuple[int, str]:
    """The name behind a code, used up if it is not a demo code; or what is wrong with it."""
    demo = DEMO_CODE.fullmatch(code)
    if demo:
        return demo[1]
    with house.store.writing() as connection:
        row = connection.execute("SELECT * FROM login_code WHERE code = ?", (code,)).fetchone()
        if row is None or row["expires_at"] < house.clock.wall():
            return BAD_CODE
        if row["used"]:
            return USED_CODE
        connection.execute("UPDATE login_code SET used = 1 WHERE code = ?", (code,))
        return str(row["name"])


def openid_of(house: Gateway, name: str) -> str:
    """28 characters, the same for one name in one app, on every machine."""
    digest = hashlib.sha256(f"{house.keys.appid}:{name}".encode()).digest()
    return "o" + urlsafe_b64encode(digest).decode()[:27]


def _error(error: tuple[int, str]) -> dict[str, Any]:
    return {"errcode": error[0], "errmsg": error[1]}
