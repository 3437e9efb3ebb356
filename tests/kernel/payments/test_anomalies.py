"""Everything odd stands in one queue: what it was, what was done, and how it ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.actors import EVERYTHING
from app.core.clock import now as clock_now
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.payments.channels.factory import NOTIFY_PATH
from app.kernel.payments.models import Anomaly
from app.kernel.payments.operations.anomalies import note_anomaly
from app.kernel.payments.queries import refunds_of
from app.kernel.workspace.models import Notice
from tests.kernel.payments.conftest import TESTER, Town
from tests.support.people import staff


def odd(town: Town) -> list[Anomaly]:
    """The queue, oldest first."""
    town.fresh()
    enter_scope(EVERYTHING)
    return list(db.session.scalars(select(Anomaly).order_by(Anomaly.id).execution_options(populate_existing=True)))


def words(anomalies: list[Anomaly]) -> list[tuple[str, str, str, int]]:
    return [(each.kind, each.status, each.done, each.times) for each in anomalies]


@pytest.mark.covers("dining.F2")
def test_paid_twice_stands_in_the_queue_until_its_refund_arrived(town: Town) -> None:
    town.paid()
    second = town.paid()
    (found,) = odd(town)
    assert words([found]) == [("paid_twice", "open", "refunded", 1)]
    assert (found.subject, found.amount, found.payment_id) == (second, 8700, town.payment(second).id)
    refund = refunds_of(town.payment(second))[0]
    assert (found.refund_id, refund.amount) == (refund.id, 8700)
    number = refund.number
    town.run(only="send_refund")
    assert town.take(town.box.merchant.wait_for(3)[2]) == 200
    town.fresh()
    assert town.refund(number).status == "succeeded"
    (found,) = odd(town)
    assert (found.status, found.settled_by, found.answer) == ("settled", "payments", number)


def test_a_forged_callback_is_counted_by_day_and_sender_and_nothing_of_it_is_kept(town: Town) -> None:
    number = town.prepared()
    town.box.pay(number)
    posted = town.box.merchant.wait_for(1)[0]
    forged = {**posted.headers, "Wechatpay-Signature": "AAAA"}
    with town.at_the_door():
        client = town.app.test_client()
        assert [client.post(NOTIFY_PATH, data=posted.body, headers=forged).status_code for _ in range(3)] == [401] * 3
    (found,) = odd(town)
    assert words([found]) == [("forged", "open", "refused", 3)]
    assert (found.address, found.subject, found.amount) == ("127.0.0.1", "", None)
    assert town.notices() == []
    assert town.payment(number).status == "created"


def test_an_old_callback_is_stale_and_a_repeated_one_harmless(town: Town) -> None:
    number = town.prepared()
    town.box.pay(number)
    posted = town.box.merchant.wait_for(1)[0]
    old = {**posted.headers, "Wechatpay-Timestamp": str(int((clock_now() - timedelta(minutes=6)).timestamp()))}
    with town.at_the_door():
        client = town.app.test_client()
        answers = [client.post(NOTIFY_PATH, data=posted.body, headers=headers).status_code for headers in (old, posted.headers, posted.headers, posted.headers)]
    assert answers == [401, 200, 200, 200]
    assert words(odd(town)) == [("stale", "harmless", "refused", 1), ("replayed", "harmless", "ignored", 2)]
    assert town.payment(number).status == "paid"


def test_what_differs_is_open_and_ends_when_the_notice_is_obeyed(town: Town) -> None:
    number = town.prepared()
    town.box.pay(number)
    posted = town.box.merchant.wait_for(1)[0]
    held = town.app.extensions["pay_account"]
    town.app.extensions["pay_account"] = replace(held, appid="wxOther")
    town.take(posted)
    (found,) = odd(town)
    assert words([found]) == [("differs", "open", "not_booked", 1)]
    assert (found.subject, found.amount) == (number, 8700)
    assert "wxOther" in found.detail
    town.app.extensions["pay_account"] = held
    key = town.notices()[0].id
    with town.at_the_door():
        finance = staff(town.app, "Finance")
        assert finance.post(f"/payments/notices/{key}/move/retry").status_code == 303
    town.run(only="obey_notice")
    (found,) = odd(town)
    assert (found.status, town.payment(number).status) == ("settled", "paid")


def test_finance_is_told_and_settles_what_it_found_and_others_may_not(town: Town) -> None:
    with town.at_the_door():
        finance, operator = staff(town.app, "Finance"), staff(town.app, "Operator")
    with transaction(TESTER):
        key = note_anomaly("unknown", "n1", done="not_booked", now=clock_now(), subject="P999", amount=4200, detail="渠道有、我们没有").id
    town.fresh()
    told = db.session.scalars(select(Notice).where(Notice.kind == "payments.odd")).all()
    assert len(told) == 1
    with town.at_the_door():
        home = finance.get("/").get_data(as_text=True)
        assert "条支付异常待核对" in home
        page = finance.get(f"/payments/anomalies/{key}").get_data(as_text=True)
        assert "没有记账，钱还在渠道账户里" in page
        assert "在渠道后台查这个单号是不是我们的" in page
        assert finance.get("/payments/anomalies/?view=open").status_code == 200
        assert finance.post(f"/payments/anomalies/{key}/move/settle", data={"reason": ""}).status_code == 422
        assert finance.post(f"/payments/anomalies/{key}/move/settle", data={"reason": "测试账号的付款，已联系渠道退回"}).status_code == 303
        assert operator.get(f"/payments/anomalies/{key}").status_code == 200
        assert staff(town.app, "Reviewer").get("/payments/anomalies/").status_code == 403
    (found,) = odd(town)
    assert (found.status, found.answer) == ("settled", "测试账号的付款，已联系渠道退回")
    with transaction(TESTER):
        note_anomaly("unknown", "n1", done="not_booked", now=clock_now(), subject="P999", amount=4200, detail="又来了")
    (found,) = odd(town)
    assert (found.status, found.times) == ("open", 2)


def test_forty_at_once_leave_one_row_that_counts_forty(town: Town) -> None:
    def note(number: int) -> None:
        with town.app.app_context(), transaction(TESTER):
            note_anomaly("forged", "2026-11-29:10.0.0.9", done="refused", now=clock_now(), address="10.0.0.9")

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(note, range(40)))
    assert words(odd(town)) == [("forged", "open", "refused", 40)]
