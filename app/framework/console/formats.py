"""How values are written: money, rates, times, phones, states. Every filter escapes what it is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from flask import Flask, render_template
from flask_babel import format_date, get_locale, get_translations, ngettext
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.core import clock, money
from app.core.flows import Flow, State
from app.core.identifiers import masked_phone
from app.core.periods import SHANGHAI, local
from app.framework.console.assets import asset
from app.framework.console.columns import Column, Section, follow

NOTHING = Markup('<span class="by-void">—</span>')
_END = Markup("</span>")
_ID = Markup('<span class="by-id" data-copy>')
# Pieces of Markup are added, not formatted: a list writes hundreds of cells, and adding escapes as well for a tenth of the time.


def init_app(app: Flask) -> None:
    """Give templates the filters of this module and `icon`."""
    app.jinja_env.filters.update(
        money=amount, yuan=money.yuan, figures=money.figures, when=when, day=day, phone=phone, ref=ref, percent=percent, count=count, chip=chip, age=age,
        cell_of=cell_of, at=follow,
    )
    app.jinja_env.globals.update(_=words, gettext=words)
    app.jinja_env.globals.update(icon=icon, chip=chip, speaks_chinese=speaks_chinese, section_template=section_template)


def words(text: str, /, **values: Any) -> Markup:
    """The reader's words for `text`, with `values` escaped into it."""
    return translator()(text, **values)


def translator() -> Callable[..., Markup]:
    """`words` for one page: the catalogue is looked up once, and a sentence is formatted only when there is something to fill in."""
    said = get_translations().ugettext

    def say(text: str, /, **values: Any) -> Markup:
        found = Markup(said(text))  # noqa: S704 - the catalogue is ours
        return found % values if values or "%%" in found else found

    return say


def speaks_chinese() -> bool:
    """True when the reader's language is Chinese."""
    locale = get_locale()
    return locale is None or locale.language == "zh"


def icon(name: str, large: bool = False) -> Markup:
    """A picture of the sprite; decorative, so a button with nothing else needs its own `aria-label`."""
    return _drawn(name, asset("img/icons.svg"), large)


@lru_cache(maxsize=1024)
def _drawn(name: str, sprite: str, large: bool) -> Markup:
    return Markup('<svg class="by-icon{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(" by-icon--lg" if large else "", sprite, name)


def amount(fen: int | None, big: bool = False) -> Markup:
    """Fen as `¥1,286.50`; — where there is no amount."""
    if fen is None:
        return NOTHING
    return Markup(f'<span class="by-money{"--big" if big else ""}">{money.yuan(fen)}</span>')  # noqa: S704 - digits and signs


def percent(ppm: int | None) -> Markup | str:
    """Ppm as `8 %`."""
    return NOTHING if ppm is None else money.percent(ppm)


def count(number: int | None) -> Markup | str:
    """A count with thousands."""
    return NOTHING if number is None else f"{number:,}".replace("-", "−")


def phone(number: str | None) -> Markup | str:
    """A phone number, masked unless it already is."""
    if not number:
        return NOTHING
    return number if "*" in number else masked_phone(number)


def ref(text: Any) -> Markup:
    """An id, whole, with digits of equal width."""
    return _ID + str(text) + _END if text not in (None, "") else NOTHING


def when(moment: datetime | None, seconds: bool = False) -> Markup:
    """The moment on a Shanghai clock: 今天 14:32, 昨天 09:12, 11-21 18:03, 2025-11-21; the full time and UTC on hover."""
    return NOTHING if moment is None else _moments(clock.now(), seconds)(moment)


def _moments(now: datetime, seconds: bool = False) -> Callable[[datetime], Markup]:
    """How moments are written that are read at `now`."""
    say = _sayer(now, seconds)

    def write(moment: datetime) -> Markup:
        there, utc = local(moment), moment.astimezone(UTC)
        whole = f"{there:%Y-%m-%d %H:%M:%S} UTC+8 · {utc:%H:%M:%S} UTC"
        stamp = utc.isoformat(timespec="seconds")
        return Markup(f'<time datetime="{stamp}" title="{whole}">{say(there)}</time>')  # noqa: S704 - digits, and words of the catalogue

    return write


def written(there: datetime, now: datetime, *, seconds: bool = False) -> str:
    """The words for a Shanghai time, read at `now`."""
    return _sayer(now, seconds)(there)


def _sayer(now: datetime, seconds: bool) -> Callable[[datetime], str]:
    today = local(now).date()
    hours = "%H:%M:%S" if seconds else "%H:%M"
    near = {0: _("今天 %(hour)s"), -1: _("昨天 %(hour)s"), 1: _("明天 %(hour)s")}

    def say(there: datetime) -> str:
        hour, day = there.strftime(hours), there.date()
        words = near.get((day - today).days)
        if words:
            return words % {"hour": hour}
        if day.year == today.year:
            return f"{day:%m-%d} {hour}"
        return f"{day:%Y-%m-%d} {hour}" if seconds else f"{day:%Y-%m-%d}"

    return say


def day(value: date | None) -> Markup | str:
    """A business day: 2026-11-23."""
    return NOTHING if value is None else value.isoformat()


def long_day(moment: datetime) -> str:
    """`11月23日 周一` or `Monday, 23 November`, for the head of a home page."""
    return str(format_date(moment.astimezone(SHANGHAI), "M 月 d 日 EEE" if speaks_chinese() else "EEEE, d MMMM"))


def age(moment: datetime | None, now: datetime | None = None) -> Markup | str:
    """How long ago, in the largest two units: 2 分 14 秒, 3 小时, 4 天."""
    if moment is None:
        return NOTHING
    return duration(int(((now or clock.now()) - moment).total_seconds()))


def duration(seconds: int) -> str:
    """Seconds in words; never negative."""
    seconds = max(seconds, 0)
    if seconds < 60:
        return ngettext("%(num)d 秒", "%(num)d 秒", seconds)
    if seconds < 3600:
        return ngettext("%(num)d 分钟", "%(num)d 分钟", seconds // 60)
    if seconds < 86400:
        return ngettext("%(num)d 小时", "%(num)d 小时", seconds // 3600)
    return ngettext("%(num)d 天", "%(num)d 天", seconds // 86400)


def chip(state: State | None, next_labels: list[Any] | None = None) -> Markup:
    """A state as a word, a shape, and a colour; what may come next on hover."""
    if state is None:
        return NOTHING
    following = _("接下来：%(states)s", states=" → ".join(str(label) for label in next_labels)) if next_labels else ""
    title = Markup(' title="') + following + Markup('"') if following else Markup("")
    tone = "" if state.tone == "mute" else f" by-chip--{state.tone}"
    return Markup('<span class="by-chip') + tone + Markup('"') + title + Markup(">") + str(state.label) + _END


def writer_of(column: Column, flow: Flow | None = None, bare: bool = False) -> Callable[[Any], Markup]:
    """The function that writes a value of the column as it is shown; `bare` drops the ¥ for columns whose head says 元. What does not depend on
    the value is worked out here, once for all cells of a column."""
    write = _writer(column, flow, bare)
    return lambda value: NOTHING if value is None or value == "" else write(value)


def _writer(column: Column, flow: Flow | None, bare: bool) -> Callable[[Any], Markup]:
    if column.choices is not None:
        return _each_once(lambda value: escape(column.choices.get(value, value)))
    if column.kind == "money":
        return (lambda fen: escape(money.figures(fen))) if bare else (lambda fen: amount(fen, big=column.big))
    if column.kind == "state":
        return _each_once(lambda value: chip(flow.state(value)) if flow and isinstance(value, str) else chip(value))
    if column.kind == "flag":
        return _each_once(lambda value: escape(_("是") if value else _("否")))
    if column.kind == "when":
        return _moments(clock.now())
    if column.kind == "image":
        return lambda value: Markup('<img class="by-thumb-image" src="{}" alt="" loading="lazy" width="40" height="40">').format(value)
    write = _WRITERS.get(column.kind)
    return (lambda value: escape(write(value))) if write else escape


def _each_once(write: Callable[[Any], Markup]) -> Callable[[Any], Markup]:
    """For values of which there are few: each is written once a page."""
    written_before: dict[Any, Markup] = {}

    def found(value: Any) -> Markup:
        if value not in written_before:
            written_before[value] = write(value)
        return written_before[value]

    return found


def cell(column: Column, record: Any, flow: Flow | None = None, bare: bool = False) -> Markup:
    """The value of a column as it is shown."""
    return writer_of(column, flow, bare)(column.of(record))


def text_of(column: Column, value: Any) -> str:
    """A stored value of the column as plain text, as its cell would say it."""
    if column.choices is not None:
        return str(column.choices.get(value, value))
    if column.kind == "money" and isinstance(value, int):
        return money.yuan(value)
    if column.kind == "percent" and isinstance(value, int):
        return str(money.percent(value))
    if column.kind == "phone":
        return str(phone(str(value)))
    return str(value)


def section_template(section: Section, record: Any) -> Markup:
    """The section's own template, given `record` and what its `context(record)` returns."""
    more = section.context(record) if section.context else {}
    return Markup(render_template(section.template, section=section, record=record, **more))  # noqa: S704 - a rendered template


def cell_of(record: Any, column: Column, flow: Flow | None = None, bare: bool = False) -> Markup | str:
    """`cell` for templates, where the record comes first."""
    return cell(column, record, flow, bare)


_WRITERS: dict[str, Callable[[Any], Any]] = {"day": day, "phone": phone, "ref": ref, "percent": percent, "count": count}
