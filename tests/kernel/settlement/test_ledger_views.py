"""The ledger's pages over real orders: from a number to its entries and back, a running balance, the proofs.

Here and not beside the ledger's own tests, which run without the packages above it."""

from __future__ import annotations

import pytest
from flask import Flask

from app.framework.queue import run_waiting
from tests.support.people import Shopper, sign_in, staff
from tests.verticals.dining.world import Restaurant, restaurant


@pytest.fixture
def sold(app: Flask) -> tuple[Restaurant, dict[str, object]]:
    place, li = restaurant(app), Shopper(app, "li")
    order = place.paid(li, ("鲜虾粥", 2))
    place.serve(order)
    return place, order


def test_an_order_number_leads_to_its_transactions_and_back(app: Flask, sold: tuple[Restaurant, dict[str, object]]) -> None:
    browser = staff(app, "Finance")
    found = browser.get("/ledger/", query_string={"q": str(sold[1]["number"])}).get_data(as_text=True)
    assert "订单支付" in found and "订单完成" in found
    assert f"/dining/orders/{sold[1]['id']}" in found
    fact = browser.get("/ledger/transactions/2").get_data(as_text=True)
    assert "merchant/1/pending/CNY" in fact and "34.96" in fact and "3.04" in fact
    assert browser.get("/ledger/", query_string={"q": "2"}).headers["Location"].endswith("/ledger/transactions/2")


def test_an_account_shows_its_running_balance(app: Flask, sold: tuple[Restaurant, dict[str, object]]) -> None:
    browser = staff(app, "Finance")
    away = browser.get("/ledger/", query_string={"q": "platform/0/escrow/CNY/dining"})
    page = browser.get(away.headers["Location"]).get_data(as_text=True)
    assert page.count("38.00") >= 4 and "期末" in page
    assert browser.get("/ledger/account?address=nobody/1/pending/CNY").status_code == 404
    assert browser.get("/ledger/transactions/999").status_code == 404
    assert browser.get("/ledger/?until=yesterday").status_code == 422


def test_the_trial_balance_has_equal_sides(app: Flask, sold: tuple[Restaurant, dict[str, object]]) -> None:
    page = staff(app, "Finance").get("/ledger/").get_data(as_text=True)
    foot = page.split("<tfoot>")[1]
    assert "合计 CNY" in foot and foot.count("38.00") == 2


def test_proofs_are_checked_now_and_remembered(app: Flask, sold: tuple[Restaurant, dict[str, object]]) -> None:
    browser = staff(app, "Finance")
    assert "还没核对过" in browser.get("/proofs/").get_data(as_text=True)
    assert browser.post("/proofs/check").status_code == 303
    run_waiting(app, only="check_asked_proofs")
    page = browser.get("/proofs/").get_data(as_text=True)
    assert "通过" in page and "处不符" not in page


def test_only_finance_reads_the_ledger(app: Flask, sold: tuple[Restaurant, dict[str, object]]) -> None:
    for browser in (sign_in(app, sold[0].house.members["Owner"]), staff(app, "Reviewer")):
        for address in ("/ledger/", "/ledger/transactions/1", "/ledger/account?address=x", "/proofs/"):
            assert browser.get(address).status_code == 403
        assert browser.post("/proofs/check").status_code == 403
    assert app.test_client().get("/ledger/").status_code in {302, 303}
