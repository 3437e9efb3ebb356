"""The list of orders: three statements a page; it counts in the orders' own table, and in dining's too only when asked for what stands there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event

from app.extensions import db
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    found, li = restaurant(app, stock=10), Shopper(app, "li")
    found.serve(found.paid(li, ("鲜虾粥", 2)))
    found.paid(li, ("牛肉面", 1))
    return found


@pytest.fixture
def sent(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent, without the announcements of scope and plan."""
    kept: list[str] = []

    def keep(*given: object) -> None:
        if not str(given[2]).startswith("SELECT set_config"):
            kept.append(str(given[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", keep)
    yield kept
    event.remove(engine, "before_cursor_execute", keep)


def total(page: str) -> str:
    return page.split('class="by-total"')[1].split("</nav>")[0]


@pytest.mark.parametrize(
    ("asked", "joined", "orders"), [("?view=all", 0, 2), ("?status=done", 0, 1), ("?service=dine_in", 1, None), ("?q=牛肉不在这里", 1, None)],
)
def test_the_summary_joins_only_for_what_stands_in_the_other_table(
    app: Flask, place: Restaurant, sent: list[str], asked: str, joined: int, orders: int | None,
) -> None:
    page = sign_in(app, place.house.members["Owner"]).get(f"/dining/orders/{asked}").get_data(as_text=True)
    listed = next(each for each in sent if "counted AS" in each)
    assert ("JOIN dining_order" in listed.split("counted AS")[1].split("summary AS")[0]) == bool(joined)
    if orders is not None:
        assert f"<b>{orders}</b>" in total(page)


@pytest.mark.parametrize("role", ["Owner", "Operator"])
def test_the_page_sends_three_statements(app: Flask, place: Restaurant, sent: list[str], role: str) -> None:
    reader = sign_in(app, place.house.members["Owner"]) if role == "Owner" else staff(app, role)
    reader.get("/dining/orders/?view=all")
    sent.clear()
    assert reader.get("/dining/orders/?view=all").status_code == 200
    assert [next(word for word in ("party_session", "workspace_view", "dining_order") if word in each) for each in sent] == [
        "party_session", "workspace_view", "dining_order",
    ]


def test_another_merchant_counts_none_of_them_and_an_operator_all(app: Flask, place: Restaurant) -> None:
    other = restaurant(app, name="隔壁面馆")
    assert 'class="by-total"' not in sign_in(app, other.house.members["Owner"]).get("/dining/orders/?view=all").get_data(as_text=True)
    assert "<b>2</b>" in total(staff(app, "Operator").get("/dining/orders/?view=all").get_data(as_text=True))
