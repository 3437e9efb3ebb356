"""The fund bill and the sharing bill of a day, through the console and the jobs: late money, payouts, withdrawals, gaps, shares."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

from sqlalchemy import func, select

from app.core.actors import EVERYTHING, Actor
from app.core.clock import at
from app.core.clock import now as clock_now
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import get, transaction
from app.framework.flow import move
from app.kernel.ledger.accounts import available, bank, channel_balance, payout_in_transit, recon_suspense, unidentified_receipt
from app.kernel.ledger.models import LedgerTransaction
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.payout import payout_asked, payout_paid, payout_submitted
from app.kernel.ledger.values import Posting, credit, debit
from app.kernel.payments import jobs as payment_jobs
from app.kernel.payments.operations.bills import import_bill
from app.kernel.reconciliation import jobs
from app.kernel.reconciliation.models import ReconBreak, ReconDay, ReconMonth, ReconPair
from app.kernel.reconciliation.operations.months import MonthClosed
from tests.kernel.payments.conftest import TESTER, Town, town  # noqa: F401 - a fixture
from tests.kernel.payments.test_bill_quirks import SHARING_HEAD, bill
from tests.kernel.payments.test_bills import DAY, HEAD, NEXT_MORNING, NUMBER, SUMS, history
from tests.kernel.reconciliation.test_days import breaks, press, send, trade_bill
from tests.support.people import staff

NEXT = DAY + timedelta(days=1)


def funds(day: date, opening: int, *rows: tuple[str, int, str, str]) -> bytes:
    """A fund bill of (what, fen signed, the channel's number, voucher) that begins with `opening` fen."""
    lines, balance = [], opening
    for place, (what, fen, theirs, voucher) in enumerate(rows):
        balance += fen
        way = "收入" if fen > 0 else "支出"
        lines.append(f"`{day} 09:{place:02d}:00,`{theirs},`{place},`{what},`{what},`{way},`{abs(fen) / 100:.2f},`{balance / 100:.2f},`system,`,`{voucher}")
    into, out = [row[1] for row in rows if row[1] > 0], [-row[1] for row in rows if row[1] < 0]
    total = f"`{len(rows)},`{len(into)},`{sum(into) / 100:.2f},`{len(out)},`{sum(out) / 100:.2f}"
    return "\r\n".join([HEAD, *lines, SUMS, total, ""]).encode()


def compared(town: Town, day: date, kind: str, content: bytes, morning: datetime) -> dict[str, ReconBreak]:  # noqa: F811
    """The breaks by kind after a bill came and the morning's job ran."""
    with at(morning):
        with transaction(TESTER):
            import_bill(day, kind, content, actor=TESTER, now=morning)
        jobs.compare_days()
    return breaks(town)


def a_payout(number: str, amount: int, *, paid: bool) -> None:
    """A leader's payout of the day was sent, and perhaps marked as paid by the bank."""
    moment = datetime(2026, 11, 1, 1, tzinfo=UTC)
    with transaction(TESTER):
        post(Posting("test", number, moment, (debit(bank(), amount), credit(available("leader", 7), amount))), moment)
        steps = (payout_asked, payout_submitted) + ((lambda **of: payout_paid(**of, paid_from=bank()),) if paid else ())
        for step in steps:
            post(step(payout=number, owner_kind="leader", owner_id=7, amount=amount, at=moment), moment)


def test_money_that_moves_on_the_next_day_is_timing_and_closes_by_itself(town: Town) -> None:  # noqa: F811
    number = history(town)
    theirs = town.payment(number).channel_number or ""
    with at(NEXT_MORNING):
        trade = town.box.channel.trade_bill(DAY)
        with transaction(TESTER):
            import_bill(DAY, "trade", trade, actor=TESTER, now=NEXT_MORNING)
    refund = trade.decode().split("REFUND")[1].split(",`")[5]
    found = compared(town, DAY, "fund", funds(DAY, 0, ("退款", -3080, refund, "R")), NEXT_MORNING)
    assert {kind: (each.effect, each.channel_number, each.resolution) for kind, each in found.items()} == {"timing": (0, theirs, "")}
    day = db.session.scalars(select(ReconDay)).one()
    assert (day.status, day.lines, day.matched, day.movements, day.moved) == ("open", 2, 2, 1, 1)
    later = funds(NEXT, -3080, ("交易", 8700, theirs, number), ("扣除交易手续费", -52, theirs, number))
    with at(NEXT_MORNING + timedelta(days=1)), transaction(TESTER):
        import_bill(NEXT, "trade", trade_of_nobody(), actor=TESTER, now=NEXT_MORNING)
    compared(town, NEXT, "fund", later, NEXT_MORNING + timedelta(days=1))
    closed = db.session.scalars(select(ReconBreak).where(ReconBreak.channel_number == theirs)).one()
    assert (closed.kind, closed.status, closed.resolution) == ("timing", "closed", "matched")
    assert sorted(db.session.scalars(select(ReconPair.how).where(ReconPair.kind == "fund"))) == ["window", "window"]
    assert db.session.scalars(select(ReconDay.status).order_by(ReconDay.day)).all() == ["even", "open"]


def trade_of_nobody() -> bytes:
    """A trade bill of the next day with one payment that we do not have, so that the day has a bill."""
    return trade_bill(NEXT, [("X1", "4201", 100, "SUCCESS")])


def test_a_payout_through_the_channel_makes_the_bank_whole(town: Town) -> None:  # noqa: F811
    a_payout("LD-20261101-1", 5000, paid=True)
    a_payout("LD-20261101-2", 700, paid=False)
    with at(NEXT_MORNING), transaction(TESTER):
        import_bill(DAY, "trade", bill_of_day(), actor=TESTER, now=NEXT_MORNING)
    found = compared(town, DAY, "fund", funds(DAY, 0, ("商家转账", -5000, "10", "LD-20261101-1"), ("提现", -900, "11", "")), NEXT_MORNING)
    assert {kind: (each.effect, each.our_number, each.status) for kind, each in found.items() if kind != "channel_only_payment"} == {
        "payout_missing": (0, "LD-20261101-2", "open"), "unknown_kind": (-900, "", "open"), "timing": (0, "X1", "open"),
    }
    assert (town.held(bank()), town.held(payout_in_transit())) == (-5000 - 700 + 5000 - 5000, 700)
    assert (town.held(unidentified_receipt()), -town.held(channel_balance(NUMBER))) == (0, -5900)
    assert town.held(recon_suspense()) == -900 + 100
    key = found["unknown_kind"].id
    with town.at_the_door():
        first, second = staff(town.app, "Finance"), staff(town.app, "Finance", "finance2")
        assert press(first, key, "propose", reason="提现到银行，已核对回单") == 303
        assert press(second, key, "approve", confirmed_amount="9.00") == 303
    assert (breaks(town)["unknown_kind"].resolution, town.held(bank())) == ("bank", -5700 - 900)
    with transaction(TESTER):
        moment = NEXT_MORNING
        post(payout_paid(payout="LD-20261101-2", owner_kind="leader", owner_id=7, amount=700, paid_from=bank(), at=moment), moment)
    with at(NEXT_MORNING + timedelta(hours=1)):
        jobs.compare_days()
    assert breaks(town)["payout_missing"].resolution == "matched"


def bill_of_day() -> bytes:
    """A trade bill of the day with a payment that we do not have."""
    return trade_bill(DAY, [("X1", "4201", 100, "SUCCESS")])


def test_a_payout_that_came_back_and_a_balance_that_jumps(town: Town) -> None:  # noqa: F811
    history(town)
    with at(NEXT_MORNING):
        payment_jobs.fetch_bills()
    found = compared(town, NEXT, "fund", funds(NEXT, 5600, ("商家转账退款", 1286, "12", "LD-1"), ("交易", 100, "4209", "P?")), NEXT_MORNING + timedelta(days=1))
    assert found == {}, "a day without a trade bill waits until a later day has one"
    with at(NEXT_MORNING + timedelta(days=2)), transaction(TESTER):
        import_bill(NEXT, "trade", trade_of_nobody(), actor=TESTER, now=NEXT_MORNING)
    with at(NEXT_MORNING + timedelta(days=2)):
        jobs.compare_days()
    found = breaks(town)
    assert {kind: (each.effect, each.source) for kind, each in found.items()} == {
        "payout_returned": (1286, "unidentified"), "balance_gap": (14, "unidentified"), "timing": (0, "clearing"), "channel_only_payment": (100, "clearing"),
    }
    assert [each.movement for each in db.session.scalars(select(ReconBreak).where(ReconBreak.kind == "channel_only_payment"))] == ["", "payment"]
    assert (town.held(recon_suspense()), -town.held(channel_balance(NUMBER))) == (1286 + 14 + 100 + 100, 5600 + 1386)
    assert found["balance_gap"].due_on == date(2026, 11, 5)


def test_a_sharing_bill_is_uploaded_and_every_share_asked_about(town: Town) -> None:  # noqa: F811
    number = history(town)
    theirs = town.payment(number).channel_number
    row = f"2026-11-01 12:30:00,{NUMBER},{NUMBER},{theirs},301,311,S1,87.00,1900000009,6.80,分账,分账成功,佣金,"
    content = bill(SHARING_HEAD, [row], "总条数", "1").encode()
    with at(NEXT_MORNING):
        payment_jobs.fetch_bills()
    with town.at_the_door():
        finance = staff(town.app, "Finance")
        assert send(finance, NEXT, content).status_code == 422, "it is no trade bill"
        answer = finance.post("/reconciliation/new", data={"day": DAY.isoformat(), "kind": "sharing", "file": (io.BytesIO(content), "share.csv")})
        assert answer.status_code == 303
    found = breaks(town)
    assert {kind: (each.theirs, each.ours, each.effect, each.our_number) for kind, each in found.items()} == {"share": (680, 0, 0, "S1")}


def test_forty_approvals_at_once_book_once(town: Town) -> None:  # noqa: F811
    history(town)
    with at(NEXT_MORNING), transaction(TESTER):
        import_bill(DAY, "trade", bill_of_day(), actor=TESTER, now=NEXT_MORNING)
    with at(NEXT_MORNING):
        jobs.compare_days()
    people = [Actor("staff", key, f"人{key}", frozenset({"Finance"}), EVERYTHING) for key in range(1, 41)]
    stranger = breaks(town)["channel_only_payment"].id
    with transaction(people[0]):
        move(get(ReconBreak, stranger), "propose", actor=people[0], now=clock_now(), reason="老客户直接扫码")
    db.session.rollback()
    ready = Barrier(40)

    def approve(person: Actor) -> str:
        with town.app.app_context():
            ready.wait()
            try:
                with transaction(person):
                    move(get(ReconBreak, stranger), "approve", actor=person, now=clock_now())
            except Refusal as refusal:
                return refusal.code
            return "done"

    with ThreadPoolExecutor(40) as pool:
        outcomes = list(pool.map(approve, people))
    assert outcomes.count("done") == 1 and set(outcomes) <= {"done", "flow.wrong_state", "recon.own_proposal"}
    town.fresh()
    count = select(func.count()).select_from(LedgerTransaction).where(LedgerTransaction.kind == "recon_break_resolved")
    assert (db.session.scalar(count), town.held(unidentified_receipt())) == (1, 100)


def test_a_bill_and_the_closing_of_its_month_do_not_pass_each_other(town: Town) -> None:  # noqa: F811
    """Either the bill came first, and the month waits for its day, or the month was closed first, and the bill is refused."""
    history(town)
    december = datetime(2026, 12, 1, 2, tzinfo=UTC)
    first, second = (Actor("staff", key, f"人{key}", frozenset({"Finance"}), EVERYTHING) for key in (1, 2))
    with at(NEXT_MORNING):
        payment_jobs.fetch_bills()
        jobs.compare_days()
    with at(december):
        with transaction(first) as session:
            move(session.scalars(select(ReconDay)).one(), "sign", actor=first, now=december)
            month = session.scalars(select(ReconMonth)).one()
            move(month, "propose", actor=first, now=december)
            key = month.id
        db.session.rollback()
        ready = Barrier(2)

        def close() -> str:
            with town.app.app_context(), at(december):
                ready.wait()
                try:
                    with transaction(second):
                        move(get(ReconMonth, key), "close", actor=second, now=december)
                except Refusal as refusal:
                    return refusal.code
                return "done"

        def bring() -> str:
            with town.app.app_context(), at(december):
                ready.wait()
                try:
                    with transaction(TESTER):
                        import_bill(NEXT, "trade", trade_of_nobody(), actor=TESTER, now=december)
                except MonthClosed as refusal:
                    return refusal.code
                return "done"

        with ThreadPoolExecutor(2) as pool:
            outcomes = [each.result() for each in (pool.submit(close), pool.submit(bring))]
    assert outcomes in (["done", "recon.month_closed"], ["recon.month_not_ready", "done"])
    town.fresh()


def test_break_is_given_to_somebody_else_who_is_told(town: Town) -> None:  # noqa: F811
    history(town)
    with at(NEXT_MORNING), transaction(TESTER):
        import_bill(DAY, "trade", bill_of_day(), actor=TESTER, now=NEXT_MORNING)
    with at(NEXT_MORNING):
        jobs.compare_days()
    key = breaks(town)["channel_only_payment"].id
    with town.at_the_door():
        first, second = staff(town.app, "Finance"), staff(town.app, "Finance", "finance2")
        desk = f"/reconciliation/desk/{key}"
        assert first.post(f"{desk}/assign", data={"person": "999"}).status_code == 422
        assert first.post(f"{desk}/assign", data={"person": "2"}).status_code == 303
        assert "交给你查" in second.get("/messages/").text
        assert staff(town.app, "Operator").get("/reconciliation/desk/").status_code == 200
        assert staff(town.app, "Operator", "operator2").post(f"{desk}/take").status_code == 403
        assert first.get("/reconciliation/desk/?break=999").status_code == 404
        assert first.get("/reconciliation/desk/?day=nonsense").status_code == 404
        page = first.get(f"/reconciliation/desk/?day={DAY}&break={key}").text
        assert "老客户" not in page and "顾客直接扫了收款码" in page and "将记的分录" in page
    assert breaks(town)["channel_only_payment"].owner == "staff:2"


def test_a_fund_bill_brought_among_the_bills_is_compared_at_once(town: Town) -> None:  # noqa: F811
    history(town)
    with at(NEXT_MORNING):
        trade, fund = town.box.channel.trade_bill(DAY), town.box.channel.fund_bill(DAY)
        with transaction(TESTER):
            import_bill(DAY, "trade", trade, actor=TESTER, now=NEXT_MORNING)
        jobs.compare_days()
    town.fresh()
    assert db.session.scalars(select(ReconDay.fund_bill_id)).one() is None
    with town.at_the_door():
        finance = staff(town.app, "Finance", "xu")
        form = {"day": DAY.isoformat(), "file": (io.BytesIO(fund), "fund.csv")}
        assert finance.post("/payments/bills/new", data=form, content_type="multipart/form-data").status_code == 303
    town.fresh()
    day = db.session.scalars(select(ReconDay)).one()
    assert (day.fund_bill_id is not None, day.movements, day.moved, day.status) == (True, 3, 3, "even")
