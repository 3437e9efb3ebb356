"""Saved views and chosen columns: kept, shared, opened first, deleted and taken back; nobody crosses the sides."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.people import sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

LIST = "/dining/orders/"


def keep(browser: FlaskClient, name: str = "未完成", address: str = f"{LIST}?status=cooking&sort=-placed_at", **more: Any) -> Any:
    return browser.post("/workspace/views", data={"list": "dining.orders", "address": address, "name": name, **more})


def page(browser: FlaskClient, address: str = LIST, **more: Any) -> str:
    return browser.get(address, **more).get_data(as_text=True)


def test_a_view_keeps_filters_sort_columns_and_density(app: Flask, place: Restaurant) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    owner.post("/preferences/", data={"density": "compact"})
    answer = keep(owner, address=f"{LIST}?status=cooking&sort=-placed_at&columns=number,status&after=x&_l_=en")
    assert answer.status_code == 303
    where = answer.headers["Location"]
    assert all(part in where for part in ("status=cooking", "sort=-placed_at", "columns=number,status", "density=compact", "saved=1"))
    assert "after" not in where
    shown = page(owner, where)
    assert 'data-density="compact"' in shown and re.search(r'aria-current="true">未完成', shown)
    assert len(re.findall(r'role="columnheader"', shown)) in {0, 2, 3}


@pytest.mark.parametrize("address", [f"{LIST}?status=nonsense", f"{LIST}?columns=secret", f"{LIST}?sort=nope"])
def test_a_view_of_what_the_list_does_not_offer_is_refused(app: Flask, place: Restaurant, rows: Any, address: str) -> None:
    assert keep(sign_in(app, place.house.members["Owner"]), address=address).status_code == 422
    assert rows("SELECT 1 FROM workspace_view") == []


@pytest.mark.parametrize(("name", "status"), [("", 422), (" ", 422), ("长" * 41, 422)])
def test_a_view_needs_a_name(app: Flask, place: Restaurant, rows: Any, name: str, status: int) -> None:
    assert keep(sign_in(app, place.house.members["Owner"]), name=name).status_code == status
    assert rows("SELECT 1 FROM workspace_view") == []


def test_private_is_private_shared_is_for_the_side_alone(app: Flask, place: Restaurant) -> None:
    owner, manager = sign_in(app, place.house.members["Owner"]), sign_in(app, place.house.members["Manager"])
    keep(owner, "只给我")
    keep(owner, "给大家", share="side")
    keep(owner, "给店长", share="Manager")
    assert all(name in page(owner, f"{LIST}?view=all") for name in ("只给我", "给大家", "给店长"))
    seen = page(manager)
    assert "给大家" in seen and "给店长" in seen and "只给我" not in seen
    cashier = page(sign_in(app, place.house.members["Cashier"]))
    assert "给大家" in cashier and "给店长" not in cashier
    other = restaurant(app, "别家")
    for browser in (sign_in(app, other.house.members["Owner"]), staff(app, "Operator")):
        assert "给大家" not in page(browser)


def test_only_those_with_the_right_share(app: Flask, place: Restaurant, rows: Any) -> None:
    cashier = sign_in(app, place.house.members["Cashier"])
    assert keep(cashier, share="side").status_code == 403
    assert keep(sign_in(app, place.house.members["Owner"]), share="Finance").status_code == 403, "a role of the other side"
    assert keep(sign_in(app, place.house.members["Manager"]), share="Cashier", opens_first="yes").status_code == 403
    assert rows("SELECT 1 FROM workspace_view") == []
    assert keep(cashier).status_code == 303


def test_the_view_of_a_role_opens_first_and_only_without_a_query(app: Flask, place: Restaurant, rows: Any) -> None:
    owner, cashier = (sign_in(app, place.house.members[role]) for role in ("Owner", "Cashier"))
    keep(owner, "收银的", share="Cashier", opens_first="yes")
    keep(owner, "收银的新的", share="Cashier", opens_first="yes")
    assert rows("SELECT id FROM workspace_view WHERE opens_first") == [(2,)]
    opened = cashier.get(LIST)
    assert (opened.status_code, "saved=2" in opened.headers["Location"], "status=cooking" in opened.headers["Location"]) == (302, True, True)
    assert cashier.get(f"{LIST}?view=all").status_code == cashier.get(f"{LIST}?q=1").status_code == 200
    assert owner.get(LIST).status_code == 200, "only for its role"
    owner.post("/workspace/views/2/first", data={"opens_first": "no"})
    assert cashier.get(LIST).status_code == 200


def test_a_view_is_renamed_deleted_and_taken_back_by_those_who_may(app: Flask, place: Restaurant, rows: Any) -> None:
    owner, cashier = (sign_in(app, place.house.members[role]) for role in ("Owner", "Cashier"))
    keep(owner, "给大家", share="side")
    stranger = sign_in(app, restaurant(app, "别家").house.members["Owner"])
    for browser in (cashier, stranger, staff(app, "Admin")):
        assert browser.post("/workspace/views/1/rename", data={"name": "我的"}).status_code == 404
        assert browser.post("/workspace/views/1/delete").status_code == 404
    assert owner.post("/workspace/views/1/rename", data={"name": "今天的"}).status_code == 303
    gone = owner.post("/workspace/views/1/delete", data={"back": LIST}, follow_redirects=True).get_data(as_text=True)
    undo = re.search(r'action="(/workspace/views/1/restore[^"]*)"', gone)
    assert undo and "今天的" not in page(cashier)
    assert owner.post(undo[1]).status_code == 303
    assert "今天的" in page(cashier)
    assert rows("SELECT name, deleted_at FROM workspace_view") == [("今天的", None)]


def test_columns_are_kept_per_person_and_list_and_never_lose_the_link(app: Flask, place: Restaurant, rows: Any) -> None:
    from tests.support.people import Shopper

    place.paid(Shopper(app, "li"), ("鲜虾粥", 1))
    owner, manager = (sign_in(app, place.house.members[role]) for role in ("Owner", "Manager"))
    heads = lambda browser, address=LIST: re.findall(r'<th role="columnheader"[^>]*>(?:<a[^>]*>)?([^<]+)', page(browser, address))  # noqa: E731
    before = heads(owner)
    assert owner.post("/workspace/columns", data={"list": "dining.orders", "columns": ["status", "placed_at"]}).status_code == 303
    after = heads(owner)
    assert len(before) > 3 and len(after) == 3 and after[0] == before[0]
    assert heads(manager) == before
    assert "columns=number,status,placed_at" in page(owner) and "全部列" in page(owner)
    assert heads(owner, f"{LIST}?columns=number,status") == [before[0], after[1]], "the address goes before what was chosen"
    assert owner.post("/workspace/columns", data={"list": "dining.orders", "columns": ["secret"]}).status_code == 422
    assert owner.get(f"{LIST}?columns=nope").status_code == 422
    owner.post("/workspace/columns", data={"list": "dining.orders", "reset": "yes"})
    assert heads(owner) == before
    assert rows("SELECT count(*) FROM workspace_view") == [(1,)]


def test_somebody_without_the_list_keeps_nothing_of_it(app: Flask, place: Restaurant, rows: Any) -> None:
    kitchen = sign_in(app, place.house.members["Kitchen"])
    for data in ({"list": "settlement.statements", "name": "x"}, {"list": "nothing", "name": "x"}):
        assert kitchen.post("/workspace/views", data=data).status_code in {403, 404}
    assert app.test_client().post("/workspace/views", data={"list": "dining.orders", "name": "x"}).status_code == 302
    assert rows("SELECT 1 FROM workspace_view") == []
