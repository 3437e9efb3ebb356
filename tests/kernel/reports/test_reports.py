"""Saved reports: figures equal to the list's own to the fen, in the reader's rows; every group leads to its rows; rights, sharing, undo."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, func, select

from app.extensions import db
from app.framework.database import transaction
from app.kernel.reports.models import Report
from app.verticals.dining.models import DiningOrder
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

STATES: dict[str, str] = {
    "title": "各状态的应付", "list_name": "dining.orders", "group_by": "status", "series": "", "measure": "sum:payable", "shape": "bar", "share": "private",
    "query": "",
}


def save(browser: FlaskClient, **changes: str) -> str:
    """The address of a report made through the form."""
    answer = browser.post("/reports/new", data={**STATES, **changes})
    assert answer.status_code == 303, re.findall("by-error.*?</p>", answer.text)
    return str(answer.headers["Location"])


def table(page: str) -> list[list[str]]:
    """The rows of the report's table, its sums last."""
    body = page.split("data-table")[1].split("</table>")[0]
    return [[re.sub("<[^>]*>", "", cell).strip() for cell in re.findall("<t[hd].*?</t[hd]>", row, re.S)] for row in re.findall("<tr>.*?</tr>", body, re.S)]


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """Three orders: two paid and waiting, one that was refused."""
    found = restaurant(app)
    shopper = Shopper(app)
    found.paid(shopper, ("牛肉面", 3))
    found.paid(shopper, ("牛肉面", 2))
    found.move(found.paid(shopper, ("牛肉面", 1))["id"], "reject", reason="卖完了")
    return found


def sums(app: Flask, *states: str) -> str:
    with app.app_context(), transaction(SETUP) as session:
        fen = session.scalar(select(func.sum(DiningOrder.payable)).where(DiningOrder.status.in_(states))) or 0
    return f"{fen / 100:,.2f}"


def test_a_report_equals_its_list_to_the_fen_and_leads_to_its_rows(app: Flask, place: Restaurant) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    report = save(owner)
    page = owner.get(report).text
    assert table(page) == [
        ["状态", "应付合计"], ["待接单", sums(app, "waiting")], ["已拒单", sums(app, "rejected")], ["合计", sums(app, "waiting", "rejected")],
    ]
    whole = owner.get("/dining/orders/?view=all").text
    assert f"¥{table(page)[-1][1]}" in whole.split("</table>")[1], "the list's own total"
    link = re.findall('href="(/dining/orders/[^"]*status=rejected[^"]*)"', page)[0].replace("&amp;", "&")
    assert f"¥{sums(app, 'rejected')}" in owner.get(link).text.split("</table>")[1]


def test_counts_by_day_and_state_are_one_statement(app: Flask, place: Restaurant) -> None:
    finance = staff(app, "Finance")
    report = save(finance, group_by="placed_at:day", series="status", measure="count")
    asked: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    page = finance.get(report).text
    today = datetime.now(UTC).astimezone().date()
    rows = table(page)
    assert rows[0] == ["下单时间 按天", "待接单", "已拒单", "合计"] and rows[-1] == ["合计", "2", "1", "3"]
    assert abs((datetime.fromisoformat(rows[1][0]).date() - today).days) <= 1 and rows[1][1:] == ["2", "1", "3"]
    assert len([each for each in asked if "dense_rank" in each]) == 1


def test_averages_are_half_up_and_do_not_add_up(app: Flask, place: Restaurant) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    rows = table(owner.get(save(owner, measure="avg:payable")).text)
    with app.app_context(), transaction(SETUP) as session:
        fen = [order.payable for order in session.scalars(select(DiningOrder))]
    assert rows[-1] == ["合计", f"{round(sum(fen) / len(fen)) / 100:,.2f}"]


def test_a_merchant_counts_its_own_and_staff_count_all(app: Flask, place: Restaurant) -> None:
    other = restaurant(app, "另一家")
    other.paid(Shopper(app, "wang"), ("牛肉面", 1))
    mine = table(sign_in(app, place.house.members["Owner"]).get(save(sign_in(app, place.house.members["Owner"]), measure="count")).text)
    operator = staff(app, "Operator")
    everybody = table(operator.get(save(operator, group_by="merchant.name", measure="count")).text)
    assert mine[-1] == ["合计", "3"] and everybody[1:] == [["老巷子砂锅粥", "3"], ["另一家", "1"], ["合计", "4"]]


def test_what_does_not_fit_is_summed_not_lost(app: Flask, place: Restaurant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.kernel.reports.drawing.GROUPS", 1)
    owner = sign_in(app, place.house.members["Owner"])
    rows = table(owner.get(save(owner, measure="count")).text)
    assert rows[1:] == [["待接单", "2"], ["其他", "1"], ["合计", "3"]]


def test_the_sheet_holds_the_same_figures(app: Flask, place: Restaurant) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    report = save(owner)
    book = load_workbook(io.BytesIO(owner.get(f"{report}/sheet").data))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=3)]
    assert rows[0][1] == "应付合计（元）" and f"{rows[-1][1]:,.2f}" == sums(app, "waiting", "rejected")


def test_reports_are_shared_as_views_are(app: Flask, place: Restaurant) -> None:
    members = place.house.members
    owner, cashier, manager = (sign_in(app, members[role]) for role in ("Owner", "Cashier", "Manager"))
    private, shared = save(owner), save(owner, title="给收银", share="Cashier")
    assert [cashier.get(each).status_code for each in (private, shared)] == [404, 200]
    assert [manager.get(each).status_code for each in (private, shared)] == [404, 404]
    assert "修改" not in cashier.get(shared).text.split("</h1>")[1].split("by-card")[0]
    edit = cashier.post(f"{shared}/edit", data={**STATES, "title": "改名", "version": "1"})
    assert (edit.status_code, cashier.post(f"{shared}/delete").status_code) == (403, 403)
    refused = cashier.post("/reports/new", data={**STATES, "share": "Owner"})
    assert refused.status_code == 403 and titles(app) == ["各状态的应付", "给收银"]
    stranger = sign_in(app, restaurant(app, "另一家").house.members["Owner"])
    assert [stranger.get(each).status_code for each in (private, shared)] == [404, 404]
    assert owner.post(f"{shared}/delete").status_code == 303 and cashier.get(shared).status_code == 404
    assert owner.post(f"{shared}/restore").status_code == 303 and cashier.get(shared).status_code == 200


def test_refusals_stand_beside_their_field_and_keep_nothing(app: Flask, place: Restaurant) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    for changes, words in (
        ({"group_by": "password"}, "没有可用的"), ({"measure": "sum:id"}, "没有可用的"), ({"series": "nothing"}, "没有可用的"), ({"title": ""}, "写一个名称"),
        ({"query": "placed_at=never"}, "看不懂"),
    ):
        answer = owner.post("/reports/new", data={**STATES, **changes})
        assert (changes, answer.status_code, words in answer.text) == (changes, 422, True)
    kitchen = sign_in(app, place.house.members["Kitchen"])
    assert kitchen.post("/reports/new", data=STATES).status_code == 403
    assert owner.post("/reports/new", data={**STATES, "list_name": "parties.staff"}).status_code == 422
    assert titles(app) == []


def test_a_hidden_column_is_in_no_report(app: Flask, place: Restaurant) -> None:
    finance, admin = staff(app, "Finance"), staff(app, "Admin")
    report = save(finance)
    edit: Any = admin.post("/visibility/new", data={"page": "dining.orders", "role": "Finance"}).headers["Location"]
    assert admin.post(edit, data={"hidden": ["dining.orders:payable"], "version": "1"}).status_code == 303
    page = finance.get(report).text
    assert sums(app, "waiting") not in page and "没有可用的" in page
    assert finance.get(f"{report}/sheet").status_code == 422
    assert finance.post("/reports/new", data=STATES).status_code == 422
    asked = {key: value for key, value in STATES.items() if key != "title"}
    assert sums(app, "waiting") not in finance.get(f"/reports/preview?{urlencode(asked)}").text


def test_a_list_leads_to_a_report_with_its_filter_and_an_edit_is_put_back(app: Flask, place: Restaurant) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    listed = owner.get("/dining/orders/?status=waiting&sort=-payable").text
    make = re.findall('href="(/reports/new[^"]*)"', listed)[0].replace("&amp;", "&")
    form = owner.get(make).text
    assert 'value="status=waiting"' in form
    report = save(owner, query="status=waiting")
    assert table(owner.get(report).text)[-1] == ["合计", sums(app, "waiting")]
    assert owner.post(f"{report}/edit", data={**STATES, "title": "改过", "query": "", "version": "1"}).status_code == 303
    page = owner.get(report).text
    back = re.findall('href="([^"]*/put-back/[^"]*)"', page)[0]
    assert owner.post(back, data={"version": "2"}).status_code == 303
    with app.app_context(), transaction(SETUP) as session:
        kept = session.scalars(select(Report)).one()
        assert (kept.title, kept.query) == ("各状态的应付", {"status": "waiting"})


def titles(app: Flask) -> list[str]:
    with app.app_context(), transaction(SETUP) as session:
        return list(session.scalars(select(Report.title).order_by(Report.id)))


def test_the_conditions_of_a_report_are_chosen_on_its_list_and_brought_back(app: Flask, place: Restaurant) -> None:
    owner = sign_in(app, place.house.members["Owner"])
    report = save(owner)
    way = owner.get(f"{report}/conditions")
    assert (way.status_code, way.headers["Location"]) == (302, "/dining/orders/?view=all&report=1")
    page = owner.get("/dining/orders/?view=all&report=1&status=rejected").text
    assert '<input type="hidden" name="report" value="1">' in page, "the filter keeps what the reader came for"
    back = re.findall('by-btn--primary" href="([^"]*)"[^>]*>.*?用这些条件', page)[0].replace("&amp;", "&")
    assert back == "/reports/1/edit?query=status%3Drejected"
    form = owner.get(back).text
    assert "条件：状态 已拒单" in form
    version = re.findall('name="version" value="([0-9]+)"', form)
    changed = {**STATES, "query": re.findall('name="query"[^>]*value="([^"]*)"', form)[0], **({"version": version[0]} if version else {})}
    assert owner.post(f"{report}/edit", data=changed).status_code == 303
    assert table(owner.get(report).text) == [["状态", "应付合计"], ["已拒单", sums(app, "rejected")], ["合计", sums(app, "rejected")]]
    bare = owner.get("/reports/1/edit?query=").text
    assert "条件：全部" in bare, "all conditions can be taken away"


def test_conditions_of_a_report_of_somebody_else_stay(app: Flask, place: Restaurant) -> None:
    owner, cashier = (sign_in(app, place.house.members[role]) for role in ("Owner", "Cashier"))
    save(owner, share="Cashier")
    assert [cashier.get(each).status_code for each in ("/reports/1", "/reports/1/conditions")] == [200, 403]
    assert staff(app, "Operator").get("/reports/1/conditions").status_code == 404
    for asked in ("1", "x", "9" * 20):
        page = cashier.get(f"/dining/orders/?view=all&report={asked}")
        assert page.status_code == 200 and "做成报表" in page.text and "用这些条件" not in page.text
