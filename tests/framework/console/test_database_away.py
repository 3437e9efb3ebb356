"""When the database is away the page says so, keeps what was typed, and sends it again."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.extensions import db
from tests.support.people import House, Shopper, merchant, sign_in


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


def dozes(*_: Any, **__: Any) -> None:
    """The server ends a transaction that nobody went on with, and the next statement finds the connection gone."""
    db.session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 20"))
    time.sleep(0.3)
    db.session.execute(text("SELECT 1"))


def dozes_and_goes_on(*_: Any, **__: Any) -> None:
    """The same, noticed only by the statement after the one that failed."""
    with pytest.raises(DBAPIError):
        dozes()
    db.session.execute(text("SELECT 1"))


@pytest.mark.parametrize("fault", [dozes, dozes_and_goes_on])
def test_a_connection_that_the_server_ended_is_no_fault_of_the_page(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    owner, shopper = sign_in(app, house.members["Owner"]), Shopper(app, "li")
    monkeypatch.setattr("app.framework.console.page.may", fault)
    assert owner.get("/members/").status_code == 503
    monkeypatch.undo()
    assert owner.get("/members/").status_code == 200
    monkeypatch.setattr("app.kernel.parties.api.sign_in.actor_of_token", fault)
    answer = shopper.get("/me")
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "away", "2")
    monkeypatch.undo()
    assert shopper.get("/me").status_code == 200


def test_a_failure_of_ours_is_not_laid_on_the_database(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: Any, **__: Any) -> None:
        db.session.execute(text("SELECT nothing FROM nowhere"))

    owner = sign_in(app, house.members["Owner"])
    monkeypatch.setattr("app.framework.console.page.may", wrong)
    assert owner.get("/members/").status_code == 500
