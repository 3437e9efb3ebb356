"""Notes on records stay on their side; a mention is an unread message until it is read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.core.actors import EVERYTHING, Scope
from app.extensions import db
from app.framework.database import enter_scope
from app.kernel.workspace.rules import mentioned
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def order(place: Restaurant) -> int:
    return int(place.paid(Shopper(place.app, "li"), ("鲜虾粥", 1))["id"])


def write(browser: FlaskClient, pk: int, words: str, view: str = "dining.orders") -> Any:
    return browser.post("/workspace/notes", data={"view": view, "pk": str(pk), "words": words})


def text_of(browser: FlaskClient, address: str) -> str:
    return browser.get(address).get_data(as_text=True)


def test_each_side_reads_its_own_notes_only(app: Flask, place: Restaurant, order: int) -> None:
    owner, cashier, operator = sign_in(app, place.house.members["Owner"]), sign_in(app, place.house.members["Cashier"]), staff(app, "Operator")
    assert write(owner, order, "老顾客，多给点姜").status_code == 303
    assert write(operator, order, "平台在查这家").status_code == 303
    address = f"/dining/orders/{order}"
    assert "老顾客" in text_of(cashier, address) and "平台在查" not in text_of(cashier, address)
    assert "平台在查" in text_of(operator, address) and "老顾客" not in text_of(operator, address)


def test_the_database_itself_keeps_the_sides_apart(app: Flask, place: Restaurant, order: int) -> None:
    write(sign_in(app, place.house.members["Owner"]), order, "商户的")
    write(staff(app, "Operator"), order, "平台的")
    for scope, words in ((EVERYTHING, ["平台的"]), (Scope("merchant", place.house.merchant_id), ["商户的"]), (Scope("merchant", 999_999), [])):
        with app.app_context():
            enter_scope(scope)
            assert list(db.session.scalars(text("SELECT words FROM workspace_note"))) == words, scope


def test_a_note_on_a_foreign_record_or_without_words_is_refused(app: Flask, place: Restaurant, order: int, rows: Any) -> None:
    stranger = sign_in(app, restaurant(app, "别家").house.members["Owner"])
    owner = sign_in(app, place.house.members["Owner"])
    assert write(stranger, order, "偷看").status_code == 404
    assert write(owner, order, "  ").status_code == write(owner, order, "长" * 2001).status_code == 422
    assert write(owner, order, "x", view="nothing").status_code == write(owner, -1, "x").status_code == 404
    assert rows("SELECT 1 FROM workspace_note") == []


def test_a_mention_is_an_unread_message_that_leads_to_the_record(app: Flask, place: Restaurant, order: int, rows: Any) -> None:
    owner, manager, cashier = (sign_in(app, place.house.members[role]) for role in ("Owner", "Manager", "Cashier"))
    write(owner, order, "@林Manager 看一下这单，@林Owner 自己不算")
    assert rows("SELECT count(*) FROM workspace_notice") == [(1,)]
    assert "消息，1 条未读" in text_of(manager, "/dining/orders/?view=all") and "条未读" not in text_of(cashier, "/dining/orders/?view=all")
    assert "看一下这单" in text_of(manager, "/messages/") and "看一下这单" not in text_of(cashier, "/messages/")
    assert cashier.post("/messages/1").status_code == 404
    opened = manager.post("/messages/1")
    assert (opened.status_code, opened.headers["Location"]) == (303, f"/dining/orders/{order}")
    assert "条未读" not in text_of(manager, "/messages/") and "没有未读消息" in text_of(manager, "/messages/?view=unread")


def test_all_messages_are_read_at_once_and_only_ones_own(app: Flask, place: Restaurant, order: int, rows: Any) -> None:
    owner, manager = sign_in(app, place.house.members["Owner"]), sign_in(app, place.house.members["Manager"])
    write(owner, order, "@林Manager @林Cashier 一")
    write(owner, order, "@林Manager 二")
    manager.post("/messages/read")
    assert rows("SELECT count(*) FILTER (WHERE read_at IS NULL), count(*) FROM workspace_notice") == [(1, 3)]


def test_only_the_author_deletes_a_note_and_can_take_it_back(app: Flask, place: Restaurant, order: int) -> None:
    owner, manager = sign_in(app, place.house.members["Owner"]), sign_in(app, place.house.members["Manager"])
    write(owner, order, "写错了")
    address = f"/dining/orders/{order}"
    assert manager.post("/workspace/notes/1/delete").status_code == 404
    gone = owner.post("/workspace/notes/1/delete", data={"back": address}, follow_redirects=True).get_data(as_text=True)
    undo = re.search(r'action="(/workspace/notes/1/restore[^"]*)"', gone)
    assert undo and "<p>写错了</p>" not in gone
    owner.post(undo[1])
    assert "<p>写错了</p>" in text_of(manager, address)


def test_completion_names_people_of_ones_own_side(app: Flask, place: Restaurant) -> None:
    owner, operator = sign_in(app, place.house.members["Owner"]), staff(app, "Operator")
    assert [each["label"] for each in owner.get("/workspace/people?q=man").json] == ["林Manager"]
    assert [each["account"] for each in operator.get("/workspace/people?q=").json] == ["operator"]


@pytest.mark.parametrize(("words", "found"), [
    ("@林建民 好", {1}), ("@林建 好", {2}), ("@林建民@林建", {1, 2}), ("@lin2", {2}), ("林建民", set()), ("@王五", set()), ("@同名", {3, 4}), ("", set()),
])
def test_who_is_mentioned(words: str, found: set[int]) -> None:
    people = [(1, "林建民", "lin1"), (2, "林建", "lin2"), (3, "同名", "tong3"), (4, "同名", "tong4")]
    assert mentioned(words, people) == found
