"""Invoices for fees, the income report, a statement as PDF, and what was advanced: exact fen, each fee once."""

from __future__ import annotations

import base64
import io
import re
import zlib
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select, text

from app.core import clock
from app.core.actors import EVERYTHING
from app.core.periods import day_start
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.settlement.debts import debts_of, oldest_first
from app.kernel.settlement.fees import fees_to_invoice, month_before, next_month
from app.kernel.settlement.income import income_of, payee_kind, quarter_after, quarter_before, quarter_name, quarter_of
from app.kernel.settlement.models import Invoice, Statement
from tests.kernel.settlement.world import close, pay, refund, release, today
from tests.support.people import SETUP, Shopper, sign_in, staff
from tests.support.pictures import PDF
from tests.verticals.dining.world import Restaurant, restaurant

TAX = "91510100MA6CXXXX1A"


@pytest.fixture
def li(app: Flask) -> Shopper:
    return Shopper(app, "li")


@pytest.fixture
def place(app: Flask) -> Restaurant:
    return restaurant(app)


def sold(place: Restaurant, li: Shopper) -> int:
    order = place.paid(li, ("鲜虾粥", 2))
    place.serve(order)
    return int(order["id"])


def a_month_ago(app: Flask) -> date:
    """All orders were completed in the month before this one; its first day."""
    first = month_before(today().replace(day=1))
    with app.app_context(), transaction(SETUP) as session:
        session.execute(text("UPDATE order_order SET completed_at = :at"), {"at": day_start(first.replace(day=9))})
    return first


def fees(app: Flask, place: Restaurant, first: date) -> int:
    with app.app_context():
        enter_scope(EVERYTHING)
        return fees_to_invoice(place.house.merchant_id, first)


def ask(owner: FlaskClient, first: date, **more: str) -> tuple[int, str]:
    form = {"month": first.isoformat(), "kind": "normal", "title": "老巷子餐饮有限公司", "tax_number": TAX, "email": "a@example.com", **more}
    answered = owner.post("/invoices/new", data=form)
    return answered.status_code, answered.get_data(as_text=True)


def test_months_follow_each_other() -> None:
    assert [next_month(date(2026, each, 1)) for each in (1, 2, 12)] == [date(2026, 2, 1), date(2026, 3, 1), date(2027, 1, 1)]
    assert [month_before(date(2026, each, 1)) for each in (1, 3)] == [date(2025, 12, 1), date(2026, 2, 1)]


def test_a_months_fees_are_invoiced_once_net_of_refunds(app: Flask, place: Restaurant, li: Shopper) -> None:
    orders = [sold(place, li) for _ in range(2)]
    first = a_month_ago(app)
    refund(app, orders[0], 1800)
    assert fees(app, place, first) == 304 + 160
    owner, finance = sign_in(app, place.house.members["Owner"]), staff(app, "Finance")
    assert f"{first:%Y-%m} · ¥4.64" in owner.get("/invoices/new").get_data(as_text=True)
    assert ask(owner, first)[0] == 303
    assert fees(app, place, first) == 0
    assert ask(owner, first)[0] == 422  # the month is not offered a second time
    wrong = finance.post("/invoices/1/move/issue", data={"invoice_number": "12", "issued_on": "2026-11-30"})
    assert (wrong.status_code, "8 到 20 位" in wrong.get_data(as_text=True)) == (422, True)
    assert finance.post("/invoices/1/move/issue", data={"invoice_number": "26512000000012345678", "issued_on": "soon"}).status_code == 422
    issued = {"invoice_number": "26512000000012345678", "issued_on": today().isoformat()}
    assert owner.post("/invoices/1/move/issue", data=issued).status_code == 403
    assert finance.post("/invoices/1/move/issue", data=issued).status_code == 303
    assert finance.post("/invoices/1/edit", data={"file": (io.BytesIO(PDF), "发票.pdf")}).status_code == 303
    page = owner.get("/invoices/1").get_data(as_text=True)
    assert "26512000000012345678" in page and "¥4.64" in page and "/files/" in page
    sheet = load_workbook(io.BytesIO(finance.get("/invoices/export/xlsx").data)).active
    assert any(4.64 in [cell.value for cell in row] for row in sheet.iter_rows())


def test_a_refund_of_an_invoiced_month_lowers_the_next_one(app: Flask, place: Restaurant, li: Shopper) -> None:
    order = sold(place, li)
    first = a_month_ago(app)
    assert ask(sign_in(app, place.house.members["Owner"]), first)[0] == 303
    refund(app, order, 1800)  # 1.44 of 3.04 go back
    with app.app_context(), clock.at(day_start(next_month(next_month(first)))):
        sold(place, li)
        assert fees(app, place, next_month(first)) in {0, 304 - 144}
    with app.app_context(), transaction(SETUP) as session:
        session.execute(text("UPDATE order_order SET completed_at = :at WHERE id <> :order"), {"at": day_start(next_month(first)), "order": order})
    assert fees(app, place, next_month(first)) == 304 - 144


def test_what_cannot_be_invoiced(app: Flask, place: Restaurant, li: Shopper) -> None:
    sold(place, li)
    owner = sign_in(app, place.house.members["Owner"])
    assert ask(owner, today().replace(day=1))[0] == 422  # the month is not over
    first = a_month_ago(app)
    status, page = ask(owner, first, tax_number="12")
    assert (status, "税号是 15 到 20 位" in page) == (422, True)
    assert ask(owner, first, title="")[0] == 422
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalars(select(Invoice)).all() == []
    finance = staff(app, "Finance")
    assert finance.get("/invoices/new").status_code == 403
    assert ask(owner, first)[0] == 303
    assert finance.post("/invoices/1/move/refuse", data={"reason": "抬头不对"}).status_code == 303
    assert ask(owner, first)[0] == 303  # a refused one may be asked for again
    assert owner.post("/invoices/2/move/cancel").status_code == 303


@pytest.mark.parametrize(("day", "first", "name", "before", "after"), [
    (date(2026, 1, 1), date(2026, 1, 1), "2026Q1", date(2025, 10, 1), date(2026, 4, 1)),
    (date(2026, 6, 30), date(2026, 4, 1), "2026Q2", date(2026, 1, 1), date(2026, 7, 1)),
    (date(2026, 12, 31), date(2026, 10, 1), "2026Q4", date(2026, 7, 1), date(2027, 1, 1)),
])
def test_quarters(day: date, first: date, name: str, before: date, after: date) -> None:
    assert (quarter_of(day), quarter_name(first), quarter_before(first), quarter_after(first)) == (first, name, before, after)


@pytest.mark.parametrize(("code", "kind"), [("", "person"), ("92510100MA6CXXXX1A", "person"), (TAX, "firm"), ("52510100MA6CXXXX1A", "firm")])
def test_an_individual_business_is_a_person(code: str, kind: str) -> None:
    assert payee_kind(code) == kind


def test_the_income_report_counts_what_was_completed_by_category(app: Flask, place: Restaurant, li: Shopper) -> None:
    order = sold(place, li)
    sold(place, li)
    place.paid(li, ("鲜虾粥", 2))  # paid, not completed
    refund(app, order, 1800)
    first = quarter_of(today())
    with app.app_context():
        enter_scope(EVERYTHING)
        found = [(each.category, each.payee, each.orders, each.earned, each.refunded, each.net) for each in income_of(first)]
        assert income_of(quarter_before(first)) == []
    assert found == [("goods", "person", 2, 7200, 1800, 5400), ("packing", "person", 2, 400, 0, 400)]
    finance = staff(app, "Finance")
    page = finance.get("/income-report/").get_data(as_text=True)
    assert "¥76.00" in page and "¥58.00" in page and "包装服务" in page
    files = [finance.get(f"/income-report/export?quarter={quarter_name(first)}").data for _ in range(2)]
    assert files[0] == files[1]
    rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(files[0])).active.iter_rows()]
    assert rows[1][5:] == [2, 72, 18, 54] and rows[-1][0] == "合计"
    assert finance.get("/income-report/?quarter=2026Q5").status_code == 404
    assert sign_in(app, place.house.members["Owner"]).get("/income-report/").status_code == 403


@pytest.mark.parametrize(("amounts", "paid_back", "parts"), [
    ([], 0, []), ([500, 300], 0, [0, 0]), ([500, 300], 200, [200, 0]), ([500, 300], 500, [500, 0]), ([500, 300], 600, [500, 100]),
    ([500, 300], 800, [500, 300]),
])
def test_the_oldest_advance_is_paid_back_first(amounts: list[int], paid_back: int, parts: list[int]) -> None:
    assert oldest_first(amounts, paid_back) == parts


def test_a_statement_shows_what_was_advanced_and_paid_back(app: Flask, place: Restaurant, li: Shopper) -> None:
    orders = [sold(place, li) for _ in range(2)]
    release(app)
    close(app, 1)
    pay(app)
    for order in orders:
        refund(app, order, 1800)  # the till is empty: we advance 16.56 each time
    close(app, 2)
    sold(place, li)
    release(app, 3)
    close(app, 3)
    sold(place, li)
    release(app, 4)
    close(app, 4)
    with app.app_context():
        enter_scope(EVERYTHING)
        found = [debts_of(each) for each in db.session.scalars(select(Statement).order_by(Statement.id))]
    shown = [(each.opening, each.advanced, each.paid_back, each.closing, [line.paid_back for line in each.advances]) for each in found]
    assert shown == [(0, 0, 0, 0, []), (0, 3312, 0, 3312, [0, 0]), (3312, 0, 3312, 0, [1656, 1656]), (0, 0, 0, 0, [])]
    owner = sign_in(app, place.house.members["Owner"])
    pages = [owner.get(f"/statements/{number + 1}").get_data(as_text=True) for number in range(len(found))]
    assert ["本期抵扣" in page for page in pages] == [False, True, True, False]
    assert "33.12" in pages[1] and pages[2].count("16.56") >= 4


def words_of(pdf: bytes) -> str:
    """The texts that a PDF shows: its streams unpacked, each string read in the font's two-byte code."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        page = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        for text_ in re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", page, re.DOTALL):
            code = re.sub(rb"\\(\d{3}|.)", lambda part: bytes([int(part[1], 8)]) if part[1].isdigit() else part[1], text_, flags=re.DOTALL)
            found.append(code.decode("utf-16-be", "replace"))
    return "\n".join(found)


def test_a_statement_as_pdf_is_the_same_every_time_and_in_chinese(app: Flask, place: Restaurant, li: Shopper) -> None:
    sold(place, li)
    release(app)
    close(app)
    owner = sign_in(app, place.house.members["Owner"])
    first, again = (owner.get("/statements/1/paper") for _ in range(2))
    assert (first.status_code, first.mimetype) == (200, "application/pdf")
    assert first.data == again.data and first.data.startswith(b"%PDF-1.") and b"STSong-Light" in first.data
    other = restaurant(app, "别家")
    assert sign_in(app, other.house.members["Owner"]).get("/statements/1/paper").status_code == 404
    words = words_of(first.data)
    assert "结算账单" in words and "¥34.96" in words and "老巷子砂锅粥" in words
