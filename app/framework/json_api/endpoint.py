"""An endpoint is a function with its request and response models; the decorator does everything around it."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request
from pydantic import BaseModel, ConfigDict

from app.core.actors import ANYBODY, Actor
from app.core.clock import now
from app.core.errors import Forbidden, Refusal
from app.framework.identity import act_as
from app.framework.json_api.idempotency import answered_once
from app.framework.json_api.problems import BadFields, Malformed, WrongMediaType


class Body(BaseModel):
    """Base of all request models: unknown fields are refused, strings are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Answer(BaseModel):
    """Base of all response models."""

    model_config = ConfigDict(from_attributes=True)


MERCHANT_HEADER = "X-Merchant"  # for which merchant a member acts who works for several
Authenticate = Callable[[], Actor]
_authenticators: dict[str, Authenticate] = {}


def authenticate_with(who: str, function: Authenticate) -> None:
    """Say how a caller of kind `who` proves itself."""
    _authenticators[who] = function


@dataclass(frozen=True)
class Endpoint:
    """What the OpenAPI document says about one operation.

    A `member` works for a merchant and needs the same right as in the console: `right` names it as (`groupbuy.day`, `index`). Where people who earn by work
    may call it for themselves, `own` is the right that they need.
    """

    method: str
    path: str
    name: str
    summary: Any
    who: str
    request: type[Body] | None = None
    query: type[Body] | None = None
    response: Any = None
    status: int = 200
    idempotent: bool = False
    errors: tuple[type[Refusal], ...] = ()
    media: str = "application/json"
    description: str = ""
    right: tuple[str, str] | None = None
    own: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        """Refuse an endpoint for members that says no right: nothing is reachable by being forgotten."""
        if (self.who == "member") != (self.right is not None):
            raise RuntimeError(f"{self.name} is for {self.who}s and has the right {self.right}")

    def allows(self, roles: frozenset[str]) -> bool:
        """True when people of these roles may call it."""
        rights = current_app.extensions["console"].rights
        return self.right is None or any(rights.allow(roles, f"can_{method}", view) for view, method in filter(None, (self.right, self.own)))


@dataclass
class Api:
    """The endpoints of one package under one prefix."""

    name: str
    prefix: str
    title: Any
    endpoints: list[Endpoint] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blueprint = Blueprint(f"api_{self.name}", __name__, url_prefix=self.prefix)

    def get(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a reader; `etag=True` lets a client ask whether anything changed."""
        return self._route("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a move or a creation; `idempotent=True` demands an Idempotency-Key and answers replays with the first answer."""
        return self._route("POST", path, **options)

    def _route(self, method: str, path: str, *, etag: bool = False, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            endpoint = Endpoint(method=method, path=path, name=function.__name__, description=function.__doc__ or "", **options)
            self.endpoints.append(endpoint)

            @functools.wraps(function)
            def view(**path_values: Any) -> Response:
                return _serve(endpoint, function, path_values, etag)

            self.blueprint.add_url_rule(path, endpoint=function.__name__, view_func=view, methods=[method])
            return function

        return decorate


def _serve(endpoint: Endpoint, function: Callable[..., Any], path_values: dict[str, Any], etag: bool) -> Response:
    actor = _caller(endpoint)
    arguments: dict[str, Any] = {**path_values, "actor": actor, "now": now()}
    if endpoint.query:
        arguments["query"] = endpoint.query.model_validate(_single_values())
    if endpoint.request:
        arguments["body"] = endpoint.request.model_validate(_json_object())
    if not endpoint.idempotent:
        return _answer(endpoint, function(**arguments), etag)
    return answered_once(actor, endpoint.name, lambda: _answer(endpoint, function(**arguments), etag))


def _caller(endpoint: Endpoint) -> Actor:
    if endpoint.who == "public":
        act_as(ANYBODY)
        return ANYBODY
    actor = _authenticators[endpoint.who]()
    act_as(actor)
    if endpoint.who not in {actor.kind, "any"} or not endpoint.allows(actor.roles):
        raise Forbidden(right=str(endpoint.summary))
    return actor


def _single_values() -> dict[str, str]:
    repeated = [key for key, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise BadFields(errors=[{"field": key, "code": "repeated", "message": "once"} for key in repeated])
    return request.args.to_dict()


def _json_object() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise WrongMediaType
    try:
        body = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as wrong:
        raise Malformed from wrong
    if not isinstance(body, dict):
        raise Malformed
    return body


def _answer(endpoint: Endpoint, result: Any, etag: bool) -> Response:
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=204)
    content = result.model_dump_json().encode() if isinstance(result, BaseModel) else orjson.dumps(result)
    response = Response(content, endpoint.status, mimetype=endpoint.media)
    if etag:
        response.set_etag(hashlib.sha256(content).hexdigest()[:32])
        response.headers["Cache-Control"] = "private, no-cache"
        response.make_conditional(request)
    return response
