"""The pages of payments: who sees them, what they show, the one move that staff make."""

from __future__ import annotations

import pytest

from app.core.clock import now as clock_now
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.payments.channels.factory import NOTIFY_PATH
from tests.kernel.payments.conftest import TESTER, Town
from tests.support.people import merchant, sign_in, staff

PAGES = ("/payments/payments/", "/payments/refunds/", "/payments/notices/", "/payments/bills/")


@pytest.mark.parametrize("role", ["Operator", "Finance", "Admin"])
def test_staff_read_every_page(town: Town, role: str) -> None:
    number = town.paid()
    refund_number = town.refunded(number, 100)
    keys = town.payment(number).id, town.notices()[0].id, town.refund(refund_number).id
    with town.at_the_door():
        browser = staff(town.app, role)
        assert [browser.get(page).status_code for page in PAGES] == [200] * 4
        body = browser.get("/payments/payments/").get_data(as_text=True)
        assert number in body
        assert "87.00" in body
        assert "老灶小馆" in body
        shown = browser.get(f"/payments/payments/{keys[0]}").get_data(as_text=True)
        assert refund_number in shown
        assert "1900000001" in shown
        assert browser.get(f"/payments/notices/{keys[1]}").status_code == 200
        assert browser.get(f"/payments/refunds/{keys[2]}").status_code == 200
        assert number in browser.get("/payments/payments/export/csv").get_data(as_text=True)


def test_finance_retries_an_abnormal_refund(town: Town) -> None:
    refund_number = town.refunded(town.paid(), 100)
    with transaction(TESTER):
        key = move(town.refund(refund_number), "fail", actor=TESTER, now=clock_now(), reason="ABNORMAL").id
    with town.at_the_door():
        browser = staff(town.app, "Finance")
        assert "原单号重试" in browser.get(f"/payments/refunds/{key}").get_data(as_text=True)
        assert browser.post(f"/payments/refunds/{key}/move/retry").status_code == 303
        assert browser.post(f"/payments/refunds/{key}/move/succeed").status_code == 403
    town.fresh()
    assert town.refund(refund_number).status == "created"


def test_an_owner_reads_the_refunds_of_its_own_shop_only(town: Town) -> None:
    refund_number = town.refunded(town.paid(), 100)
    key = town.refund(refund_number).id
    with town.at_the_door():
        other = merchant(town.app, "别家")
        browser = sign_in(town.app, other.members["Owner"])
        assert refund_number not in browser.get("/payments/refunds/").get_data(as_text=True)
        assert browser.get(f"/payments/refunds/{key}").status_code == 404
        assert [browser.get(page).status_code for page in PAGES] == [403, 200, 403, 403]
        cashier = sign_in(town.app, other.members["Cashier"])
        assert cashier.get("/payments/refunds/").status_code == 403


def test_the_door_of_the_channel_says_success(town: Town) -> None:
    number = town.prepared()
    town.box.pay(number)
    posted = town.box.merchant.wait_for(1)[0]
    with town.at_the_door():
        for _ in range(2):
            answer = town.app.test_client().post(NOTIFY_PATH, data=posted.body, headers=posted.headers)
            assert (answer.status_code, answer.json) == (200, {"code": "SUCCESS"})
        assert town.app.test_client().get(NOTIFY_PATH).status_code == 405
