"""What a restaurant learns of its orders: exact figures of a few, margins, and what to do about a dish."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from flask import Flask

from app.framework.database import transaction
from app.kernel.insights import queries
from app.kernel.insights.queries import Asked
from app.verticals.dining.advice import Sales, advise
from app.verticals.dining.insights import by_service, dishes_sold
from app.verticals.dining.models import DiningOrder, Size
from tests.support.people import SETUP, Shopper, sign_in
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def sold(place: Restaurant, who: Shopper, *wishes: tuple[str, int], days_ago: int = 0) -> int:
    """A completed order, dated some days back; its key."""
    order = place.paid(who, *wishes)
    place.serve(order)
    with place.app.app_context(), transaction(SETUP) as session:
        session.get_one(DiningOrder, order["id"]).placed_at = datetime.now(UTC) - timedelta(days=days_ago, minutes=1)
    return int(order["id"])


def stretch(days: int = 30) -> tuple[datetime, datetime]:
    return datetime.now(UTC) - timedelta(days=days), datetime.now(UTC)


@pytest.mark.covers("dining.F6")
def test_figures_and_customers_of_a_stretch(app: Flask, place: Restaurant) -> None:
    li, zhang, wu = Shopper(app, "li"), Shopper(app, "zhang"), Shopper(app, "wu")
    sold(place, li, ("鲜虾粥", 2), days_ago=40)
    sold(place, li, ("鲜虾粥", 1), days_ago=3)
    sold(place, zhang, ("牛肉面", 2), days_ago=2)
    sold(place, zhang, ("牛肉面", 1))
    sold(place, wu, ("鲜虾粥", 1))
    place.paid(wu, ("鲜虾粥", 9))  # not completed: counts for nothing
    merchant_id = place.house.merchant_id
    with app.app_context(), transaction(SETUP):
        asked = Asked("dining", merchant_id, *stretch())
        found = queries.figures(asked)
        # portions × price + 1.00 packing each: 18+1, 25+2, 12.50+1, 18+1
        assert (found.orders, found.revenue, found.customers, found.again, found.refunded) == (4, 1900 + 2700 + 1350 + 1900, 3, 2, 0)
        assert [(row.name, row.portions, row.revenue, row.fees, row.cost) for row in dishes_sold(asked)] == [
            ("牛肉面", 3, 3750, 300, None), ("鲜虾粥", 2, 3600, 288, None),
        ]
        assert sum(queries.by_hour(asked)) == sum(queries.by_weekday(asked)) == 4
        assert [(row.service, row.orders) for row in by_service(asked)] == [("pickup", 4)]
        weeks = queries.comers(asked)
        assert sum(row.fresh for row in weeks) == 2 and sum(row.again for row in weeks) in (2, 3)  # a Sunday lies between zhang's two, or not
        assert queries.portrait(asked) == {(0, 0): (1, 1900), (1, 0): (2, 3800 + 1900 + 2700 + 1350)}
        cohorts = queries.cohorts(asked)
        assert sum(later[0] for later in cohorts.values()) == 3
    page = sign_in(app, place.house.members["Owner"]).get("/dining/insights/").get_data(as_text=True)
    assert "¥78.50" in page and "66.6" in page
    assert "2 / 3 位顾客来过不止一次" in page


@pytest.mark.covers("dining.X2", "dining.F6")
def test_costs_show_margins_and_what_to_promote_and_the_spreadsheet_says_the_same(app: Flask, place: Restaurant) -> None:
    li = Shopper(app, "li")
    for _ in range(3):
        sold(place, li, ("牛肉面", 2))
    sold(place, li, ("鲜虾粥", 1))
    owner = sign_in(app, place.house.members["Owner"])
    assert "没填成本" in owner.get("/dining/insights/").get_data(as_text=True)
    costs = {f"cost-{place.sizes['牛肉面']}": "9", f"cost-{place.sizes['鲜虾粥']}": "6.50"}
    assert owner.post("/dining/insights/costs", data=costs).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        assert [session.get_one(Size, place.sizes[name]).cost for name in ("牛肉面", "鲜虾粥", "砂锅牛肉")] == [900, 650, None]
    page = owner.get("/dining/insights/").get_data(as_text=True)
    rows = re.findall(r'<tr><th scope="row">(牛肉面|鲜虾粥)</th>(.*?)</tr>', page)
    assert "走量" in rows[0][1] and "15.00" in rows[0][1]  # 75.00 − 6.00 commission − 54.00
    assert "潜力" in rows[1][1] and "10.06" in rows[1][1] and "/coupons/new" in rows[1][1]  # 18.00 − 1.44 − 6.50
    book = openpyxl.load_workbook(BytesIO(owner.get("/dining/insights/export").data))
    assert [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)] == [
        ["牛肉面", 6, 75, 6, 54, 15, "走量"], ["鲜虾粥", 1, 18, 1.44, 6.5, 10.06, "潜力"],
    ]


@pytest.mark.parametrize("typed", ["abc", "-1", "1.234"])
def test_a_cost_that_is_no_amount_is_refused_and_nothing_changes(app: Flask, place: Restaurant, typed: str) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    answer = owner.post("/dining/insights/costs", data={f"cost-{place.sizes['牛肉面']}": "5", f"cost-{place.sizes['鲜虾粥']}": typed})
    assert answer.status_code == 422
    with app.app_context(), transaction(SETUP) as session:
        assert session.get_one(Size, place.sizes["牛肉面"]).cost is None


def test_nobody_sets_anothers_costs_and_a_cashier_none(app: Flask, place: Restaurant) -> None:
    other = restaurant(app, "对门面馆")
    foreign = {f"cost-{other.sizes['牛肉面']}": "5"}
    assert sign_in(app, place.house.members["Owner"]).post("/dining/insights/costs", data=foreign).status_code == 404
    assert sign_in(app, place.house.members["Cashier"]).get("/dining/insights/").status_code == 403
    with app.app_context(), transaction(SETUP) as session:
        assert session.get_one(Size, other.sizes["牛肉面"]).cost is None


def test_the_four_corners_of_a_menu() -> None:
    menu = [
        Sales(1, "粥", 100, 180_000, 14_400, 65_600), Sales(2, "面", 90, 112_500, 9_000, 85_500), Sales(3, "牛肉", 8, 38_400, 3_072, 16_000),
        Sales(4, "凉菜", 6, 4_800, 384, 3_600), Sales(5, "汤", 5, 5_000, 400, None), Sales(6, "新菜", 0, 0, 0, None),
    ]
    assert [(each.sales.name, each.kind, each.each) for each in advise(menu)] == [
        ("粥", "star", 1000), ("面", "workhorse", 200), ("牛肉", "puzzle", 2416), ("凉菜", "dog", 136), ("汤", "unknown", None),
    ]
    assert (menu[0].margin_ppm, menu[4].margin_ppm) == (555_000, None)
