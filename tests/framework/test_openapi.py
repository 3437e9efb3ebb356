"""The API's document is true: schemathesis tries every operation and finds no answer that the document does not promise."""

from __future__ import annotations

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig

from tests.framework.test_access_matrix import in_every_trade
from tests.support.people import Worker
from tests.verticals.dining.world import Restaurant, restaurant

# The live stream does not end by itself; the callback takes the channel's signed body and is tried in its own tests.
LEFT_OUT = ("events", "notify")


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def operations(app: Flask) -> list[tuple[str, str]]:
    document = app.test_client().get("/api/v1/openapi.json").json
    return [(path, method) for path, methods in document["paths"].items() for method in methods if not path.endswith(LEFT_OUT)]


def test_every_operation_answers_as_documented(app: Flask, place: Restaurant, gateway: str) -> None:
    shopper = Worker(app, place.house)  # what a customer and what a member calls
    in_every_trade(app, place.house.merchant_id)
    shopper.place_of = place
    place.place(shopper, ("鲜虾粥", 1))
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=SchemathesisConfig.from_dict({}))
    checks = [
        CHECKS.get_one(name) for name in ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
    ]
    tried = 0
    for path, method in operations(app):
        operation = schema[path][method.upper()]

        @settings(max_examples=12, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def attempt(case: schemathesis.Case) -> None:
            key = {"Authorization": f"Bearer {shopper.token}", "Idempotency-Key": shopper.headers()["Idempotency-Key"]}
            response = case.call(headers={**(case.headers or {}), **key})
            case.validate_response(response, checks=checks)

        attempt()
        tried += 1
    assert tried >= 17


def test_money_is_fen_and_times_are_rfc3339_in_the_document(app: Flask) -> None:
    schemas = app.test_client().get("/api/v1/openapi.json").json["components"]["schemas"]
    orders = [schema["properties"] for name, schema in schemas.items() if name.endswith("OrderOut") and {"payable", "placed_at"} <= set(schema["properties"])]
    assert len(orders) >= 2  # each trade has its own
    for properties in orders:
        assert properties["payable"]["type"] == "integer"
        assert properties["placed_at"]["format"] == "date-time"
