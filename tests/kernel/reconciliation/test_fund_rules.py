"""The fund bill against the trade bill and payouts: injected differences come back, those and no others, whatever the order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from app.core.money import Fen
from app.kernel.reconciliation.rules.fund import UNIDENTIFIED, FundComparison, FundFacts, Movement, Payout, compare_funds
from app.kernel.reconciliation.rules.trade import Line, Ours, signed

DAY = date(2026, 11, 1)
Seen = tuple[str, str, int, str]


def line(key: int, kind: str = "payment", amount: int = 8_700) -> Line:
    return Line(key + 1, kind, f"N{key}", f"W{key}", Fen(amount), amount * 6, Fen(0), "SUCCESS", Fen(amount))


def moved(of: Line, row: int | None = None) -> Movement:
    return Movement(row or of.row, of.kind, of.number, of.channel_number, signed(of.kind, of.settled), of.kind)


def seen(found: FundComparison) -> set[Seen]:
    return {
        (each.kind, each.movement.channel_number or each.movement.number if each.movement else each.line.channel_number if each.line else
         each.payout.number if each.payout else "", each.effect, each.source)
        for each in found.differences
    }


def one(movements: list[Movement], facts: FundFacts) -> tuple[list[tuple[str, int, str]], list[str]]:
    found = compare_funds(movements, facts)
    return [(each.kind, each.effect, each.source) for each in found.differences], [each.how for each in found.pairs]


@pytest.mark.parametrize("seed", range(25))
def test_injected_differences_come_back_and_no_others(seed: int) -> None:
    chance = random.Random(seed)
    lines = {key: line(key, "refund" if key > 40 else "payment", 1_000 + 13 * key) for key in range(1, 61)}
    movements = {key: moved(each) for key, each in lines.items()}
    expected: set[Seen] = set()
    for key, what in zip(chance.sample(range(1, 61), 6), ["late", "unknown", "amount", "twice", "late", "unknown"], strict=True):
        each, move = lines[key], movements[key]
        if what == "late":
            del movements[key]
            expected.add(("timing", each.channel_number, 0, "clearing"))
        elif what == "unknown":
            del lines[key]
            expected.add((f"channel_only_{each.kind}", each.channel_number, move.amount, "clearing"))
        elif what == "amount":
            movements[key] = replace(move, amount=Fen(move.amount + 7))
            expected.add(("amount", each.channel_number, 7, "clearing"))
        else:
            movements[900] = replace(move, row=900)
            expected.add(("duplicate", each.channel_number, move.amount, "clearing"))
    theirs, facts = list(movements.values()), FundFacts(lines=tuple(lines.values()))
    first = compare_funds(theirs, facts)
    assert seen(first) == expected and len(first.differences) == 6
    used = [each.movement.row for each in (*first.pairs, *first.differences) if each.movement]
    assert sorted(used) == sorted(each.row for each in theirs), "each movement once"
    chance.shuffle(theirs)
    shuffled = list(facts.lines)
    chance.shuffle(shuffled)
    assert seen(compare_funds(theirs, replace(facts, lines=tuple(shuffled)))) == expected


def test_a_line_of_the_day_before_is_a_pair_and_a_movement_of_the_next_no_break() -> None:
    late = line(1)
    assert one([moved(late)], FundFacts(around=frozenset({("payment", "W1")}))) == ([], ["window"])
    assert one([], FundFacts(lines=(late,), moved_around=frozenset({("payment", "W1")}))) == ([], [])
    assert one([], FundFacts(lines=(late,))) == ([("timing", 0, "clearing")], [])


def test_money_that_only_the_trade_bill_lacks_is_there() -> None:
    ours = Ours("payment", 7, "N7", "W7", Fen(8_700), True, DAY)
    found = compare_funds([moved(line(7))], FundFacts(lonely=(ours,)))
    assert [(each.kind, each.effect) for each in found.differences] == [("timing", 0)] and found.excused == {("payment", 7)}


def test_a_fee_is_held_against_the_trade_bills() -> None:
    charged = replace(line(3), fee=52_000)
    fee = Movement(9, "fee", "N3", "W3", Fen(-52), "扣除交易手续费")
    facts = FundFacts(fee_lines=(charged,))
    assert one([fee], facts) == ([], ["channel_number"])
    assert one([replace(fee, amount=Fen(-60))], facts) == ([("fee", 0, "clearing")], [])
    assert one([fee, replace(fee, row=10)], facts) == ([("fee", 0, "clearing")], ["channel_number"])
    assert one([fee], FundFacts()) == ([("fee", 0, "clearing")], [])


PAYOUTS = (Payout(1, "ST20261101-01", Fen(5_000), False, True), Payout(2, "ST20261101-02", Fen(1_500), False, True))


@pytest.mark.parametrize(("movements", "breaks", "hows"), [
    ([("payout", "ST20261101-01", -5_000)], [("payout_missing", 0, "clearing")], ["payout"]),
    ([("payout", "ST20261101-01", -5_000), ("payout", "ST20261101-02", -1_500)], [], ["payout", "payout"]),
    ([("payout", "ST20261101", -6_500)], [], ["group", "group"]),
    ([("payout", "ST20261101", -6_400)], [("amount", -6_400, UNIDENTIFIED), ("payout_missing", 0, "clearing"), ("payout_missing", 0, "clearing")], []),
    ([("payout", "ST20261101-02", -1_400), ("payout", "ST20261101-01", -5_000)],
     [("amount", -1_400, UNIDENTIFIED), ("payout_missing", 0, "clearing")], ["payout"]),
    ([("payout", "OTHER-1", -900), ("payout", "ST20261101", -6_500)], [("payout_missing", -900, UNIDENTIFIED)], ["group", "group"]),
    ([("payout", "ST20261101", -6_500), ("payout", "ST20261101-01", -5_000)], [("payout_missing", -5_000, UNIDENTIFIED)], ["group", "group"]),
    ([("returned", "ST20261101-01", 5_000), ("payout", "ST20261101", -6_500)], [("payout_returned", 5_000, UNIDENTIFIED)], ["group", "group"]),
    ([("withdrawal", "", -800), ("", "", -30), ("payout", "ST20261101", -6_500)],
     [("unknown_kind", -800, UNIDENTIFIED), ("unknown_kind", -30, UNIDENTIFIED)], ["group", "group"]),
])
def test_payouts_alone_and_in_batches(movements: list[tuple[str, str, int]], breaks: list[tuple[str, int, str]], hows: list[str]) -> None:
    given = [Movement(place, kind, number, f"C{place}", Fen(amount), kind) for place, (kind, number, amount) in enumerate(movements, start=2)]
    found, pairs = one(given, FundFacts(payouts=PAYOUTS))
    assert (sorted(found), pairs) == (sorted(breaks), hows)


def test_a_balance_that_does_not_follow_is_a_break_of_its_own() -> None:
    of = line(4)
    assert one([replace(moved(of), continues=False)], FundFacts(lines=(of,), gap=250)) == (
        [("balance_gap", 0, "clearing"), ("balance_gap", 250, UNIDENTIFIED)], ["channel_number"],
    )
