"""The explorer: from any number or amount to entries, an order, a fee line, a rule, and who approved it; and back from each of them."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.core.periods import local
from app.extensions import db
from app.framework.database import enter_scope
from app.kernel.commission.models import FeeLine
from app.kernel.ledger.jobs import seal_ledger
from app.kernel.ledger.models import LedgerTransaction
from app.kernel.payments.models import Payment
from tests.kernel.settlement.world import close, numbers, pay, refund, release
from tests.support.database import calm
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant

ESCROW = "/ledger/account?address=platform/0/escrow/CNY/dining"


@pytest.fixture
def place(app: Flask) -> Restaurant:
    """38.00 sold (commission 3.04), released, settled, and paid."""
    made, li = restaurant(app), Shopper(app, "li")
    made.serve(made.paid(li, ("鲜虾粥", 2)))
    release(app)
    close(app)
    pay(app)
    with app.app_context():
        calm()
        seal_ledger()
    return made


@pytest.fixture
def finance(app: Flask, place: Restaurant) -> FlaskClient:
    return staff(app, "Finance", "finance2")


def fact(app: Flask, kind: str) -> LedgerTransaction:
    """The one transaction of that kind."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return db.session.scalars(select(LedgerTransaction).where(LedgerTransaction.kind == kind)).one()


def read(browser: FlaskClient, address: str, **query: object) -> str:
    """The page's words, without marks."""
    answer = browser.get(address, query_string=query or None)
    assert answer.status_code == 200, (address, answer.status_code)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.get_data(as_text=True)))


def test_an_amount_leads_to_its_rule_and_who_approved_it(app: Flask, finance: FlaskClient) -> None:
    page = read(finance, "/ledger/", q="3.04")
    assert "平台收入 · 佣金" in page and "订单完成" in page
    completed = fact(app, "order_completed")
    told = read(finance, f"/ledger/transactions/{completed.id}")
    chain = told[told.index("这 ¥3.04 从哪来"):]
    steps = [chain.index(step) for step in ("分录 ", "订单 D", "费用行 ", "规则 ", "批准 ")]
    assert steps == sorted(steps)
    assert "¥38.00 × 8 %" in chain and "实付 ¥38.00" in chain
    assert f"账单 {numbers(app)[0]}" in chain[chain.index("后来"):]


def test_the_amount_is_looked_for_within_the_days_only(finance: FlaskClient) -> None:
    assert "没有正好 ¥3.04 的分录" in read(finance, "/ledger/", q="3.04", until="2020-01-31", **{"from": "2020-01-01"})
    assert "没有正好 ¥3.05 的分录" in read(finance, "/ledger/", q="¥3.05")
    assert finance.get("/ledger/", query_string={"q": "3.04", "from": "soon"}).status_code == 422


def test_every_kind_of_number_leads_to_entries(app: Flask, finance: FlaskClient) -> None:
    with app.app_context():
        enter_scope(EVERYTHING)
        line = db.session.scalars(select(FeeLine).order_by(FeeLine.amount.desc()).limit(1)).one()
        payment = db.session.scalars(select(Payment.number)).one()
    for number, words in (
        (line.order_number, "订单完成"), (f"rule:{line.rule_version_id}", "订单完成"), (f"fee:{line.id}", "订单完成"), (f"order:{line.order_id}", "放款"),
        (payment, "订单支付"), (numbers(app)[0], "付款到账"),
    ):
        assert words in read(finance, "/ledger/", q=number), number
    for nothing in ("rule:x", "fee:99999999999999999999", "nobody", "order:"):
        assert "账本里没有这个号码" in read(finance, "/ledger/", q=nothing), nothing


def test_each_transaction_says_what_stands_behind_it(app: Flask, finance: FlaskClient, place: Restaurant) -> None:
    paid = read(finance, f"/ledger/transactions/{fact(app, 'order_paid').id}")
    assert "支付 P" in paid and "已支付" in paid
    sent = read(finance, f"/ledger/transactions/{fact(app, 'payout_submitted').id}")
    assert f"账单 {numbers(app)[0]}" in sent and "应付 ¥34.96" in sent
    assert re.search(r"封存块 ?1，[0-9a-f]{12}…", sent)


def test_a_refund_shows_what_of_the_fee_went_back(app: Flask, place: Restaurant, finance: FlaskClient) -> None:
    refund(app, 1, 1000)
    promised = fact(app, "refund_promised")
    page = read(finance, f"/ledger/transactions/{promised.id}")
    assert "这 ¥0.80 从哪来" in page and "退款退回 ¥0.80" in page


def test_an_account_is_paged_and_its_entry_is_explained_beside_it(app: Flask, finance: FlaskClient) -> None:
    page = read(finance, ESCROW)
    assert "2 条" in page and "期初" in page and "期末" in page and "从哪来" not in page
    completed = fact(app, "order_completed")
    beside = read(finance, f"{ESCROW}&entry={completed.id}")
    assert "这 ¥38.00 从哪来" in beside and "平台收入 · 佣金" in beside
    first = fact(app, "order_paid")
    rest = read(finance, f"{ESCROW}&after={first.booked_on}.{first.id}")
    assert "期初 0.00" not in rest and "回到第一页" in rest
    assert read(finance, f"{ESCROW}&after=soon.x") == page


def test_a_book_lists_accounts_as_of_a_day_and_leads_to_them(finance: FlaskClient, place: Restaurant) -> None:
    page = read(finance, "/ledger/books/pending")
    assert place.house.merchant_id == 1 and "老巷子砂锅粥" in page and "merchant/1/pending/CNY" in page
    assert "0.00" in read(finance, "/ledger/books/available", until="2020-01-01", by="amount")
    assert finance.get("/ledger/books/nothing").status_code == 404


def test_the_trial_balance_of_a_past_day_is_empty_and_of_today_equal(finance: FlaskClient) -> None:
    html = finance.get("/ledger/").get_data(as_text=True)
    foot = re.findall(r'<td class="by-num">([\d,.]+)</td>', html.split("<tfoot>")[1])
    assert foot[0] == foot[1] != "0.00"
    past = finance.get("/ledger/?until=2020-01-01").get_data(as_text=True)
    assert re.findall(r'<td class="by-num">([\d,.]+)</td>', past.split("<tfoot>")[1]) == ["0.00", "0.00"]


def foot(browser: FlaskClient, **query: str) -> list[str]:
    """The sums of the trial balance."""
    answer = browser.get("/ledger/", query_string=query)
    assert answer.status_code == 200
    return re.findall(r'<td class="by-num">([\d,.]+)</td>', answer.get_data(as_text=True).split("<tfoot>")[1])


def clock_of(moment: datetime) -> str:
    """As the address names it: by the clock in Shanghai."""
    return local(moment).replace(tzinfo=None).isoformat()


def test_the_books_are_shown_as_of_a_moment_and_the_address_carries_it(app: Flask, finance: FlaskClient) -> None:
    paid, completed = fact(app, "order_paid").recorded_at, fact(app, "order_completed").recorded_at
    just_before = clock_of(paid - timedelta(microseconds=1))
    assert (foot(finance, until=just_before), foot(finance, until=clock_of(paid))) == (["0.00", "0.00"], ["38.00", "38.00"])
    assert "38.00" in read(finance, f"{ESCROW}&until={clock_of(completed - timedelta(microseconds=1))}")
    page = finance.get("/ledger/", query_string={"until": clock_of(paid)}).get_data(as_text=True)
    for address in ("/ledger/books/clearing?", "/ledger/export/csv?", "/ledger/account?address="):
        assert f"until={clock_of(paid)}" in unquote(page[page.index(address):][:200]), address
    day, time = clock_of(paid).split("T")
    assert foot(finance, until=day, until_at=time) == ["38.00", "38.00"]  # as the two fields send it
    assert f"{day} {time}（按那一刻已记入的）" in page and "已记入的" not in finance.get("/ledger/", query_string={"until": day}).get_data(as_text=True)
    assert f'value="{day}"' in page and f'value="{time}"' in page
    for wrong in ("2026-11-23T25:00", "2026-11-23T", "0001-01-01T00:00", "soonsoonsoon"):
        answer = finance.get("/ledger/", query_string={"until": wrong})
        assert (answer.status_code, "不是日期" in answer.get_data(as_text=True)) == (422, True), wrong


def test_a_statement_between_moments_leaves_out_what_came_before_and_after(app: Flask, finance: FlaskClient) -> None:
    paid, completed = fact(app, "order_paid").recorded_at, fact(app, "order_completed").recorded_at
    query = {"address": "platform/0/escrow/CNY/dining", "from": clock_of(paid), "until": clock_of(completed)}
    page = re.sub(r"<[^>]+>|\s+", " ", finance.get("/ledger/account", query_string=query).get_data(as_text=True))
    page = re.sub(r" +", " ", page)
    assert "1 条" in page and "期初 38.00" in page
    text = finance.get("/ledger/account/export/csv", query_string=query).get_data().decode("utf-8-sig")
    lines = [line.split(",") for line in text.strip().splitlines()]
    assert [line[-3:] for line in lines[2:]] == [["", "", "38.00"], ["38.00", "", "0.00"], ["38.00", "0.00", "0.00"]]
    assert lines[2][0] == clock_of(paid).replace("T", " ") and lines[-1][0] == clock_of(completed).replace("T", " ")


def test_the_trial_balance_is_exported_as_of_a_day_or_a_moment(app: Flask, finance: FlaskClient) -> None:
    paid = fact(app, "order_paid").recorded_at
    head, columns, *lines = finance.get("/ledger/export/csv", query_string={"until": clock_of(paid)}).get_data().decode("utf-8-sig").strip().splitlines()
    assert (head, columns) == (f"试算平衡，截至 {clock_of(paid).replace('T', ' ')}", "账簿,资产,账户数,借方余额（元）,贷方余额（元）")
    moved = [line for line in lines if not line.endswith(",0.00,0.00")]
    assert moved == ["支付渠道待清算,CNY,1,38.00,0.00", "订单托管,CNY,1,0.00,38.00", "合计,CNY,,38.00,38.00"]
    book = load_workbook(io.BytesIO(finance.get("/ledger/export/xlsx", query_string={"until": "2020-01-01"}).get_data()))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][0] == "试算平衡，截至 2020-01-01" and rows[-1][3:] == (0, 0)
    assert finance.get("/ledger/export/pdf").status_code == 404


def test_a_statement_of_an_account_is_exported_to_the_fen(finance: FlaskClient) -> None:
    query = {"address": "platform/0/escrow/CNY/dining"}
    text = finance.get("/ledger/account/export/csv", query_string=query).get_data().decode("utf-8-sig")
    lines = [line.split(",") for line in text.strip().splitlines()]
    assert lines[1][-3:] == ["借（元）", "贷（元）", "余额（元）"]
    assert [line[-3:] for line in lines[2:]] == [["", "", "0.00"], ["", "38.00", "38.00"], ["38.00", "", "0.00"], ["38.00", "38.00", "0.00"]]
    book = load_workbook(io.BytesIO(finance.get("/ledger/account/export/xlsx", query_string=query).get_data()))
    rows = list(book.active.iter_rows(values_only=True))
    assert [row[7] for row in rows[2:]] == [0, 38, 0, 0] and rows[3][6] == 38
    assert finance.get("/ledger/account/export/pdf", query_string=query).status_code == 404
    assert finance.get("/ledger/account/export/csv", query_string={"address": "a/b"}).status_code == 404


def test_only_finance_explores(app: Flask, place: Restaurant) -> None:
    addresses = (
        "/ledger/", "/ledger/books/pending", ESCROW, "/ledger/transactions/1", "/ledger/account/export/csv?address=platform/0/escrow/CNY/dining",
        "/ledger/export/csv",
    )
    for browser in (sign_in(app, place.house.members["Owner"]), staff(app, "Reviewer")):
        assert [browser.get(address).status_code for address in addresses] == [403] * 6
