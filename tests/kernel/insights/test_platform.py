"""The platform's pages over all trades: merchants in order, who bought how often, who came back; exact figures of two trades made by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, or_, select

from app.core import clock
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import transaction
from app.kernel.insights.platform import People, covered
from app.kernel.orders.models import Order
from app.kernel.redemption.jobs import complete_redemptions
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant
from tests.verticals.vouchers.world import Shop, shop

SPAN = "first=2024-05-11&last=2024-05-20"


def dated(app: Flask, order_id: int, at: datetime) -> None:
    """The order, and what was split off it, were placed then."""
    with app.app_context(), transaction(SETUP) as session:
        for order in session.scalars(select(Order).where(or_(Order.id == order_id, Order.split_from_id == order_id))):
            order.placed_at = at


def served(place: Restaurant, who: Shopper, wish: tuple[str, int], at: datetime) -> None:
    order = place.paid(who, wish)
    place.serve(order)
    dated(place.app, order["id"], at)


def bought(place: Shop, who: Shopper, at: datetime, *, used: bool) -> None:
    order = place.place(who, "双人餐")
    place.pay(order["id"])
    if used:
        (voucher,) = who.get(f"/vouchers/orders/{order['id']}").json["vouchers"]
        assert place.redeem(who.get(f"/vouchers/mine/{voucher['id']}").json["code"]).status_code == 303
        with place.app.app_context(), clock.at(datetime.now(UTC) + timedelta(minutes=11)):
            assert complete_redemptions() == 1
    dated(place.app, order["id"], at)


def may(day: int, hour: int = 12) -> datetime:
    """An hour of a day in May 2024, in Shanghai."""
    return day_start(date(2024, 5, day)) + timedelta(hours=hour)


@pytest.fixture
def town(app: Flask) -> dict[str, int]:
    """Two restaurants and a merchant of vouchers, with orders around 11 May 2024; merchants' keys by name."""
    porridge, noodles, grill = restaurant(app), restaurant(app, "对门面馆"), shop(app)
    grill.deal("双人餐", price=5000)
    a, b, c, d, e, f = (Shopper(app, name) for name in "abcdef")
    served(porridge, a, ("牛肉面", 1), may(10, 23))  # the last hour of the stretch before: 13.50
    served(porridge, a, ("鲜虾粥", 1), may(11, 0))  # the first of the stretch: 19.00
    served(porridge, b, ("鲜虾粥", 1), may(20, 23))
    refused = porridge.paid(c, ("牛肉面", 1))
    porridge.move(refused["id"], "reject", reason="售完")
    dated(app, refused["id"], may(12))
    served(noodles, d, ("鲜虾粥", 2), may(12))
    served(noodles, e, ("鲜虾粥", 2), may(12))
    bought(grill, a, may(13), used=True)
    bought(grill, f, may(14), used=False)
    return {"老巷子砂锅粥": porridge.house.merchant_id, "对门面馆": noodles.house.merchant_id, "阿福烧烤": grill.house.merchant_id}


def table(browser: FlaskClient, address: str, head: str) -> list[list[str]]:
    """The texts of the table whose first head cell is `head`, rows of the body and the foot."""
    answer = browser.get(address)
    assert answer.status_code == 200
    for found in re.findall(r"<table.*?</table>", answer.get_data(as_text=True), re.S):
        rows = [
            [unescape(re.sub(r"<[^>]+>", " ", cell)).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
            for row in re.findall(r"<tr>(.*?)</tr>", found, re.S)
        ]
        if rows[0][0] == head:
            return [[" ".join(text.split()) for text in row] for row in rows[1:]]
    raise AssertionError(head)


def figures(browser: FlaskClient, address: str) -> dict[str, str]:
    """The figures over the page by their labels."""
    page = browser.get(address).get_data(as_text=True)
    found = re.findall(r'by-kpi-label">(.*?)</span><span class="by-kpi-value">(.*?)</span><span class="by-kpi-note">(.*?)</span></div>', page, re.S)
    return {label: " ".join(re.sub(r"<[^>]+>", " ", f"{value} {note}").split()) for label, value, note in found}


def sheet(browser: FlaskClient, address: str) -> list[list[Any]]:
    answer = browser.get(address)
    assert answer.status_code == 200
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0].iter_rows(min_row=2)]


def test_merchants_are_ranked_and_their_orders_are_behind_them(app: Flask, town: dict[str, int]) -> None:
    operator = staff(app, "Operator")
    noodles, grill, porridge = (
        ["对门面馆", "点餐", "76.00", "0.00", "2", "38.00", "0 %"], ["阿福烧烤", "商家核销", "50.00", "0.00", "1", "50.00", "0 %"],
        ["老巷子砂锅粥", "点餐", "38.00", "13.50", "2", "19.00", "26.2 %"],
    )
    orders = {
        "turnover": (noodles, grill, porridge), "orders": (noodles, porridge, grill), "refunds": (porridge, noodles, grill),
        "average": (grill, noodles, porridge),
    }
    for order, rows in orders.items():
        assert [row[1:] for row in table(operator, f"/insights/?{SPAN}&order={order}", "名次")] == list(rows)
    assert figures(operator, f"/insights/?{SPAN}") == {
        "营业额": "¥164.00 ▲ 1114.8 % 比前 10 天", "完成订单": "5 单 ▲ 400.0 % 比前 10 天", "客单价": "¥32.80 ▲ 143.0 % 比前 10 天",
        "退款率": "5.9 % 比前 10 天",
    }
    page = unescape(operator.get(f"/insights/?{SPAN}").get_data(as_text=True))
    assert f'href="/merchants/{town["对门面馆"]}"' in page
    behind = f"/dining/orders/?view=all&merchant_id={town['对门面馆']}&placed_at=2024-05-11..2024-05-20"
    assert f'href="{behind}"' in page
    listed = operator.get(behind).get_data(as_text=True)
    with app.app_context(), transaction(SETUP) as session:
        keys = set(session.scalars(select(Order.id).where(Order.merchant_id == town["对门面馆"])))
    assert {int(key) for key in re.findall(r'href="/dining/orders/(\d+)', listed)} == keys and len(keys) == 2


def test_a_trade_shows_nothing_of_another(app: Flask, town: dict[str, int]) -> None:
    finance = staff(app, "Finance")
    assert [row[1:4] for row in table(finance, f"/insights/?{SPAN}&trade=dining", "名次")] == [["对门面馆", "点餐", "76.00"], ["老巷子砂锅粥", "点餐", "38.00"]]
    assert [row[1:4] for row in table(finance, f"/insights/?{SPAN}&trade=vouchers", "名次")] == [["阿福烧烤", "商家核销", "50.00"]]
    assert figures(finance, f"/insights/?{SPAN}&trade=vouchers")["营业额"] == "¥50.00 前 10 天没有"
    vouchers = figures(finance, f"/insights/customers?{SPAN}&trade=vouchers")
    assert (vouchers["下单顾客"], vouchers["新客"], vouchers["回头客"]) == ("2 人 前 10 天没有", "2 人 前 10 天没有", "0 人 前 10 天没有")
    assert sheet(finance, f"/insights/export/index?{SPAN}&trade=vouchers") == [["阿福烧烤", "商家核销", 50, 0, 1, 50, 100, 0, "0 %"]]
    assert [row[0] for row in sheet(finance, f"/insights/export/index?{SPAN}")] == ["对门面馆", "阿福烧烤", "老巷子砂锅粥"]
    wrongs = ("?trade=nope", "?first=2024-05-20&last=2024-05-11", "?first=2024-02-30", "?order=name", "?days=8", "cohorts?months=7", "export/people")
    for wrong in wrongs:
        assert finance.get(f"/insights/{wrong}").status_code == 404, wrong


def test_customers_are_counted_and_small_groups_say_nothing_of_money(app: Flask, town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    admin = staff(app, "Admin")
    address = f"/insights/customers?{SPAN}"
    assert figures(admin, address) == {
        "下单顾客": "5 人 ▲ 400.0 % 比前 10 天", "新客": "4 人 ▲ 300.0 % 比前 10 天", "回头客": "1 人 比前 10 天", "前一成顾客占": "— 少于 5 人，不显示",
    }
    days = {"05-11": ("0", "1"), "05-12": ("2", "0"), "05-13": ("0", "1"), "05-14": ("1", "0"), "05-20": ("1", "0")}
    assert table(admin, address, "日期") == [[day, *people] for day, people in days.items()]
    often = [["1 单", "4", "1", "4"], ["2 单", "1", "0", "2"], ["3 到 5 单", "0", "0", "0"], ["6 单以上", "0", "0", "0"]]
    hidden, nothing = "—", "0.00"
    assert table_of_groups(admin, address, "下了几单") == [[*row, hidden if row[1] != "0" else nothing] for row in often] + [["合计", "5", "", "6", "214.00"]]
    monkeypatch.setattr("app.kernel.insights.platform.FEW", 1)
    assert [row[4] for row in table_of_groups(admin, address, "下了几单")] == ["145.00", "69.00", "0.00", "0.00", "214.00"]
    bands = [["不到 ¥50", "3", "1", "3", "95.00"], ["¥50 – ¥100", "2", "0", "3", "119.00"]]
    assert table_of_groups(admin, address, "花了多少")[:2] == bands
    assert figures(admin, address)["前一成顾客占"] == "32.2 % ▼ 67.8 % 比前 10 天"  # 69.00 of 214.00; before, the only one was all
    assert sheet(admin, f"/insights/export/customers?{SPAN}")[:6] == [
        ["新客", 4, 1, None, None], ["回头客", 1, 0, None, None], ["全部", 5, 1, 6, 214], ["前一成顾客", 1, 1, 2, 69], ["1 单", 4, 1, 4, 145],
        ["2 单", 1, 0, 2, 69],
    ]


def table_of_groups(browser: FlaskClient, address: str, head: str) -> list[list[str]]:
    """The table of groups, which stands behind the chart's of the same head."""
    page = browser.get(address).get_data(as_text=True)
    found = [part for part in re.findall(r"<table.*?</table>", page, re.S) if f">{head}</th>" in part]
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr>(.*?)</tr>", found[-1], re.S)
    ][1:]


def month_ago(count: int) -> tuple[str, datetime]:
    """The month that long ago, and its first hour but for this month's first minutes."""
    today = business_day(datetime.now(UTC))
    month = today.year * 12 + today.month - 1 - count
    first = date(month // 12, month % 12 + 1, 1)
    return f"{first:%Y-%m}", min(day_start(first) + timedelta(hours=1), datetime.now(UTC))


def test_cohorts_say_who_bought_again_and_for_how_much(app: Flask) -> None:
    porridge, grill = restaurant(app), shop(app)
    grill.deal("双人餐", price=5000)
    (older, at_older), (old, at_old), (_, at_now) = month_ago(2), month_ago(1), month_ago(0)
    people = [Shopper(app, name) for name in "abcde"]
    for who in people:
        served(porridge, who, ("鲜虾粥", 1), at_older)
        served(porridge, who, ("牛肉面", 1), at_old)
    served(porridge, people[0], ("牛肉面", 1), at_now)
    bought(grill, Shopper(app, "f"), at_old, used=False)
    operator, head = staff(app, "Operator"), "第一次下单的月份"
    assert table(operator, "/insights/cohorts", head) == [
        [older, "5", "100 % 5 人", "100 % 5 人", "20 % 1 人", "", "", ""], [old, "1", "100 % 1 人", "0 % 0 人", "", "", "", ""],
    ]
    assert table(operator, "/insights/cohorts?show=spent&trade=dining", head) == [[older, "5", "¥95.00 5 人", "¥67.50 5 人", "—", "", "", ""]]
    assert table(operator, "/insights/cohorts?show=spent&trade=vouchers&months=12", head) == [[old, "1", "—", "¥0.00 0 人", *[""] * 10]]
    assert table(operator, "/insights/cohorts", "第一次下单之后")[:3] == [["1 个月后", "83.33"], ["2 个月后", "20.00"], ["3 个月后", "—"]]
    assert sheet(operator, "/insights/export/cohorts") == [
        [older, 0, 5, 5, 95], [older, 1, 5, 5, 67.5], [older, 2, 5, 1, "—"], [old, 0, 1, 1, "—"],
    ]


@pytest.mark.parametrize("page", ["", "customers", "cohorts", "export/index", "export/customers", "export/cohorts"])
def test_only_operators_finance_and_administrators_come_in(app: Flask, page: str) -> None:
    place = restaurant(app)
    for role in ("Owner", "Manager", "Cashier"):
        assert sign_in(app, place.house.members[role]).get(f"/insights/{page}").status_code == 403
    assert staff(app, "Reviewer").get(f"/insights/{page}").status_code == 403
    assert app.test_client().get(f"/insights/{page}").status_code == 302
    for role in ("Operator", "Finance", "Admin"):
        assert staff(app, role).get(f"/insights/{page}").status_code == 200


@pytest.fixture
def sent(app: Flask) -> Iterator[list[str]]:
    """Statements about orders that the test sent."""
    statements: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "order_order" in statement:
            statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", keep)
    yield statements
    event.remove(engine, "before_cursor_execute", keep)


@pytest.mark.parametrize(("page", "count"), [("", 1), ("customers", 2), ("cohorts", 1)])
def test_a_page_asks_about_orders_once_or_twice(app: Flask, sent: list[str], page: str, count: int) -> None:
    operator = staff(app, "Operator")
    operator.get(f"/insights/{page}")
    sent.clear()
    assert operator.get(f"/insights/{page}").status_code == 200
    assert len(sent) == count


@pytest.mark.parametrize(("people", "hidden"), [
    ([], []), ([0, 0], []), ([5, 9], []), ([1, 9], [0, 1]), ([4, 1, 9], [0, 1]), ([2, 7, 30], [0, 1]), ([3, 0, 3], [0, 2]), ([4], [0]), ([6, 5, 1], [1, 2]),
])
def test_what_small_groups_spent_cannot_be_worked_out(people: list[int], hidden: list[int]) -> None:
    found = covered([People(count, count, count * 100) for count in people])
    assert [at for at, group in enumerate(found) if group.spent is None] == hidden
    assert [group.people for group in found] == people
