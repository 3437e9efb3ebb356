"""Every list can be narrowed by what it shows, in every package, without being told."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from sqlalchemy import Boolean, Date, DateTime, inspect

from app.framework.console.columns import Column
from app.framework.console.view import ConsoleView
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


def lists(app: Flask) -> list[ConsoleView]:
    return [view for view in app.appbuilder.baseviews if isinstance(view, ConsoleView)]


def wanted(view: ConsoleView) -> set[str]:
    """The columns of the database that the list shows as a state, one of a few, a yes or no, or a time that it is sorted by; whose the rows are; and
    the trade of what may be of several."""
    stored = {each.key: each.columns[0].type for each in inspect(view.model).column_attrs}

    def narrows(column: Column) -> bool:
        if column.name not in stored or column.value is not None:
            return False
        kind = stored[column.name]
        few = column.kind == "state" or column.choices is not None or (column.kind == "flag" and isinstance(kind, Boolean))
        return few or (column.sort and isinstance(kind, (Date, DateTime)))

    whose = {"merchant_id" for column in view.list_columns if column.name == "merchant.name"}
    trade = {"trade"} if "trade" in stored and inspect(view.model).polymorphic_identity is None else set()
    return {column.name for column in view.list_columns if narrows(column)} | whose | trade


def test_each_list_is_filtered_by_what_it_shows(app: Flask) -> None:
    missing = {(view.name, name) for view in lists(app) for name in wanted(view) - {each.column for each in view.filters}}
    assert missing == set()


def test_all_choices_of_each_filter_open_its_list_and_another_is_refused(app: Flask) -> None:
    browser, rights = staff(app, "Admin"), app.extensions["console"].rights
    for view in lists(app):
        for each in view.filters:
            if each.shape != "choice" or not rights.allow(["Admin"], "can_list", view.name):
                continue
            with app.test_request_context():
                options = [*each.options(view.model)]
            asked = ",".join(options) if each.several else options[0]
            answers = [browser.get(f"{view.route_base}/", query_string={each.name: value}).status_code for value in (asked, "no-such-value")]
            assert answers == [200, 422], (view.name, each.name, asked)


def test_a_merchants_people_are_not_offered_what_all_their_rows_pass(app: Flask) -> None:
    place: Any = restaurant(app)
    place.paid(Shopper(app, "li"), ("鲜虾粥", 1))
    page = sign_in(app, place.house.members["Owner"]).get("/refunds/").get_data(as_text=True)
    offered = re.findall(r'aria-controls="filter-([a-z_.]+)"', page)
    assert "status" in offered and {"merchant_id", "trade"} & set(offered) == set()
    offered = re.findall(r'aria-controls="filter-([a-z_.]+)"', staff(app, "Operator").get("/refunds/").get_data(as_text=True))
    assert {"status", "merchant_id", "trade"} <= set(offered)


def test_merchants_are_found_by_trade_and_people_by_role(app: Flask) -> None:
    place: Restaurant = restaurant(app)
    admin = staff(app, "Admin")
    assert "老巷子砂锅粥" in admin.get("/merchants/?trades=dining").get_data(as_text=True)
    assert "老巷子砂锅粥" in admin.get("/merchants/?trades=stays,dining").get_data(as_text=True)
    assert "老巷子砂锅粥" not in admin.get("/merchants/?trades=stays").get_data(as_text=True)
    owner = place.house.members["Owner"]
    staff(app, "Finance")
    people = admin.get("/staff/?roles=Finance").get_data(as_text=True)
    assert ">finance<" in people and f">{owner}<" not in people
    assert f">{owner}<" in admin.get("/staff/?view=members").get_data(as_text=True)
    assert f">{owner}<" not in admin.get("/staff/?view=platform").get_data(as_text=True)
