"""A day against the channel's bill, through the console and the jobs: suspense is what nobody has settled, two people settle it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.clock import at
from app.core.clock import now as clock_now
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import transaction
from app.kernel.ledger.accounts import channel_balance, cost, recon_suspense, unidentified_receipt
from app.kernel.ledger.models import LedgerTransaction
from app.kernel.payments import jobs as payment_jobs
from app.kernel.payments.operations.bills import import_bill
from app.kernel.reconciliation import jobs
from app.kernel.reconciliation.models import ReconBreak, ReconDay, ReconPair
from app.kernel.reconciliation.operations.comparing import compare_day
from tests.kernel.payments.conftest import TESTER, Town, town  # noqa: F401 - a fixture
from tests.kernel.payments.test_bills import DAY, NEXT_MORNING, NUMBER, PLAIN, history
from tests.support.people import staff

HEAD = "交易时间,商户号,微信订单号,商户订单号,交易状态,订单金额,手续费,商户退款单号,微信退款单号,申请退款金额,退款状态"
SUMS = "总交易单数,手续费总金额,订单总金额,申请退款总金额"


def trade_bill(day: date, rows: Sequence[tuple[str, str, int, str]]) -> bytes:
    """A trade bill of payments: (our number, the channel's, fen, state)."""
    lines, fees = [], 0.0
    for number, theirs, fen, state in rows:
        fee = round(fen * 0.006) / 100
        fees += fee
        lines.append(f"`{day} 12:00:00,`{NUMBER},`{theirs},`{number},`{state},`{fen / 100:.2f},`{fee:.5f},`,`,`0.00,`")
    total = sum(row[2] for row in rows) / 100
    return "\r\n".join([HEAD, *lines, SUMS, f"`{len(rows)},`{fees:.5f},`{total:.2f},`0.00", ""]).encode()


def send(browser: FlaskClient, day: date, content: bytes, door: str = "/reconciliation/new") -> Any:
    return browser.post(door, data={"day": day.isoformat(), "file": (io.BytesIO(content), "bill.csv")})


def breaks(town: Town) -> dict[str, ReconBreak]:  # noqa: F811
    town.fresh()
    return {each.kind: each for each in db.session.scalars(select(ReconBreak).execution_options(populate_existing=True))}


def line_of(town: Town, number: str) -> tuple[str, str, int, str]:  # noqa: F811
    payment = town.payment(number)
    return number, payment.channel_number or "", payment.amount, "SUCCESS"


def press(browser: FlaskClient, key: int, name: str, **answers: str) -> int:
    return int(browser.post(f"/reconciliation/breaks/{key}/move/{name}", data=answers).status_code)


def test_the_channels_own_bill_is_even_and_the_day_is_signed(town: Town) -> None:  # noqa: F811
    history(town)
    with at(NEXT_MORNING):
        payment_jobs.fetch_bills()
        jobs.compare_days()
        jobs.compare_days()
    town.fresh()
    day = db.session.scalars(select(ReconDay)).one()
    assert (day.status, day.lines, day.matched, day.theirs_in, day.ours_in, day.theirs_out, day.ours_out) == ("even", 2, 2, 8700, 8700, 3080, 3080)
    key = day.id
    assert (day.movements, day.moved) == (3, 3)
    assert breaks(town) == {} and db.session.scalar(select(func.count()).select_from(ReconPair)) == 0, "plain pairs are not kept one by one"
    with town.at_the_door():
        finance = staff(town.app, "Finance")
        page = finance.get(f"/reconciliation/{key}").text
        assert "已对平" in page and page.count("87.00") >= 2 and page.count("30.80") >= 2
        assert finance.post(f"/reconciliation/{key}/move/sign").status_code in {302, 303}
        again = finance.post(f"/reconciliation/{key}/compare")
        assert again.status_code == 409 and "已经签字" in again.text
    town.fresh()
    assert (db.session.scalars(select(ReconDay)).one().status, town.held(recon_suspense())) == ("signed", 0)


def test_breaks_stand_in_suspense_until_two_people_settled_them(town: Town) -> None:  # noqa: F811
    here, missing = town.paid(1), town.paid(2)
    day, clearing = business_day(clock_now()), town.payment(here).clearing_account
    before = town.held(clearing)
    content = trade_bill(day, [line_of(town, here), ("STRANGER", "4200009", 500, "SUCCESS"), (*line_of(town, here)[:3], "REVOKED")])
    with town.at_the_door():
        first, second = staff(town.app, "Finance"), staff(town.app, "Finance", "finance2")
        assert send(first, day, content).status_code == 303
    found = breaks(town)
    assert {kind: (each.effect, each.row, each.our_number) for kind, each in found.items()} == {
        "channel_only_payment": (500, 3, "STRANGER"), "local_only_payment": (-8700, None, missing), "duplicate": (0, 4, here),
    }
    assert (town.held(recon_suspense()), town.held(clearing) - before) == (500 - 8700, 8700 - 500)
    stranger, lost, twice = (found[kind].id for kind in ("channel_only_payment", "local_only_payment", "duplicate"))
    with town.at_the_door():
        assert "对账差异待查" in first.get("/").text
        assert press(first, stranger, "propose") == 422, "a reason is asked for"
        assert [press(first, stranger, "take"), press(first, stranger, "propose", reason="老客户直接扫了收款码")] == [303, 303]
        assert press(first, stranger, "approve", confirmed_amount="5.00") == 403, "the proposer is no second person"
        assert press(second, stranger, "approve", confirmed_amount="6.00") == 422, "the amount is typed"
    assert breaks(town)["channel_only_payment"].status == "proposed" and town.held(recon_suspense()) == -8200
    with town.at_the_door():
        assert press(second, stranger, "approve", confirmed_amount="5.00") == 303
        assert press(second, lost, "propose", reason="渠道确认没有这笔") == press(second, twice, "propose", reason="顾客当场撤销") == 303
        assert press(first, twice, "approve", confirmed_amount="0.00") == 409, "nothing to book"
        assert (press(second, twice, "accept"), press(first, twice, "accept")) == (403, 303)
        assert press(first, lost, "approve", confirmed_amount="87.00") == 303
    found = breaks(town)
    assert {kind: (each.status, each.resolution) for kind, each in found.items()} == {
        "channel_only_payment": ("closed", "unidentified"), "local_only_payment": ("closed", "loss"), "duplicate": ("closed", "explained"),
    }
    assert (town.held(recon_suspense()), town.held(unidentified_receipt()), town.held(cost("bad_debt"))) == (0, 500, -8700)
    posted = db.session.scalars(select(LedgerTransaction).where(LedgerTransaction.kind == "recon_break_resolved").order_by(LedgerTransaction.id)).all()
    assert len({(each.maker, each.checker) for each in posted}) == 2 and all(each.maker != each.checker for each in posted)
    assert db.session.scalars(select(ReconDay)).one().status == "even"


def test_what_the_next_bill_brings_closes_the_break_of_the_day_before(town: Town) -> None:  # noqa: F811
    here, late = town.paid(1), town.paid(2)
    day = business_day(clock_now())
    first, second = trade_bill(day, [line_of(town, here)]), trade_bill(day + timedelta(days=1), [line_of(town, late)])
    with town.at_the_door():
        finance = staff(town.app, "Finance")
        send(finance, day, first)
    assert (breaks(town)["local_only_payment"].our_number, town.held(recon_suspense())) == (late, -8700)
    with town.at_the_door():
        send(finance, day + timedelta(days=1), second)
    closed = breaks(town)["local_only_payment"]
    assert (closed.status, closed.resolution, town.held(recon_suspense())) == ("closed", "matched", 0)
    assert list(db.session.scalars(select(ReconDay.status).order_by(ReconDay.day))) == ["even", "even"]


def test_money_whose_callback_was_lost_is_asked_for_and_the_break_closes(town: Town) -> None:  # noqa: F811
    number = town.prepared()
    town.box.fault("lost")
    assert town.box.pay(number).status_code == 200
    day = business_day(clock_now())
    theirs = town.app.extensions["pay_channel"].query(number).transaction_id
    with town.at_the_door():
        send(staff(town.app, "Finance"), day, trade_bill(day, [(number, theirs, 8700, "SUCCESS")]))
    assert (breaks(town)["status"].effect, town.held(recon_suspense()), town.payment(number).status) == (8700, 8700, "created")
    with at(clock_now() + timedelta(days=1)):
        jobs.compare_days()
    town.run(only="ask_about_payment")
    town.fresh()
    assert town.payment(number).status == "paid"
    with at(clock_now() + timedelta(days=1)):
        jobs.compare_days()
    closed = breaks(town)["status"]
    assert (closed.status, closed.resolution, town.held(recon_suspense())) == ("closed", "matched", 0)
    day_record = db.session.scalars(select(ReconDay)).one()
    assert (day_record.status, day_record.lines, day_record.matched) == ("even", 1, 1)


def test_a_broken_or_changed_bill_changes_nothing(town: Town) -> None:  # noqa: F811
    paid, day = line_of(town, town.paid(1)), business_day(clock_now())
    with town.at_the_door():
        finance = staff(town.app, "Finance")
        for content in (b"", b"no bill", trade_bill(day - timedelta(days=1), [paid])):
            answer = send(finance, day, content)
            assert answer.status_code == 422 and re.search("by-error|by-note--bad", answer.text)
        assert staff(town.app, "Operator").get("/reconciliation/new").status_code == 403
    town.fresh()
    assert list(db.session.scalars(select(ReconDay))) == []
    with town.at_the_door():
        send(finance, day, trade_bill(day, [paid]))
        other = send(finance, day, trade_bill(day, [paid, ("X", "4", 100, "SUCCESS")]))
        assert other.status_code == 409 and "内容不同" in other.text
    assert breaks(town) == {}


def test_a_fund_bill_is_uploaded_among_the_bills_and_compares_nothing(town: Town) -> None:  # noqa: F811
    town.paid(1)
    with town.at_the_door():
        finance = staff(town.app, "Finance")
        wrong = send(finance, DAY, PLAIN.replace(b"`0.52", b"`0.53"), "/payments/bills/new")
        assert wrong.status_code == 422 and re.search("by-error|by-note--bad", wrong.text)
        assert send(finance, DAY, PLAIN, "/payments/bills/new").status_code == 303
        assert staff(town.app, "Operator").post("/payments/bills/new").status_code == 403
    assert breaks(town) == {} and list(db.session.scalars(select(ReconDay))) == []
    assert (-town.held(channel_balance(NUMBER)), -town.held(cost("channel_fee"))) == (5586, 34)


def test_a_day_without_a_bill_waits_until_a_later_day_has_one(town: Town) -> None:  # noqa: F811
    number = history(town)
    payment = town.payment(number)
    payment_id, theirs = payment.id, payment.channel_number or ""
    with at(NEXT_MORNING + timedelta(days=5)):
        jobs.compare_days()
        assert breaks(town) == {}, "nobody has asked the channel yet"
        with transaction(TESTER):
            import_bill(DAY + timedelta(days=2), "trade", trade_bill(DAY + timedelta(days=2), [("X1", "4201", 100, "SUCCESS")]), actor=TESTER, now=clock_now())
        jobs.compare_days()
    found = breaks(town)
    assert {(kind, each.record_id) for kind, each in found.items()} == {
        ("local_only_payment", payment_id), ("local_only_refund", 1), ("channel_only_payment", None),
    }
    assert town.held(recon_suspense()) == -8700 + 3080 + 100
    with at(NEXT_MORNING + timedelta(days=6)), transaction(TESTER):
        import_bill(DAY, "trade", trade_bill(DAY, [(number, theirs, 8700, "SUCCESS")]), actor=TESTER, now=clock_now())
    with at(NEXT_MORNING + timedelta(days=6)):
        jobs.compare_days()
    assert (breaks(town)["local_only_payment"].resolution, town.held(recon_suspense())) == ("matched", 3080 + 100)


def test_two_comparisons_at_once_find_each_difference_once(town: Town) -> None:  # noqa: F811
    town.paid(1)
    day = business_day(clock_now())
    with town.at_the_door():
        send(staff(town.app, "Finance"), day, trade_bill(day, [("STRANGER", "4200009", 500, "SUCCESS")]))
    db.session.rollback()
    with transaction(TESTER):
        db.session.execute(ReconBreak.__table__.delete())  # type: ignore[attr-defined]
    ready = Barrier(6)

    def again(_: int) -> str:
        with town.app.app_context():
            ready.wait()
            with transaction(TESTER):
                return compare_day(day, NUMBER, actor=TESTER, now=clock_now()).status

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(again, range(6))) == {"open"}
    assert {kind: each.effect for kind, each in breaks(town).items()} == {"channel_only_payment": 500, "local_only_payment": -8700}
    assert town.held(recon_suspense()) == 500 - 8700
