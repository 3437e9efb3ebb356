"""iCalendar (RFC 5545), out and in: pure functions of values. Outgoing calendars say when a room is taken, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from icalendar import Calendar, Event

from app.core.errors import Refusal
from app.core.periods import SHANGHAI, local
from app.kernel.bookings.rules import Busy, DayRule

EVENTS_AT_MOST = 2_000
PRODUCT = "-//Baiye//Stays//ZH"


class NotACalendar(Refusal):
    """The text is no iCalendar, or holds too many events."""

    code = "stays.not_a_calendar"
    status = 422
    sentence = _l("这不是日历文件（iCalendar，.ics），或者里面的日程太多")


def calendar_of_busy(stretches: Iterable[tuple[str, date, date]], *, made_at: datetime) -> bytes:
    """A calendar of (name, first night, day after the last), as all-day events, the way booking sites read them. No names of people, no prices."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for name, first, after in stretches:
        event = Event()
        event.add("uid", f"{name}@baiye")
        event.add("dtstamp", made_at.astimezone(UTC))
        event.add("dtstart", first)
        event.add("dtend", after)
        event.add("summary", "Reserved")
        event.add("transp", "OPAQUE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def busy_of_calendar(content: bytes, rule: DayRule) -> list[Busy]:
    """When another channel calls the room taken. Days are nights of the trade; times are rounded out to whole nights. Cancelled and transparent events are
    left out. Raises NotACalendar."""
    try:
        calendar = Calendar.from_ical(content)
        events = list(calendar.walk("VEVENT"))
    except (ValueError, KeyError, IndexError, AttributeError, UnicodeDecodeError) as wrong:
        raise NotACalendar(field="file") from wrong
    if calendar.name != "VCALENDAR" or len(events) > EVENTS_AT_MOST:
        raise NotACalendar(field="file")
    return [busy for event in events if (busy := _busy(event, rule)) is not None]


def _busy(event: Event, rule: DayRule) -> Busy | None:
    if str(event.get("status", "")).upper() == "CANCELLED" or str(event.get("transp", "")).upper() == "TRANSPARENT" or "dtstart" not in event:
        return None
    try:
        begins = event.decoded("dtstart")
        ends = event.decoded("dtend") if "dtend" in event else begins + (event.decoded("duration") if "duration" in event else timedelta(days=1))
    except (ValueError, TypeError) as wrong:
        raise NotACalendar(field="file") from wrong
    first, after = _night(begins, rule, last=False), _night(ends, rule, last=True)
    during = rule.range_of(first, max(after, first + timedelta(days=1)))
    if during.lower is None or during.upper is None:
        return None
    return Busy(str(event.get("uid", ""))[:200] or f"{first}", during.lower, during.upper, str(event.get("summary", ""))[:80])


def _night(moment: date | datetime, rule: DayRule, *, last: bool) -> date:
    """The night that a day or a time stands for: the first that is touched, or the one after the last."""
    if not isinstance(moment, datetime):
        return moment
    aware = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    if not last:
        return rule.day_of(aware) if local(aware).time() >= rule.turns else local(aware).date()
    return rule.day_of(aware - timedelta(microseconds=1)) + timedelta(days=1)
