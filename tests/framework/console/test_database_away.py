"""When the database is away the page says so, keeps what was typed, and sends it again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.support.people import House, merchant, sign_in


@pytest.fixture
def house(app: Flask) -> House:
    return merchant(app)


def away(*_: Any, **__: Any) -> None:
    raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))


def test_what_was_typed_stays_on_the_page_without_secrets(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = sign_in(app, house.members["Owner"])
    monkeypatch.setattr("app.framework.console.page.may", away)
    typed = {"last_name": "李", "first_name": "<雷>", "username": "lilei", "password": "correct horse 43", "role": "Cashier", "csrf_token": "t"}
    answer = owner.post("/members/new", data=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert kept == {"last_name": "李", "first_name": "&lt;雷&gt;", "username": "lilei", "role": "Cashier", "csrf_token": "t"}
    assert "correct horse" not in page and 'action="/members/new"' in page and "重新提交" in page


def test_a_page_that_was_only_read_offers_to_try_again(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = sign_in(app, house.members["Owner"])
    monkeypatch.setattr("app.framework.console.page.may", away)
    answer = owner.get("/members/")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503 and "数据库暂时连不上" in page and "重新提交" not in page and 'href="/members/"' in page


