"""What was matched or settled wrongly is taken apart, matched by hand, or opened again, by two people, and never in a signed day."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.actors import EVERYTHING, Actor
from app.core.clock import at
from app.core.clock import now as clock_now
from app.core.errors import Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import get, transaction
from app.framework.flow import move
from app.kernel.audit.models import AuditEntry
from app.kernel.ledger.accounts import bank, cost, recon_suspense, unidentified_receipt
from app.kernel.ledger.models import LedgerTransaction
from app.kernel.payments.operations.bills import import_bill
from app.kernel.reconciliation.models import ReconBreak, ReconCorrection, ReconDay, ReconPair
from app.kernel.reconciliation.operations.correcting import propose_parting
from tests.kernel.payments.conftest import TESTER, Town, town  # noqa: F401 - a fixture
from tests.kernel.payments.test_bills import DAY, NEXT_MORNING
from tests.kernel.reconciliation.test_days import line_of, press, send, trade_bill
from tests.kernel.reconciliation.test_funds import a_payout, bill_of_day, compared, funds
from tests.support.people import staff

DOOR = "/reconciliation/corrections"


def two(town: Town) -> tuple[FlaskClient, FlaskClient]:  # noqa: F811
    """Two people of finance."""
    return staff(town.app, "Finance"), staff(town.app, "Finance", "finance2")


def brought(town: Town, day: date, *rows: tuple[str, str, int, str]) -> tuple[FlaskClient, FlaskClient]:  # noqa: F811
    """Two people of finance, the first of whom brought the day's trade bill of these rows."""
    with town.at_the_door():
        people = two(town)
        assert send(people[0], day, trade_bill(day, rows)).status_code == 303
    return people


def ask(browser: FlaskClient, day: date, number: str, reason: str = "两笔单号写反了") -> int:
    """Propose to take the line of that number apart."""
    return int(browser.post(f"{DOOR}/new", data={"day": day.isoformat(), "number": number, "reason": reason}).status_code)


def agree(browser: FlaskClient, key: int, step: str = "approve", **answers: str) -> int:
    return int(browser.post(f"{DOOR}/{key}/move/{step}", data=answers).status_code)


def corrections(town: Town) -> list[ReconCorrection]:  # noqa: F811
    town.fresh()
    return list(db.session.scalars(select(ReconCorrection).order_by(ReconCorrection.id).execution_options(populate_existing=True)))


def seen(town: Town) -> dict[str, tuple[str, str, int, int]]:  # noqa: F811
    """State, resolution, effect, and round of each break by its kind and our number."""
    town.fresh()
    found = db.session.scalars(select(ReconBreak).order_by(ReconBreak.id).execution_options(populate_existing=True))
    return {f"{each.kind} {each.our_number}": (each.status, each.resolution, each.effect, each.round) for each in found}


def days(town: Town) -> list[tuple[str, int, int]]:  # noqa: F811
    """State, lines, and matched lines of each day."""
    town.fresh()
    return [(each.status, each.lines, each.matched) for each in db.session.scalars(select(ReconDay).order_by(ReconDay.day))]


def hows(town: Town) -> list[str]:  # noqa: F811
    town.fresh()
    return list(db.session.scalars(select(ReconPair.how).order_by(ReconPair.id)))


def postings(town: Town, kind: str) -> list[LedgerTransaction]:  # noqa: F811
    town.fresh()
    return list(db.session.scalars(select(LedgerTransaction).where(LedgerTransaction.kind == kind).order_by(LedgerTransaction.id)))


def break_id(town: Town, kind: str) -> int:  # noqa: F811
    town.fresh()
    return db.session.scalars(select(ReconBreak.id).where(ReconBreak.kind == kind)).one()


def day_id(town: Town) -> int:  # noqa: F811
    town.fresh()
    return db.session.scalars(select(ReconDay.id).order_by(ReconDay.day)).first() or 0


def number_of(town: Town, key: int) -> str:  # noqa: F811
    return db.session.get_one(ReconBreak, key).number


def at_once(town: Town, count: int, act: Callable[[int], None]) -> list[str]:  # noqa: F811
    """What came of `count` people acting at the same moment: done, or the code of the refusal."""
    ready = Barrier(count)

    def one(place: int) -> str:
        with town.app.app_context():
            ready.wait()
            try:
                act(place)
            except Refusal as refusal:
                return refusal.code
            return "done"

    db.session.rollback()
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_a_plain_pair_is_taken_apart_and_matched_anew(town: Town) -> None:  # noqa: F811
    first_paid, second_paid = town.paid(1), town.paid(2, amount=500)
    day = business_day(clock_now())
    first, second = brought(town, day, line_of(town, first_paid), line_of(town, second_paid))
    assert (days(town), seen(town), town.held(recon_suspense())) == ([("even", 2, 2)], {}, 0)
    clearing = town.payment(first_paid).clearing_account
    before = town.held(clearing)
    with town.at_the_door():
        assert ask(first, day, first_paid, reason="") == 422, "a reason is asked for"
        assert ask(first, day, "NOBODY") == 409
        assert ask(first, day, first_paid) == 303
        assert ask(second, day, first_paid) == 409, "one proposal a line"
    [parting] = corrections(town)
    assert (parting.what, parting.row, parting.kind, parting.amount, parting.status) == ("part", 2, "payment", 8700, "draft")
    assert seen(town) == {}, "a proposal changes nothing"
    key = parting.id
    with town.at_the_door():
        assert agree(first, key) == 403, "the proposer is no second person"
        assert agree(second, key) == 303
    lonely = {f"channel_only_payment {first_paid}": ("open", "", 8700, 1), f"local_only_payment {first_paid}": ("open", "", -8700, 1)}
    assert (seen(town), days(town)) == (lonely, [("open", 2, 1)])
    assert (town.held(recon_suspense()), town.held(clearing)) == (0, before)
    day_key = day_id(town)
    with town.at_the_door():
        assert first.post(f"/reconciliation/{day_key}/compare").status_code == 303
    assert seen(town) == lonely, "comparing again does not put them together"
    told = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("recon_correction.%")).order_by(AuditEntry.id)).all()
    assert list(told) == ["recon_correction.proposed", "recon_correction.approve"]
    theirs, ours = break_id(town, "channel_only_payment"), break_id(town, "local_only_payment")
    other = number_of(town, ours)
    with town.at_the_door():
        assert first.post(f"/reconciliation/desk/{theirs}/join", data={"other": other, "reason": "还是同一笔"}).status_code == 303
        page = first.get(f"/reconciliation/desk/?break={theirs}").text
        assert "更正：人工对上" in page and "待批准" in page
    joining = corrections(town)[1].id
    with town.at_the_door():
        assert (agree(first, joining), agree(second, joining)) == (403, 303)
    assert [(each.what, each.status) for each in corrections(town)] == [("part", "ended"), ("join", "approved")]
    assert (days(town), hows(town), town.held(recon_suspense())) == ([("even", 2, 2)], ["people"], 0)
    assert {state[:2] for state in seen(town).values()} == {("closed", "matched")}
    with town.at_the_door():
        assert ask(second, day, first_paid) == 303
    again = corrections(town)[2].id
    with town.at_the_door():
        assert agree(first, again) == 303
    assert seen(town) == {name: (status, resolution, effect, 2) for name, (status, resolution, effect, _round) in lonely.items()}
    assert (days(town), hows(town), town.held(recon_suspense()), town.held(clearing)) == ([("open", 2, 1)], [], 0, before)


def test_a_refused_correction_changes_nothing(town: Town) -> None:  # noqa: F811
    paid = town.paid(1)
    theirs = town.payment(paid).channel_number or ""  # a line is found by it as well
    day = business_day(clock_now())
    first, second = brought(town, day, line_of(town, paid))
    with town.at_the_door():
        assert ask(first, day, theirs) == 303
    key = corrections(town)[0].id
    with town.at_the_door():
        assert agree(second, key, "refuse", reason="核对过，是同一笔") == 303
        assert agree(second, key) == 409
        assert staff(town.app, "Operator").get(f"{DOOR}/new").status_code == 403
        assert first.get(f"{DOOR}/{key}").status_code == 200
    assert (seen(town), days(town), corrections(town)[0].status) == ({}, [("even", 1, 1)], "refused")


def test_a_signed_day_is_not_corrected(town: Town) -> None:  # noqa: F811
    paid = town.paid(1)
    day = business_day(clock_now())
    first, second = brought(town, day, line_of(town, paid), ("STRANGER", "4200009", 500, "SUCCESS"))
    stranger, day_key = break_id(town, "channel_only_payment"), day_id(town)
    with town.at_the_door():
        assert ask(first, day, paid) == 303
        assert press(first, stranger, "propose", reason="老客户扫码") == 303
        assert press(second, stranger, "approve", confirmed_amount="5.00") == 303
        assert second.post(f"/reconciliation/{day_key}/move/sign").status_code == 303
    key = corrections(town)[0].id
    with town.at_the_door():
        answer = second.post(f"{DOOR}/{key}/move/approve", follow_redirects=True)
        assert answer.status_code == 409 and "已经签字" in answer.text
        answer = first.post(f"{DOOR}/new", data={"day": day.isoformat(), "number": paid, "reason": "写反了"})
        assert answer.status_code == 409 and "已经签字" in answer.text
        assert press(first, stranger, "reopen", reason="不是扫码") == 409
    assert [each.status for each in corrections(town)] == ["draft"]
    assert (seen(town), days(town)) == ({"channel_only_payment STRANGER": ("closed", "unidentified", 500, 1)}, [("signed", 2, 1)])


def test_a_settled_break_is_opened_again_and_its_postings_reversed(town: Town) -> None:  # noqa: F811
    paid = town.paid(1)
    day = business_day(clock_now())
    first, second = brought(town, day, ("STRANGER", "4200009", 500, "SUCCESS"))
    lost = break_id(town, "local_only_payment")
    with town.at_the_door():
        assert press(first, lost, "reopen", reason="还没了结") == 409
        assert press(first, lost, "propose", reason="渠道确认没有这笔") == 303
        assert press(second, lost, "approve", confirmed_amount="87.00") == 303
    assert (town.held(cost("bad_debt")), town.held(recon_suspense())) == (-8700, 500)
    with town.at_the_door():
        assert first.post(f"/reconciliation/desk/{lost}/reopen", data={"reason": "渠道第二天找到了"}).status_code == 303
        assert press(second, lost, "reopen", reason="我也这样看") == 409, "one proposal a break"
    key = corrections(town)[0].id
    with town.at_the_door():
        assert (agree(first, key), agree(second, key)) == (403, 303)
    [settled], [back] = postings(town, "recon_break_resolved"), postings(town, "reversal")
    assert (back.reverses, back.memo) == (settled.id, "渠道第二天找到了") and back.maker != back.checker
    assert (town.held(cost("bad_debt")), town.held(recon_suspense())) == (0, 500 - 8700)
    assert seen(town)[f"local_only_payment {paid}"] == ("open", "", -8700, 2)
    with town.at_the_door():
        assert press(second, lost, "propose", reason="还是没有") == press(first, lost, "approve", confirmed_amount="87.00") == 303
    assert (town.held(cost("bad_debt")), town.held(recon_suspense())) == (-8700, 500)
    assert [each.key.endswith("/2") for each in postings(town, "recon_break_resolved")] == [False, True]


def test_a_pair_of_two_days_leaves_a_break_on_each(town: Town) -> None:  # noqa: F811
    here, late = town.paid(1), town.paid(2)
    day = business_day(clock_now())
    nextday = day + timedelta(days=1)
    first, second = brought(town, day, line_of(town, here))
    content = trade_bill(nextday, [line_of(town, late)])
    with town.at_the_door():
        assert send(first, nextday, content).status_code == 303
    assert (hows(town), days(town)) == (["window"], [("even", 1, 1), ("even", 1, 1)])
    with town.at_the_door():
        assert ask(first, nextday, late) == 303
    key = corrections(town)[0].id
    with town.at_the_door():
        assert agree(second, key) == 303
    assert seen(town) == {f"local_only_payment {late}": ("open", "", -8700, 2), f"channel_only_payment {late}": ("open", "", 8700, 1)}
    assert (hows(town), days(town), town.held(recon_suspense())) == ([], [("open", 1, 1), ("open", 1, 0)], 0)
    theirs, other = break_id(town, "channel_only_payment"), number_of(town, break_id(town, "local_only_payment"))
    with town.at_the_door():
        assert press(first, theirs, "join", other=other, reason="跨了零点") == 303
    key = corrections(town)[1].id
    with town.at_the_door():
        assert agree(second, key) == 303
    assert (hows(town), days(town), town.held(recon_suspense())) == (["people"], [("even", 1, 1), ("even", 1, 1)], 0)


def test_a_line_is_matched_by_hand_with_a_record_of_another_number(town: Town) -> None:  # noqa: F811
    paid, cheap = town.paid(1), town.paid(2, amount=500)
    day = business_day(clock_now())
    first, second = brought(town, day, ("TYPO", "4200009", 8700, "SUCCESS"), ("TYPO2", "4200008", 9900, "SUCCESS"))
    town.fresh()
    key_of = dict(db.session.execute(select(ReconBreak.our_number, ReconBreak.id)).tuples().all())
    name_of = dict(db.session.execute(select(ReconBreak.our_number, ReconBreak.number)).tuples().all())
    with town.at_the_door():
        for other in ("20260101-0000-L1-amount", name_of[cheap], name_of["TYPO2"], name_of["TYPO"]):
            assert press(first, key_of["TYPO"], "join", other=other, reason="试试") == 409, other
        assert press(first, key_of[paid], "join", other=name_of["TYPO"], reason="收银台手输错了单号") == 303
        assert press(second, key_of["TYPO"], "join", other=name_of[paid], reason="同上") == 409, "one proposal a line"
    [joining] = corrections(town)
    assert (joining.row, joining.our_number, joining.channel_number, joining.amount) == (2, paid, "4200009", 8700)
    key = joining.id
    with town.at_the_door():
        assert agree(second, key) == 303
    assert {name: state[:2] for name, state in seen(town).items()} == {
        "channel_only_payment TYPO": ("closed", "matched"), f"local_only_payment {paid}": ("closed", "matched"),
        "channel_only_payment TYPO2": ("open", ""), f"local_only_payment {cheap}": ("open", ""),
    }
    assert (days(town), hows(town), town.held(recon_suspense())) == ([("open", 2, 1)], ["people"], 9900 - 500)


def test_a_payout_is_taken_from_its_movement_and_the_bank_is_as_before(town: Town) -> None:  # noqa: F811
    a_payout("LD-20261101-1", 5000, paid=True)
    with at(NEXT_MORNING), transaction(TESTER):
        import_bill(DAY, "trade", bill_of_day(), actor=TESTER, now=NEXT_MORNING)
    compared(town, DAY, "fund", funds(DAY, 0, ("商家转账", -5000, "10", "LD-20261101-1")), NEXT_MORNING)
    assert (town.held(bank()), town.held(unidentified_receipt())) == (-5000, 0)
    with at(NEXT_MORNING), town.at_the_door():
        first, second = two(town)
        assert ask(first, DAY, "LD-20261101-1") == 303
    [parting] = corrections(town)
    assert (parting.kind, parting.record_id, parting.amount) == ("payout", None, 5000)
    key = parting.id
    with at(NEXT_MORNING), town.at_the_door():
        assert agree(second, key) == 303
    assert seen(town)["payout_missing LD-20261101-1"] == ("open", "", -5000, 1)
    assert hows(town) == []
    assert (town.held(bank()), town.held(unidentified_receipt()), town.held(recon_suspense())) == (0, 0, 100 - 5000)
    missing = break_id(town, "payout_missing")
    with at(NEXT_MORNING), town.at_the_door():
        assert press(first, missing, "propose", reason="渠道代付，已核对回单") == press(second, missing, "approve", confirmed_amount="50.00") == 303
    assert (town.held(bank()), town.held(recon_suspense())) == (-5000, 100)


def test_two_people_at_once_approve_a_correction_once(town: Town) -> None:  # noqa: F811
    paid = town.paid(1)
    day = business_day(clock_now())
    brought(town, day, line_of(town, paid))
    people = [Actor("staff", key, f"人{key}", frozenset({"Finance"}), EVERYTHING) for key in range(1, 13)]

    def propose(place: int) -> None:
        with transaction(people[place]):
            propose_parting(day, paid, reason="写反了", actor=people[place], now=clock_now())

    outcomes = at_once(town, 12, propose)
    assert sorted(outcomes) == ["done"] + ["recon.already_proposed"] * 11
    [parting] = corrections(town)
    key, maker = parting.id, parting.made_by

    def approve(place: int) -> None:
        with transaction(people[place]):
            move(get(ReconCorrection, key), "approve", actor=people[place], now=clock_now())

    outcomes = at_once(town, 12, approve)
    assert outcomes.count("done") == 1 and set(outcomes) <= {"done", "flow.wrong_state", "recon.own_correction"}
    assert corrections(town)[0].approved_by != maker
    assert sorted(state[:3] for state in seen(town).values()) == [("open", "", -8700), ("open", "", 8700)]
    assert len(postings(town, "recon_break_opened")) == 2


def test_a_day_is_signed_or_corrected_and_never_both(town: Town) -> None:  # noqa: F811
    paid = town.paid(1)
    day = business_day(clock_now())
    brought(town, day, line_of(town, paid))
    people = [Actor("staff", key, f"人{key}", frozenset({"Finance"}), EVERYTHING) for key in (1, 2, 3)]
    with transaction(people[0]):
        key = propose_parting(day, paid, reason="写反了", actor=people[0], now=clock_now()).id
    day_key = day_id(town)

    def act(place: int) -> None:
        with transaction(people[1 + place]):
            if place:
                move(get(ReconDay, day_key), "sign", actor=people[2], now=clock_now())
            else:
                move(get(ReconCorrection, key), "approve", actor=people[1], now=clock_now())

    outcomes = at_once(town, 2, act)
    [(status, _lines, matched)] = days(town)
    assert sorted(outcomes)[0] == "done" and len(set(outcomes)) == 2
    assert (status, matched) == (("open", 0) if outcomes[0] == "done" else ("signed", 1))
    count = db.session.scalar(select(func.count()).select_from(ReconBreak))
    assert count == (2 if outcomes[0] == "done" else 0)


def test_a_second_person_finds_what_waits_at_home(town: Town) -> None:  # noqa: F811
    paid = town.paid(1)
    day = business_day(clock_now())
    first, second = brought(town, day, line_of(town, paid))
    with town.at_the_door():
        assert ask(first, day, paid) == 303
        assert "对账更正待复核" in second.get("/").text
        assert "拆开" in second.get(f"{DOOR}/?view=draft").text
