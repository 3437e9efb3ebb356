"""Pages that say what happened, what to do, and the request's id. Programs get the same as problem details."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, current_app, jsonify, render_template, request, session
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.core.errors import Refusal
from app.framework.console.rights import IN_TRADE, Rights
from app.framework.database import is_away
from app.framework.identity import current_actor
from app.framework.json_api.problems import problem
from app.framework.observability import request_id

log = structlog.get_logger("baiye")


@dataclass(frozen=True)
class Words:
    """A page's headline, what to do about it, and its picture."""

    title: Any
    advice: Any
    icon: str = "alert"
    tone: str = "bad"


WORDS = {
    400: Words(_l("这个请求读不懂"), _l("数据没有变。返回上一页，刷新后再试一次。")),
    401: Words(_l("先登录"), _l("登录后会回到这一页。"), "lock", "wait"),
    403: Words(_l("你没有这个权限"), _l("找有权限的同事来做，或请管理员给你开通。"), "lock", "wait"),
    404: Words(_l("没有找到"), _l("地址不对，记录已删除，或不在你能看的范围里。"), "search", "wait"),
    405: Words(_l("这个地址不能这样打开"), _l("回到上一页，用页面上的按钮。"), "info", "wait"),
    409: Words(_l("情况已经变了"), _l("看一下现在的内容，再决定怎么做。"), "refresh", "wait"),
    413: Words(_l("文件太大"), _l("换一个小一点的文件再传。"), "upload", "wait"),
    422: Words(_l("有些内容不对"), _l("按提示改好再提交，数据没有变。"), "info", "wait"),
    429: Words(_l("太频繁了"), _l("过一分钟再试。"), "clock", "wait"),
    500: Words(_l("出错了，数据没有变"), _l("再试一次；若仍不行，把请求号发给管理员。")),
    503: Words(_l("数据库暂时连不上"), _l("等半分钟再试。没有存下的内容不会丢，就在这一页。"), "refresh", "wait"),
}


SECRET = ("password", "secret", "totp", "account", "code")


def init_app(app: Flask) -> None:
    """Answer every refusal and failure of the application; the API's own way for its addresses."""
    app.register_error_handler(Refusal, _by_door(_refused))
    app.register_error_handler(CSRFError, _by_door(_stale_form))
    app.register_error_handler(HTTPException, _by_door(_http))
    app.register_error_handler(Exception, _by_door(_failed))


def _by_door(page: Callable[[Any], Response]) -> Callable[[Exception], Response]:
    """Problem details under `/api/`, the page elsewhere."""

    def answer(error: Exception) -> Response:
        return problem(error) if request.path.startswith("/api/") else page(error)

    return answer


def wants_json() -> bool:
    """True for calls of our own scripts."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def error_page(status: int, code: str, sentence: Any = "", errors: list[dict[str, Any]] | None = None, **context: Any) -> Response:
    """The page (or problem details) for `status`; `sentence` says what happened when it is known better than by the status."""
    words = WORDS.get(status, WORDS[500] if status >= 500 else WORDS[400])
    title = str(sentence or words.title)
    if wants_json():
        body = {"type": "about:blank", "title": title, "status": status, "code": code, "request_id": request_id(), "errors": errors or []}
        response = jsonify(body)
        response.status_code, response.mimetype = status, "application/problem+json"
        return response
    # Without a database there is no session to keep a form token in: that page stands alone.
    sessionless = status == 503
    template = "base/error_plain.html" if sessionless or not current_actor_quietly() else "base/error.html"
    html = render_template(
        template, status=status, code=code, words=words, title=title, errors=errors or [], request_id=request_id(), page_title=title,
        sessionless=sessionless, typed=typed_fields() if sessionless else [], **context,
    )
    return Response(html, status, mimetype="text/html")


def typed_fields() -> list[tuple[str, str]]:
    """What the reader had typed and sent, to be sent again from the page that says that it could not be kept; no secrets, no files."""
    return [(name, value) for name, value in request.form.items(multi=True) if not any(word in name.lower() for word in SECRET)]


def current_actor_quietly() -> bool:
    """True when somebody is signed in to the console and the database answers."""
    try:
        return current_actor().kind in {"staff", "member"}
    except SQLAlchemyError as error:
        if is_away(error):
            return False
        raise


def _refused(error: Refusal) -> Response:
    context: dict[str, Any] = {"advice": error.advice}
    if error.status == 403 and error.field and ".can_" in error.field:
        view, _, permission = error.field.rpartition(".")
        rights: Rights = current_app.extensions["console"].rights
        roles = [role for role in sorted(current_actor().roles) if not role.startswith(IN_TRADE)]
        context |= {"holders": rights.holders(permission, view), "mine": [rights.roles.get(role, role) for role in roles]}
    return error_page(error.status, error.code, str(error), error.errors, **context)


def _stale_form(error: CSRFError) -> Response:
    return error_page(400, "stale_form", _l("这一页放太久了，刷新后再提交"))


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value] # a redirect raised as an exception
    return error_page(error.code, f"http_{error.code}")


def _database(error: Exception) -> Response:
    log.error("database", id=request_id(), path=request.path, exc_info=error)
    session.modified = False  # there is nowhere to keep it: what cannot be saved must not fail the page that says so
    return error_page(503, "database_away")


def _failed(error: Exception) -> Response:
    if is_away(error):
        return _database(error)
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    log.error("failure", id=request_id(), path=request.path, exc_info=error)
    return error_page(500, "failure")
