"""The figures of the home page: exact, beside the stretch before, each with the list behind it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.framework.console.spans import growth, span_named
from app.framework.database import transaction
from app.kernel.orders.models import Order
from app.kernel.orders.queries import paid_by_day, paid_by_hour, turnover_between
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """A restaurant with 38.00 today and 19.00 eight days ago."""
    made, li = restaurant(app), Shopper(app, "li")
    made.paid(li, ("鲜虾粥", 2))
    old = made.paid(li, ("鲜虾粥", 1))
    with app.app_context(), transaction(SETUP) as session:
        session.execute(update(Order).where(Order.id == old["id"]).values(placed_at=datetime.now(UTC) - timedelta(days=8)))
    return made


def test_spans_are_half_open_and_beside_the_same_stretch_before() -> None:
    moment = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
    today, week = span_named("today", moment), span_named("7d", moment)
    assert (today.begins, today.ends) == (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), moment)
    assert today.earlier() == (datetime(2026, 11, 15, 16, 0, tzinfo=UTC), moment - timedelta(days=7))
    assert week.begins == datetime(2026, 11, 16, 16, 0, tzinfo=UTC) and week.earlier()[1] == moment - timedelta(days=7)
    assert span_named("nonsense", moment).name == "today"
    assert (growth(300, 200), growth(100, 200), growth(5, 0)) == (500_000, -500_000, None)


def test_turnover_is_that_of_the_stretch(app: Flask, place: Restaurant) -> None:
    now = datetime.now(UTC)
    with app.app_context(), transaction(SETUP):
        week, month = turnover_between(now - timedelta(days=7), now), turnover_between(now - timedelta(days=30), now)
        assert (week.paid, week.count, month.paid, month.count, month.average) == (3800, 1, 5700, 2, 2850)
        assert sum(paid_by_day(now - timedelta(days=30), now).values()) == 5700
        assert sum(paid_by_hour(now - timedelta(hours=20), now + timedelta(minutes=1)).values()) == 3800


def test_each_figure_leads_to_the_list_behind_it(app: Flask, place: Restaurant) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    page = owner.get("/?span=30d").get_data(as_text=True)
    assert "¥57.00" in page
    links = set(re.findall(r'<a class="by-kpi" href="([^"]+)"', page))
    assert links == {"/dining/orders/?placed_at=30d", "/refunds/?asked_at=30d"}
    assert all(owner.get(link).status_code == 200 for link in links)
    assert "合计 <b>2</b>" in owner.get("/dining/orders/?placed_at=30d").get_data(as_text=True)


def test_another_merchant_sees_nothing_of_it_and_the_platform_all(app: Flask, place: Restaurant) -> None:
    other = restaurant(app, "湘里人家")
    assert "¥57.00" not in sign_in(app, other.house.members["Owner"]).get("/?span=30d").get_data(as_text=True)
    finance = staff(app, "Finance").get("/?span=30d").get_data(as_text=True)
    assert "¥57.00" in finance and "平台费用" in finance
