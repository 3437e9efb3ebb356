"""Customers sign in over the API: phone codes are limited and serve once; a token is for the API alone."""

from __future__ import annotations

import requests
from flask import Flask
from sqlalchemy import text

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope
from app.framework.queue import run_waiting
from tests.support.people import Shopper


def sent_code(app: Flask, gateway: str, phone: str) -> str:
    """The six digits that the provider was given."""
    run_waiting(app, only="send_text_message")
    session = requests.Session()
    session.trust_env = False
    return session.get(f"{gateway}/sandbox/messages.json", params={"phone": phone}, timeout=5).json()["messages"][0]["params"]["code"]


def test_a_phone_code_signs_in_once_and_the_phone_is_sealed(app: Flask, gateway: str) -> None:
    client = app.test_client()
    assert client.post("/api/v1/sign-in/phone-code", json={"phone": "13800138000"}).json == {"expires_in": 300}
    code = sent_code(app, gateway, "13800138000")
    body = {"phone": "13800138000", "code": code}
    token = client.post("/api/v1/sign-in/phone", json=body).json["token"]
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).json
    assert me["phone"] == "138****8000"
    assert client.post("/api/v1/sign-in/phone", json=body).status_code == 401
    with app.app_context():
        enter_scope(EVERYTHING)
        queued = "(SELECT string_agg(args::text, '') FROM procrastinate_jobs)"
        stored = db.session.execute(text(f"SELECT phone_sealed || phone_index || {queued} FROM party_customer")).scalar_one()
        assert "13800138000" not in stored


def test_five_wrong_tries_spend_a_code(app: Flask, gateway: str) -> None:
    client = app.test_client()
    client.post("/api/v1/sign-in/phone-code", json={"phone": "13800138000"})
    code = sent_code(app, gateway, "13800138000")
    wrong = "000000" if code != "000000" else "111111"
    assert [client.post("/api/v1/sign-in/phone", json={"phone": "13800138000", "code": wrong}).status_code for _ in range(5)] == [401] * 5
    assert client.post("/api/v1/sign-in/phone", json={"phone": "13800138000", "code": code}).status_code == 401


def test_codes_are_sent_once_a_minute(app: Flask) -> None:
    client = app.test_client()
    answers = [client.post("/api/v1/sign-in/phone-code", json={"phone": "13800138000"}).status_code for _ in range(2)]
    assert answers == [200, 429]


def test_signing_out_voids_every_token(app: Flask) -> None:
    li = Shopper(app, "li")
    assert li.get("/me").status_code == 200
    assert li.post("/sign-out").status_code == 204
    assert li.get("/me").json["code"] == "token.refused"
