"""Reserve, hold, block, move, and the race for one night."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.errors import Invalid
from app.framework.database import transaction
from app.framework.events import subscribe
from app.kernel.bookings.jobs import release_lapsed_holds
from app.kernel.bookings.models import Reservation, Resource
from app.kernel.bookings.operations import (
    RangeRefused,
    Released,
    Taken,
    add_resource,
    block,
    confirm,
    extend,
    release,
    relocate,
    reserve,
    reserve_first,
    shorten,
    take_over,
    unblock,
)
from app.kernel.bookings.queries import calendar_of, free_counts, free_resources
from app.kernel.bookings.rules import Busy, DayRule, nights_between
from tests.support.people import SETUP, House, merchant

NOON = DayRule(time(12))
FIRST = date(2026, 12, 1)
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def nights(first: int, after: int) -> Range[datetime]:
    return NOON.range_of(day(first), day(after))


@pytest.fixture
def house(app: Flask) -> House:
    return merchant(app, "云栖溪畔")


def rooms(house: House, count: int = 2) -> list[int]:
    return [
        add_resource(kind="room", group_id=7, subject_type="room", subject_id=number, name=f"山 20{number}", merchant_id=house.merchant_id).id
        for number in range(1, count + 1)
    ]


def test_a_day_of_the_trade_turns_when_its_rule_says() -> None:
    assert NOON.range_of(day(0), day(2)) == Range(datetime(2026, 12, 1, 4, tzinfo=UTC), datetime(2026, 12, 3, 4, tzinfo=UTC))
    assert NOON.days_of(nights(0, 2)) == [day(0), day(1)] == nights_between(day(0), day(2))
    assert NOON.day_of(datetime(2026, 12, 2, 3, 59, tzinfo=UTC)) == day(0) and NOON.day_of(datetime(2026, 12, 2, 4, tzinfo=UTC)) == day(1)
    assert nights_between(day(2), day(2)) == nights_between(day(3), day(2)) == []


def test_an_overlap_is_refused_and_what_touches_is_not(app: Flask, house: House) -> None:
    with app.app_context(), transaction(SETUP):
        first, _second = rooms(house)
        reserve(first, nights(0, 3), subject_type="order", subject_id=1, now=NOW)
        with pytest.raises(Taken, match="山 201") as refused:
            reserve(first, nights(2, 4), subject_type="order", subject_id=2, now=NOW)
        assert refused.value.status == 409
        reserve(first, nights(3, 4), subject_type="order", subject_id=2, now=NOW)
        assert [each.subject_id for each in transaction_rows()] == [1, 2]
        assert [each.id for each in free_resources("room", [7], nights(2, 4))] == [_second]
        assert free_counts("room", [7, 8], nights(4, 6)) == {7: 2}


def transaction_rows() -> list[Reservation]:
    from app.extensions import db

    return list(db.session.scalars(select(Reservation).where(Reservation.released_at.is_(None)).order_by(Reservation.id)))


def test_the_database_refuses_what_the_code_forgot(app: Flask, house: House) -> None:
    with app.app_context(), pytest.raises(IntegrityError, match="ex_booking_reservation_overlap"), transaction(SETUP) as session:
        first, _ = rooms(house)
        for number in (1, 2):
            session.add(Reservation(resource_id=first, merchant_id=house.merchant_id, during=nights(0, 2), purpose="use", subject_id=number))
        session.flush()


def test_the_wrong_way_round_and_too_long_are_refused(app: Flask, house: House) -> None:
    with app.app_context(), transaction(SETUP):
        first, _ = rooms(house)
        for during in (Range(NOW, NOW), Range(NOW, NOW - timedelta(days=1)), Range(NOW, NOW + timedelta(days=400)), Range(NOW, None)):
            with pytest.raises(RangeRefused):
                reserve(first, during, subject_type="order", subject_id=1, now=NOW)
        assert transaction_rows() == []


def test_moving_extending_and_shortening(app: Flask, house: House) -> None:
    with app.app_context(), transaction(SETUP):
        first, second = rooms(house)
        mine = reserve(first, nights(0, 2), subject_type="order", subject_id=1, now=NOW)
        reserve(second, nights(1, 2), subject_type="order", subject_id=2, now=NOW)
        with pytest.raises(Taken, match="山 202"):
            relocate(mine, second, mine.during, now=NOW)
        assert (mine.resource_id, mine.during) == (first, nights(0, 2))
        extend(mine, NOON.start_of(day(4)), now=NOW)
        assert mine.during == nights(0, 4)
        shorten(mine, NOON.start_of(day(1)), now=NOW)
        relocate(mine, second, mine.during, now=NOW)
        assert (mine.resource_id, mine.during) == (second, nights(0, 1))
        with pytest.raises(RangeRefused):
            extend(mine, NOON.start_of(day(1)), now=NOW)
        with pytest.raises(RangeRefused):
            shorten(mine, NOON.start_of(day(1)), now=NOW)
        release(mine, now=NOW)
        release(mine, now=NOW + timedelta(hours=1))
        assert mine.released_at == NOW
        with pytest.raises(Released):
            extend(mine, NOON.start_of(day(9)), now=NOW)


def test_the_owner_blocks_with_a_reason_and_opens_again(app: Flask, house: House) -> None:
    with app.app_context(), transaction(SETUP):
        first, second = rooms(house)
        with pytest.raises(Invalid):
            block(first, nights(0, 2), reason=" ", actor=house.actor, now=NOW)
        made = block(first, nights(0, 2), reason="水管维修", actor=house.actor, now=NOW)
        with pytest.raises(Taken):
            reserve(first, nights(1, 3), subject_type="order", subject_id=1, now=NOW)
        used = reserve_first([session_get(first), session_get(second)], nights(1, 3), subject_type="order", subject_id=1, now=NOW)
        assert used.resource_id == second
        with pytest.raises(Released):
            unblock(used, actor=house.actor, now=NOW)
        unblock(made, actor=house.actor, now=NOW)
        assert reserve(first, nights(0, 1), subject_type="order", subject_id=3, now=NOW).id
        days = calendar_of([first, second], NOON, day(0), day(3))
        assert {key: {each: found.subject_id for each, found in row.items()} for key, row in days.items()} == {
            first: {day(0): 3}, second: {day(1): 1, day(2): 1},
        }


def session_get(key: int) -> Resource:
    from app.extensions import db

    return db.session.get_one(Resource, key)


def test_a_hold_lapses_by_the_clock_unless_it_was_confirmed(app: Flask, house: House) -> None:
    told: list[tuple[str, int]] = []

    def hear(*, subject_type: str, subject_id: int, now: datetime) -> None:
        told.append((subject_type, subject_id))

    subscribe("hold_lapsed", hear)
    until = NOW + timedelta(minutes=15)
    with app.app_context(), transaction(SETUP):
        first, second = rooms(house)
        reserve(first, nights(0, 1), subject_type="test", subject_id=1, hold_until=until, now=NOW)
        confirm(reserve(second, nights(0, 1), subject_type="test", subject_id=2, hold_until=until, now=NOW))
    with app.app_context(), clock.at(until - timedelta(seconds=1)):
        assert release_lapsed_holds() == 0
    with app.app_context(), clock.at(until + timedelta(seconds=1)):
        assert release_lapsed_holds() == 1
        assert release_lapsed_holds() == 0
    assert told == [("test", 1)]
    with app.app_context(), transaction(SETUP):
        assert [each.subject_id for each in transaction_rows()] == [2]


def test_another_channels_calendar_is_taken_over_as_it_is(app: Flask, house: House) -> None:
    def busy(uid: str, first: int, after: int) -> Busy:
        return Busy(uid, NOON.start_of(day(first)), NOON.start_of(day(after)), "Reserved")

    with app.app_context(), transaction(SETUP):
        first, _ = rooms(house)
        reserve(first, nights(5, 6), subject_type="order", subject_id=1, now=NOW)
        past = Busy("old", NOW - timedelta(days=9), NOW - timedelta(days=8))
        synced = take_over(first, "airbnb", [busy("a", 0, 2), busy("b", 4, 6), past], now=NOW)
        assert (synced.added, synced.removed, [each.uid for each in synced.clashes]) == (1, 0, ["b"])
        again = take_over(first, "airbnb", [busy("a", 0, 2)], now=NOW)
        assert (again.added, again.removed, again.clashes) == (0, 0, ())
        moved = take_over(first, "airbnb", [busy("a", 1, 3)], now=NOW)
        assert (moved.added, moved.removed) == (1, 1)
        assert take_over(first, "booking", [], now=NOW).removed == 0
        assert [each.during for each in transaction_rows() if each.purpose == "external"] == [nights(1, 3)]


def test_of_forty_at_once_one_has_the_night(app: Flask, house: House) -> None:
    with app.app_context(), transaction(SETUP):
        first, _ = rooms(house)

    def attempt(number: int) -> str:
        with app.app_context():
            try:
                with transaction(SETUP):
                    reserve(first, nights(0, 1 + number % 3), subject_type="order", subject_id=number + 1, now=NOW)
            except Taken as refused:
                return refused.code
            return "mine"

    with ThreadPoolExecutor(20) as pool:
        answers = sorted(pool.map(attempt, range(40)))
    assert answers == ["booking.taken"] * 39 + ["mine"]
    with app.app_context(), transaction(SETUP):
        assert len(transaction_rows()) == 1
