"""The API's document is true: schemathesis tries every operation and finds no answer that the document does not promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig

from tests.support.people import Shopper
from tests.support.tellers import Teller
from tests.verticals.dining.world import Restaurant, restaurant

# The live stream does not end by itself; the callback takes the channel's signed body and is tried in its own tests; a token that signed out opens nothing.
LEFT_OUT = ("events", "notify", "members/sign-out")


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def operations(app: Flask) -> list[tuple[str, str]]:
    document = app.test_client().get("/api/v1/openapi.json").json
    return [(path, method) for path, methods in document["paths"].items() for method in methods if not path.endswith(LEFT_OUT)]


def test_every_operation_answers_as_documented(app: Flask, place: Restaurant, gateway: str) -> None:
    shopper = Shopper(app, "tester")
    shopper.place_of = place
    place.place(shopper, ("鲜虾粥", 1))
    owner = Teller(app, place.house.members["Owner"])
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=SchemathesisConfig.from_dict({}))
    checks = [
        CHECKS.get_one(name) for name in ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
    ]
    tried = 0
    for path, method in operations(app):
        operation = schema[path][method.upper()]
        member = {"member": []} in operation.definition.raw.get("security", [])
        try_out(operation, owner.token if member else shopper.token, shopper.headers, checks)
        tried += 1
    assert tried >= 17


def try_out(operation: Any, token: str, headers: Callable[[], dict[str, str]], checks: list[Any]) -> None:
    """A dozen calls of the operation by who holds the token; `headers` makes a fresh key."""
    @settings(max_examples=12, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def attempt(case: schemathesis.Case) -> None:
        key = {"Authorization": f"Bearer {token}", "Idempotency-Key": headers()["Idempotency-Key"]}
        response = case.call(headers={**(case.headers or {}), **key})
        case.validate_response(response, checks=checks)

    attempt()


def test_money_is_fen_and_times_are_rfc3339_in_the_document(app: Flask) -> None:
    schemas = app.test_client().get("/api/v1/openapi.json").json["components"]["schemas"]
    orders = [schema["properties"] for name, schema in schemas.items() if name.endswith("OrderOut") and {"payable", "placed_at"} <= set(schema["properties"])]
    assert len(orders) >= 2  # each trade has its own
    for properties in orders:
        assert properties["payable"]["type"] == "integer"
        assert properties["placed_at"]["format"] == "date-time"
