"""OpenAPI 3.1 made from the endpoints, served as JSON and as a page to read and try."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.framework.json_api.endpoint import Api, Endpoint
from app.framework.json_api.idempotency import KeyInFlight, KeyMissing, KeyReused
from app.framework.json_api.problems import Away, BadFields, Malformed, WrongMediaType

blueprint = Blueprint("api_document", __name__)

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "zh", "en", "errors", "request_id"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "code": {"type": "string"}, "zh": {"type": "string"}, "en": {"type": "string"}, "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "properties": {
            "field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}}}},
    },
}


@blueprint.get("/api/v1/openapi.json")
def openapi() -> Response:
    """The document."""
    return jsonify(build(current_app.extensions["apis"]))


@blueprint.get("/api/v1/")
@blueprint.get("/api/v1")
def page() -> str:
    """The page to read and try it."""
    return render_template("api/document.html")


# Who calls → how the token travels.
TOKENS = {
    "customer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "member": {"type": "http", "scheme": "bearer", "description": "POST /members/sign-in"},
}


def build(apis: list[Api]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these APIs."""
    models = _models(apis)
    _, definitions = models_json_schema(list(models), ref_template="#/components/schemas/{model}")
    schemas = {**definitions.get("$defs", {}), "Problem": PROBLEM}
    paths: dict[str, Any] = {}
    for api in apis:
        for endpoint in api.endpoints:
            path, parameters = _openapi_path(api.prefix + endpoint.path)
            paths.setdefault(path, {})[endpoint.method.lower()] = _operation(api, endpoint, parameters)
    return {
        "openapi": "3.1.0",
        "info": {"title": "百业 API", "version": "1", "description": "金额是整数分，时间是 RFC 3339。Money is integer fen, times are RFC 3339."},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": TOKENS},
        "tags": [{"name": api.name, "description": str(api.title)} for api in apis],
    }


def _models(apis: list[Api]) -> set[tuple[type[BaseModel], Any]]:
    found: set[tuple[type[BaseModel], Any]] = set()
    for api in apis:
        for endpoint in api.endpoints:
            if endpoint.request:
                found.add((endpoint.request, "validation"))
            if endpoint.response:
                found.add((endpoint.response, "serialization"))
    return found


_CONVERTERS = {"int": {"type": "integer", "minimum": 1, "maximum": 2**53}, "string": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}}


def _openapi_path(rule: str) -> tuple[str, list[dict[str, Any]]]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _CONVERTERS[converter or "string"]}
        for converter, name in re.findall(r"<(?:(\w+):)?(\w+)>", rule)
    ]
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule), parameters


def _operation(api: Api, endpoint: Endpoint, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{api.name}_{endpoint.name}", "tags": [api.name], "summary": str(endpoint.summary), "description": endpoint.description,
        "parameters": parameters + _query_parameters(endpoint), "responses": _responses(endpoint),
    }
    if endpoint.who != "public":
        operation["security"] = [{endpoint.who: []}]
    if endpoint.request:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(endpoint.request)}}}
    return operation


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    parameters = []
    if endpoint.idempotent:
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string", "pattern": "^[0-9A-Za-z_-]{8,80}$"}})
    if endpoint.query:
        schema = endpoint.query.model_json_schema()
        for name, shape in schema["properties"].items():
            parameters.append({"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": shape})
    return parameters


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "OK"}
    if endpoint.response:
        good["content"] = {"application/json": {"schema": _ref(endpoint.response)}}
    elif endpoint.media != "application/json":
        good["content"] = {endpoint.media: {"schema": {"type": "string"}}}
    responses: dict[str, Any] = {str(endpoint.status if endpoint.response or endpoint.media != "application/json" else 204): good}
    for status, codes in sorted(_refusals(endpoint).items()):
        responses[str(status)] = {
            "description": ", ".join(sorted(codes)), "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        }
    return responses


def _refusals(endpoint: Endpoint) -> dict[int, set[str]]:
    found = [*endpoint.errors, Away]
    if endpoint.request:
        found += [Malformed, WrongMediaType, BadFields]
    if endpoint.query:
        found += [BadFields]
    if endpoint.idempotent:
        found += [KeyMissing, KeyInFlight, KeyReused]
    refusals: dict[int, set[str]] = {}
    for error in found:
        refusals.setdefault(error.status, set()).add(error.code)
    if endpoint.who != "public":
        refusals.setdefault(401, set()).add("token.refused")
    if "<" in endpoint.path:
        refusals.setdefault(404, set()).add("not_found")
    return refusals


@cache
def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
