"""The comparison is pure: injected differences come back, those and no others, whatever the order of lines and records."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.core.money import Fen
from app.kernel.reconciliation.rules.trade import Difference, Kind, Line, Ours, compare, fee_of
from app.kernel.reconciliation.rules.words import resolution_for

DAY = date(2026, 11, 1)
RATE = 6_000
Seen = tuple[str, int | None, int | None, int]


def pair(key: int, kind: Kind = "payment", amount: int = 8_700) -> tuple[Line, Ours]:
    """A line and our record of it, in accord."""
    line = Line(key + 1, kind, f"N{key}", f"W{key}", Fen(amount), 1_000 * fee_of(amount, RATE), Fen(0), "SUCCESS", Fen(amount))
    return line, Ours(kind, key, f"N{key}", f"W{key}", Fen(amount), True, DAY)


def seen(difference: Difference) -> Seen:
    """Kind, row, key of our record, effect."""
    line, ours = difference.line, difference.ours
    return difference.kind, line.row if line else None, ours.key if ours else None, difference.effect


@pytest.mark.parametrize("seed", range(40))
def test_injected_differences_come_back_and_no_others(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - test data
    lines, ours = {}, {}
    for key in range(1, 81):
        lines[key], ours[key] = pair(key, "refund" if key > 60 else "payment", 1_000 + 37 * key)
    expected: set[Seen] = set()
    for key, what in zip(chance.sample(range(1, 61), 8) + chance.sample(range(61, 81), 4), [
        "theirs", "ours", "amount", "status", "fee", "coupon", "twice", "revoked", "theirs", "ours", "amount", "status",
    ], strict=True):
        line, record, sign = lines[key], ours[key], 1 if key <= 60 else -1
        fen = sign * line.amount
        if what == "theirs":
            del ours[key]
            expected.add((f"channel_only_{record.kind}", line.row, None, fen))
        elif what == "ours":
            del lines[key]
            expected.add((f"local_only_{record.kind}", None, key, -fen))
        elif what == "amount":
            more = Fen(line.amount + 100)
            lines[key] = replace(line, amount=more, settled=more, fee=1_000 * fee_of(more, RATE))
            expected.add(("amount", line.row, key, sign * 100))
        elif what == "status":
            ours[key] = replace(record, booked=False, day=None)
            expected.add(("status", line.row, key, fen))
        elif what == "fee":
            lines[key] = replace(line, fee=line.fee + 2_000)
            expected.add(("fee", line.row, key, 0))
        elif what == "coupon":
            lines[key] = replace(line, coupon=Fen(200), settled=Fen(line.amount - 200))
            expected.add(("coupon", line.row, key, -200))
        elif what == "twice":
            lines[900] = replace(line, row=900)
            expected.add(("duplicate", 900, key, fen))
        else:
            lines[901] = replace(line, row=901, state="REVOKED")
            expected.add(("duplicate", 901, key, 0))
    theirs, mine = list(lines.values()), list(ours.values())
    first = compare(theirs, mine, DAY, RATE)
    assert {seen(each) for each in first.differences} == expected and len(first.differences) == 12
    named = {each.line.row for each in first.pairs} | {each.line.row for each in first.differences if each.line}
    assert named == {each.row for each in theirs}, "each line is used"
    assert len({(each.ours.kind, each.ours.key) for each in first.pairs}) == len(first.pairs), "each record once"
    chance.shuffle(theirs)
    chance.shuffle(mine)
    again = compare(theirs, mine, DAY, RATE)
    assert (set(again.pairs), set(again.differences)) == (set(first.pairs), set(first.differences))


def test_the_difference_of_a_day_is_the_sum_of_its_effects() -> None:
    (one, first), (two, _), (_, third) = pair(1), pair(2, amount=500), pair(3, "refund", 300)
    found = compare([one, two], [first, third], DAY, RATE)
    assert sum(each.effect for each in found.differences) == 500 + 300
    assert [(each.kind, each.effect) for each in found.differences] == [("channel_only_payment", 500), ("local_only_refund", 300)]


def test_the_channels_own_number_finds_a_record_of_another_number() -> None:
    line, record = pair(1)
    found = compare([replace(line, number="typed by hand")], [record], DAY, RATE)
    assert ([each.how for each in found.pairs], found.differences) == (["channel_number"], ())


def test_a_record_of_the_next_day_is_a_pair_and_not_missing_here() -> None:
    (line, record), (_, later) = pair(1), pair(2)
    tomorrow = DAY + timedelta(days=1)
    found = compare([line], [replace(record, day=tomorrow), replace(later, day=tomorrow)], DAY, RATE)
    assert ([each.how for each in found.pairs], found.differences) == (["window"], ())


def test_a_refund_that_neither_side_calls_done_is_a_pair() -> None:
    line, record = pair(1, "refund")
    underway = replace(record, booked=False, day=None)
    assert compare([replace(line, state="PROCESSING")], [underway], DAY, RATE).differences == ()
    assert [each.kind for each in compare([line], [underway], DAY, RATE).differences] == ["status"]


@pytest.mark.parametrize(("amount", "fee"), [(8700, 52), (83, 0), (84, 1), (250, 2), (0, 0)])
def test_a_fee_is_rounded_half_up(amount: int, fee: int) -> None:
    assert fee_of(amount, RATE) == fee


@pytest.mark.parametrize(("effect", "kind", "movement", "plan"), [
    (1, "channel_only_payment", "", "unidentified"), (0, "status", "", "explained"), (-1, "local_only_payment", "", "loss"),
    (-200, "coupon", "", "coupon"), (-900, "unknown_kind", "withdrawal", "bank"), (900, "payout_returned", "returned", "bank"),
    (-900, "amount", "payout", "bank"), (-900, "unknown_kind", "", "loss"),
])
def test_where_the_money_of_a_break_goes(effect: int, kind: str, movement: str, plan: str) -> None:
    assert resolution_for(effect, kind, movement) == plan
