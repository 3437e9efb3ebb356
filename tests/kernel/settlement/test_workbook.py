"""The spreadsheet says what the ledger says, in numbers that a spreadsheet can add, and the same bytes each time."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app.core import clock
from app.core.actors import EVERYTHING, Actor, system
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.queue import run_waiting
from app.framework.spreadsheets.cells import yuan_digits
from app.framework.spreadsheets.xlsx import Money, Sheet, letter, write_workbook
from app.kernel.exports.models import ExportTask
from app.kernel.exports.operations import expire_old, path_of
from app.kernel.ledger.accounts import merchant_available
from app.kernel.ledger.queries import balance
from app.kernel.parties.models import StaffUser
from app.kernel.settlement.models import Cycle, Statement
from app.kernel.settlement.operations.exports import ask_workbook
from app.kernel.settlement.workbook.sheets import Extent, write
from tests.kernel.settlement.world import close, later, refund, release
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

BAD = "=cmd|' /C calc'!A0"


@pytest.fixture
def closed(app: Flask) -> Restaurant:
    place, li = restaurant(app, BAD), Shopper(app, "li")
    for dish in ("鲜虾粥", "牛肉面"):
        order = place.paid(li, (dish, 2))
        place.serve(order)
    refund(app, int(order["id"]), 1250)
    release(app)
    close(app)
    return place


def workbook(app: Flask) -> bytes:
    with app.test_request_context():
        enter_scope(EVERYTHING)
        file = io.BytesIO()
        write(Extent(db.session.scalars(select(Cycle)).one()), file)
        return file.getvalue()


@pytest.mark.covers("dining.E5")
def test_totals_are_formulas_whose_values_equal_the_ledger(app: Flask, closed: Restaurant) -> None:
    content = workbook(app)
    values, formulas = load_workbook(io.BytesIO(content), data_only=True), load_workbook(io.BytesIO(content))
    assert values.sheetnames == ["汇总", "账单", "明细", "费用"]
    with app.app_context():
        enter_scope(EVERYTHING)
        cycle, statement = db.session.scalars(select(Cycle)).one(), db.session.scalars(select(Statement)).one()
        available = balance(merchant_available(closed.house.merchant_id))
    summary = {row[0].value: row[1].value for row in values["汇总"].iter_rows()}
    assert summary["批次"] == cycle.number and summary["账本水位"] == str(cycle.watermark) and summary["明细行数"] == 2
    assert round(summary["期末"] * 100) == available == statement.closing == 3496 + 2484 - 1150
    assert round(summary["收入"] * 100) == 3800 + 2700 and round(summary["费用"] * 100) == 304 + 216 - 100
    lines = list(values["明细"].iter_rows(min_row=2, values_only=True))
    assert round(sum(row[16] for row in lines[:-1]) * 100) == round(lines[-1][16] * 100) == available
    assert formulas["明细"].cell(4, 17).value == "=SUM(Q2:Q3)" and formulas["汇总"]["B15"].value == "=SUM('账单'!I2:I2)"
    assert formulas["账单"]["B2"].value == BAD and formulas["账单"]["B2"].data_type == "s"
    assert formulas["明细"]["C2"].data_type == "s" and formulas["明细"]["Q2"].number_format == "#,##0.00"
    assert [round(row[5] * 100) for row in values["费用"].iter_rows(min_row=2, values_only=True)] == [420, 420]


def test_the_same_rows_give_the_same_bytes(app: Flask, closed: Restaurant) -> None:
    assert workbook(app) == workbook(app)


def test_a_large_workbook_runs_in_the_queue_and_expires(app: Flask, closed: Restaurant) -> None:
    staff(app, "Finance")
    with app.app_context():
        enter_scope(EVERYTHING)
        user_id = db.session.scalars(select(StaffUser.id).where(StaffUser.username == "finance")).one()
    maker = Actor("staff", user_id, "许志强", frozenset({"Finance"}), EVERYTHING)
    with app.app_context(), transaction(maker) as session:
        task_id = ask_workbook(session.scalars(select(Cycle)).one(), actor=maker, now=clock.now()).id
    assert run_waiting(app, only="run_export") == 1
    with app.app_context(), transaction(system("t")) as session:
        task = session.get_one(ExportTask, task_id)
        path = path_of(task)
        assert (task.status, task.rows, task.rows_done, task.percent, task.error) == ("done", 2, 2, 100, "")
        assert load_workbook(path).sheetnames == ["汇总", "账单", "明细", "费用"]
        assert expire_old(actor=system("t"), now=later(8)) == 1
    assert not path.exists()


def test_an_owner_takes_a_long_statement_from_the_export_centre(app: Flask, closed: Restaurant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.kernel.settlement.views.statements.AT_ONCE", 1)
    owner, other = sign_in(app, closed.house.members["Owner"]), sign_in(app, closed.house.members["Manager"])
    answer = owner.get("/statements/1/workbook")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/exports/")
    run_waiting(app, only="run_export")
    assert "可下载" in owner.get("/exports/").get_data(as_text=True)
    book = load_workbook(io.BytesIO(owner.get("/exports/1/download").data))
    assert book["费用"]["A2"].value == "点餐佣金"
    assert other.get("/exports/1/download").status_code == other.get("/exports/1").status_code == 404


@pytest.mark.parametrize(("fen", "digits"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-1205, "-12.05"), (100, "1.00"), (10**14 + 1, "1000000000000.01")])
def test_fen_are_written_digit_by_digit(fen: int, digits: str) -> None:
    assert yuan_digits(fen) == digits


def test_letters_of_columns() -> None:
    assert [letter(each) for each in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_long_numbers_and_signs_stay_text() -> None:
    file = io.BytesIO()
    write_workbook(file, [Sheet("甲", [["+1", "@x", "\x01-2", 1234567890123456789, Money(-1), None, 7]])], "t")
    row = next(load_workbook(file)["甲"].iter_rows(values_only=True))
    assert row == ("+1", "@x", "-2", "1234567890123456789", -0.01, None, 7)
