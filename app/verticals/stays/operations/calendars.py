"""Calendars between channels: a room's own for others to follow, and others' for the room to follow."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.database import elevated, get, lock, outside, save
from app.framework.events import publish
from app.framework.fetching import fetch
from app.kernel.audit.operations import append
from app.kernel.bookings.operations import take_over
from app.kernel.bookings.queries import live_between
from app.kernel.places.rules import problem
from app.verticals.stays.calendar_text import busy_of_calendar, calendar_of_busy
from app.verticals.stays.models import Feed, Unit
from app.verticals.stays.rules import NIGHT

LARGEST = 512 * 1024
BACK, AHEAD = timedelta(days=30), timedelta(days=540)
FEEDS_AT_MOST = 6


class FeedNameTaken(Refusal):
    """The room follows a channel of that name already."""

    code = "stays.feed_taken"
    status = 409
    sentence = _l("这间房已经有“%(name)s”的日历")


def calendar_of(code: str, *, now: datetime) -> bytes:
    """The calendar behind an unguessable address: when the room is taken by us or closed. What other channels told is left out, so that calendars that
    follow one another do not go round in circles. Raises NotFound."""
    with elevated():
        unit = db.session.scalars(select(Unit).where(Unit.calendar_code == code)).one_or_none()
        if unit is None or unit.resource_id is None:
            raise NotFound
        taken = live_between([unit.resource_id], Range(now - BACK, now + AHEAD))
        stretches = [(f"{each.id}", *_nights(each.begins, each.ends)) for each in taken if each.purpose != "external"]
        return calendar_of_busy(stretches, made_at=now)


def _nights(begins: datetime, ends: datetime) -> tuple[date, date]:
    return NIGHT.day_of(begins), NIGHT.day_of(ends - timedelta(microseconds=1)) + timedelta(days=1)


def add_feed(unit: Unit, *, name: str, address: str, actor: Actor, now: datetime) -> Feed:
    """The room follows another channel's calendar, read from its address every quarter of an hour, or uploaded when there is none. Raises Invalid."""
    name, address = " ".join(name.split()), address.strip()
    errors = []
    if not 1 <= len(name) <= 20:
        errors.append(problem("name", "required", _l("填写渠道名，例如携程")))
    if address and not (address.startswith(("https://", "http://")) and len(address) <= 500):
        errors.append(problem("address", "address", _l("日历地址以 https 开头，最多 500 个字")))
    if errors:
        raise Invalid(errors=errors)
    known = list(db.session.scalars(select(Feed.name).where(Feed.unit_id == unit.id)))
    if name in known:
        raise FeedNameTaken(field="name", name=name)
    if len(known) >= FEEDS_AT_MOST:
        raise Invalid(errors=[problem("name", "too_many", _l("一间房最多跟 %(count)d 个日历", count=FEEDS_AT_MOST))])
    feed = save(Feed(merchant_id=unit.merchant_id, unit_id=unit.id, name=name, address=address))
    append("stays_unit.feed_added", unit, actor=actor, now=now, changes={"feed": [None, name]})
    return feed


def remove_feed(feed: Feed, *, actor: Actor, now: datetime) -> None:
    """The room follows it no longer; the nights that it kept are free."""
    unit = get(Unit, feed.unit_id)
    take_over(unit.resource_id or 0, _source(feed), [], now=now)
    append("stays_unit.feed_removed", unit, actor=actor, now=now, changes={"feed": [feed.name, None]})
    db.session.delete(feed)
    db.session.flush()


def read_feed(feed_id: int, *, now: datetime) -> Feed:
    """The room is taken as the calendar at the feed's address says. What went wrong stands on the feed. Commits before it asks. Raises what the fetching and
    the reading refuse."""
    feed = get(Feed, feed_id)
    address = feed.address
    try:
        with outside():
            content = fetch(address, at_most=LARGEST)
        return follow(feed_id, content, now=now)
    except Refusal as refusal:
        db.session.rollback()
        lock(Feed, feed_id).problem = str(refusal)[:200]
        db.session.commit()
        raise


def follow(feed_id: int, content: bytes, *, now: datetime) -> Feed:
    """The room is taken as this calendar says. Stretches that somebody of ours has already are told to the house, once. Raises NotACalendar."""
    if len(content) > LARGEST:
        raise Invalid(errors=[problem("file", "too_large", _l("日历文件最多 %(kilobytes)d KB", kilobytes=LARGEST // 1024))])
    feed = lock(Feed, feed_id)
    busy = busy_of_calendar(content, NIGHT)
    unit = get(Unit, feed.unit_id)
    synced = take_over(unit.resource_id or 0, _source(feed), busy, now=now)
    before, feed.clashes = feed.clashes, len(synced.clashes)
    feed.stretches, feed.read_at, feed.problem = len([each for each in busy if each.ends > now]), now, ""
    db.session.flush()
    if feed.clashes > before:
        publish("happened", act="stays_feed.clashed", record=feed, reason="", actor=Actor("system", None, "calendars"), now=now)
    return feed


def _source(feed: Feed) -> str:
    return f"feed:{feed.id}"
