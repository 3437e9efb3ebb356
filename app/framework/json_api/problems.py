"""Problem details (RFC 9457): what went wrong for a program (`code`) and for people (`zh`, `en`), and which field."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask_babel import lazy_gettext as _l
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from app.core.errors import Refusal
from app.framework.database import is_away
from app.framework.observability import log, request_id


class Malformed(Refusal):
    """The body is not JSON, or not an object."""

    code = "malformed"
    status = 400
    sentence = _l("请求体不是合法的 JSON 对象")


class WrongMediaType(Refusal):
    """The body is not sent as application/json."""

    code = "wrong_media_type"
    status = 415
    sentence = _l("请求体要以 application/json 发送")


class BadFields(Refusal):
    """Some fields do not fit; `errors` names each."""

    code = "bad_fields"
    status = 422
    sentence = _l("有字段不符合要求，见 errors")


class NoSuchPath(Refusal):
    """No resource has this address, or not with this method."""

    code = "no_such_path"
    status = 404
    sentence = _l("没有这个地址")


class MethodRefused(Refusal):
    """The address exists, but not for this method."""

    code = "method_refused"
    status = 405
    sentence = _l("这个地址不支持这种请求方法")


class TooLarge(Refusal):
    """The body is larger than the product takes."""

    code = "too_large"
    status = 413
    sentence = _l("内容太大，分开发送")


class TooMany(Refusal):
    """A rate limit."""

    code = "too_many"
    status = 429
    sentence = _l("请求太频繁，稍后再试")


class Away(Refusal):
    """The database does not answer, or a lock could not be had in time."""

    code = "away"
    status = 503
    sentence = _l("系统正忙，稍后用同一个 Idempotency-Key 再试")


class Broken(Refusal):
    """A fault of ours; the request id finds it in the log."""

    code = "broken"
    status = 500
    sentence = _l("系统出错了，已记录；带上请求号联系我们")


HTTP = {400: Malformed, 404: NoSuchPath, 405: MethodRefused, 413: TooLarge, 415: WrongMediaType, 429: TooMany}


def as_refusal(error: Exception) -> Refusal:
    """The refusal that describes any exception; unexpected ones are logged and become Broken."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, ValidationError):
        return BadFields(errors=[_field_error(each) for each in error.errors(include_url=False, include_context=False, include_input=False)])
    if isinstance(error, HTTPException):
        return HTTP.get(error.code or 500, Broken if (error.code or 500) >= 500 else Malformed)()
    if is_away(error):
        log.error("database away", id=request_id(), error=str(error))
        return Away()
    log.error("unexpected", id=request_id(), exc_info=error)
    return Broken()


def problem(error: Exception) -> Response:
    """The answer that tells a program and a person what happened."""
    refusal = as_refusal(error)
    body: dict[str, Any] = {
        "type": f"/problems/{refusal.code}", "title": refusal.code, "status": refusal.status, "detail": str(refusal), "code": refusal.code,
        "zh": refusal.in_language("zh"), "en": refusal.in_language("en"), "errors": refusal.errors, "request_id": request_id(),
    }
    if refusal.field:
        body["errors"] = [*refusal.errors, {"field": refusal.field, "code": refusal.code, "message": str(refusal)}]
    response = Response(orjson.dumps(body), refusal.status, mimetype="application/problem+json")
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if refusal.status in {429, 503}:
        response.headers["Retry-After"] = "2"
    if isinstance(error, HTTPException) and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return response


def _field_error(error: Any) -> dict[str, Any]:
    path = ".".join(str(part) for part in error["loc"])
    return {"field": path, "code": error["type"], "message": error["msg"]}


