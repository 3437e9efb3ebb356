"""Prices of many nights from a spreadsheet: all rows, or none with every fault named."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Invalid
from app.core.money import NotAnAmount, parse_yuan
from app.framework.spreadsheets.reading import YES_NO, Limits, read_table
from app.kernel.places.rules import Problem, problem
from app.verticals.stays.models import House, RoomType
from app.verticals.stays.operations.prices import DayChange, set_days
from app.verticals.stays.queries import types_of

HEADS = ("房型", "日期", "价格", "最少晚数", "停卖")
LIMITS = Limits(bytes=2_000_000, unpacked=20_000_000, rows=6_000)
SHOWN = 20  # faults that are named at once


def import_prices(house: House, content: bytes, *, actor: Actor, now: datetime) -> int:
    """Each row is a night of a room type, found by its heads; empty cells leave things as they are. Return how many nights changed. Raises Invalid with the
    faults by row, NotASpreadsheet, SpreadsheetTooLarge."""
    cells = read_table(content, LIMITS, "")
    heads = [cell.strip() for cell in cells[0]] if cells else []
    if "房型" not in heads or "日期" not in heads:
        raise Invalid(errors=[problem("file", "heads", _l("第一行要有“房型”和“日期”"))])
    types = {each.name: each for each in types_of(house.id)}
    errors: list[Problem] = []
    rows = [_row(number, dict(zip(heads, row, strict=False)), types, errors) for number, row in enumerate(cells[1:], start=2) if any(row)]
    if errors:
        raise Invalid(errors=errors[:SHOWN])
    for room_type, day, change in filter(None, rows):
        set_days([room_type], day, day, change, actor=actor, now=now)
    return len(rows)


def _row(number: int, row: dict[str, str], types: dict[str, RoomType], errors: list[Problem]) -> tuple[RoomType, date, DayChange] | None:
    found = types.get(row.get("房型", "").strip())
    before = len(errors)
    if found is None:
        errors.append(problem("file", "room_type", _l("第 %(row)d 行：没有房型“%(name)s”", row=number, name=row.get("房型", "")[:40])))
    try:
        day = date.fromisoformat(row.get("日期", "").strip()[:10])
    except ValueError:
        errors.append(problem("file", "day", _l("第 %(row)d 行：日期写成 2026-12-01", row=number)))
    price, least = _price(number, row.get("价格", "").strip(), errors), row.get("最少晚数", "").strip()
    if least and not (least.isascii() and least.isdecimal() and int(least) <= 90):
        errors.append(problem("file", "least", _l("第 %(row)d 行：最少晚数填 0 到 90", row=number)))
    closed = row.get("停卖", "").strip()
    if closed and closed not in YES_NO:
        errors.append(problem("file", "closed", _l("第 %(row)d 行：停卖写是或否", row=number)))
    if not (price or least or closed):
        errors.append(problem("file", "empty", _l("第 %(row)d 行：没有要改的", row=number)))
    if len(errors) > before or found is None:
        return None
    return found, day, DayChange(price, int(least) if least else None, closed == YES_NO[1] if closed else None)


def _price(number: int, text: str, errors: list[Problem]) -> int | None:
    try:
        return int(parse_yuan(text)) if text else None
    except NotAnAmount as refusal:
        errors.append(problem("file", "price", _l("第 %(row)d 行：%(why)s", row=number, why=str(refusal))))
        return None
