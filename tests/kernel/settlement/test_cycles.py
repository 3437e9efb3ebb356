"""Which days close a cycle, what a statement pays, whose terms count: cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from app.kernel.settlement.rules import Terms, closes_on, payable_of, terms_on


@pytest.mark.parametrize(("cycle", "day", "closes"), [
    ("daily", date(2026, 11, 23), True),
    ("daily", date(2027, 1, 1), True),
    ("weekly", date(2026, 11, 21), False),  # a Saturday
    ("weekly", date(2026, 11, 22), True),
    ("weekly", date(2026, 11, 23), False),
    ("monthly", date(2026, 11, 29), False),
    ("monthly", date(2026, 11, 30), True),
    ("monthly", date(2026, 12, 30), False),
    ("monthly", date(2026, 12, 31), True),
    ("monthly", date(2027, 2, 28), True),
    ("monthly", date(2028, 2, 28), False),  # a leap year
    ("monthly", date(2028, 2, 29), True),
])
def test_statements_are_drawn_on_the_days_of_the_rhythm(cycle: str, day: date, *, closes: bool) -> None:
    assert closes_on(cycle, day) is closes


@pytest.mark.parametrize(("cycle", "times"), [("daily", 365), ("weekly", 52), ("monthly", 12)])
def test_a_year_has_as_many_cycles_as_its_rhythm_says(cycle: str, times: int) -> None:
    assert sum(closes_on(cycle, date(2026, 1, 1) + timedelta(days=number)) for number in range(365)) == times


@pytest.mark.parametrize(("closing", "promised", "paid", "minimum", "pays"), [
    (10_000, 0, 0, 0, 10_000),
    (10_000, 4000, 0, 0, 6000),  # an earlier statement still pays its part
    (10_000, 4000, 4000, 0, 10_000),  # it has paid: closing is already without it
    (10_000, 4000, 5000, 0, 10_000),
    (4000, 4000, 0, 0, 0),
    (3000, 4000, 0, 0, 0),  # a refund took more than what came in: never below nothing
    (-500, 0, 0, 0, 0),
    (0, 0, 0, 0, 0),
    (9999, 0, 0, 10_000, 0),  # below the minimum: carried
    (10_000, 0, 0, 10_000, 10_000),
    (12_000, 4000, 0, 10_000, 0),  # the minimum asks for this statement's own part
    (14_000, 4000, 0, 10_000, 10_000),
])
def test_a_statement_pays_its_own_part_when_that_reaches_the_minimum(closing: int, promised: int, paid: int, minimum: int, pays: int) -> None:
    assert payable_of(closing, promised, paid, minimum) == pays


@dataclass
class Approved:
    """A policy as the database holds it."""

    id: int
    starts_on: date
    merchant_id: int | None = None
    trade: str = "dining"
    cycle: str = "weekly"
    hold_days: int = 2
    reserve_ppm: int = 0
    reserve_days: int = 0
    minimum: int = 0
    confirm_days: int = 0


TODAY = date(2026, 11, 23)
EVERYBODY = Approved(1, date(2026, 1, 1), reserve_ppm=50_000, reserve_days=30)
LATER = Approved(2, date(2026, 11, 23), cycle="monthly")
TO_COME = Approved(3, date(2026, 11, 24), cycle="daily", hold_days=9)
OWN = Approved(4, date(2026, 6, 1), merchant_id=7, minimum=10_000, confirm_days=3)
CORRECTED = Approved(5, date(2026, 6, 1), merchant_id=7, minimum=20_000, reserve_ppm=100_000, reserve_days=7)
MASSAGE = Approved(6, date(2026, 11, 1), trade="massage", hold_days=7)


@pytest.mark.parametrize(("policies", "merchant", "counts"), [
    ([], 7, Terms("daily", 1, 0, 0, 0)),
    ([TO_COME], 7, Terms()),
    ([MASSAGE], 7, Terms()),
    ([EVERYBODY], 7, Terms("weekly", 2, 50_000, 30, 0)),
    ([LATER, EVERYBODY], 7, Terms("monthly", 2, 0, 0, 0)),
    ([EVERYBODY, LATER, TO_COME, OWN], 7, Terms("weekly", 2, 0, 0, 10_000, 3)),  # one's own goes before everybody's newer one
    ([CORRECTED, OWN], 7, Terms("weekly", 2, 100_000, 7, 20_000)),  # of one day the later written
    ([EVERYBODY, OWN], 8, Terms("weekly", 2, 50_000, 30, 0)),
])
def test_the_newest_terms_that_have_begun_count(policies: list[Approved], merchant: int, counts: Terms) -> None:
    assert terms_on(policies, "dining", merchant, TODAY) == counts
