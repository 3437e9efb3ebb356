"""What a shop's settings may be: pure functions of values, answering with the problems they find."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from app.kernel.places.rules import Problem, long_problems, problem

SERVICE_NAMES = ("dine_in", "pickup", "delivery")
PERIODS_A_DAY = 3
CLOSED_DAYS_AT_MOST = 120
MONEY_AT_MOST = 100_000  # fen: a fee above ¥1,000 is a slip of the finger
TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")

LENGTHS = {"name": 60, "cuisine": 20, "notice": 200, "phone": 20, "address": 120}
RANGES = {
    "accept_minutes": (1, 60), "cook_minutes": (1, 240), "packing_fee": (0, MONEY_AT_MOST), "delivery_fee": (0, MONEY_AT_MOST),
    "delivery_least": (0, MONEY_AT_MOST), "delivery_metres": (0, 50_000), "latitude": (-90, 90), "longitude": (-180, 180),
}
FENS = frozenset({"packing_fee", "delivery_fee", "delivery_least"})


def shop_problems(values: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with these settings; only what is given is looked at."""
    found = long_problems(values, LENGTHS)
    if "name" in values and not values["name"]:
        found.append(problem("name", "required", _l("填写店名")))
    found.extend(_range_problem(name) for name, (low, high) in RANGES.items() if name in values and not _within(values[name], low, high))
    services = values.get("services")
    if services is not None and (not services or set(services) - set(SERVICE_NAMES)):
        found.append(problem("services", "required", _l("至少开一种就餐方式")))
    if "hours" in values:
        found.extend(hours_problems(values["hours"]))
    closed = values.get("closed_days") or []
    if len(closed) > CLOSED_DAYS_AT_MOST or not all(_is_day(day) for day in closed):
        found.append(problem("closed_days", "not_a_day", _l("休息日写成 2026-10-01 这样的日期，最多 %(count)d 天", count=CLOSED_DAYS_AT_MOST)))
    return found


def _within(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and low <= value <= high


def _range_problem(name: str) -> Problem:
    low, high = RANGES[name]
    if name in FENS:
        low, high = low // 100, high // 100
    return problem(name, "range", _l("填 %(low)s 到 %(high)s", low=low, high=high))


def _is_day(text: Any) -> bool:
    try:
        return isinstance(text, str) and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_time(text: Any, *, end: bool = False) -> bool:
    """True for `09:30`; as the end of a period also for `24:00`."""
    return isinstance(text, str) and (TIME.fullmatch(text) is not None or (end and text == "24:00"))


def hours_problems(hours: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Problems of weekly opening hours: times that are none, more than three periods a day, periods that overlap."""
    for entry in hours:
        if entry.get("day") not in range(7) or not is_time(entry.get("from")) or not is_time(entry.get("to"), end=True):
            return [problem("hours", "not_a_time", _l("营业时间写成 09:30 这样，结束可以写 24:00"))]
    for day in range(7):
        periods = sorted((entry["from"], entry["to"]) for entry in hours if entry["day"] == day)
        if len(periods) > PERIODS_A_DAY:
            return [problem("hours", "too_many", _l("一天最多 %(count)d 段营业时间", count=PERIODS_A_DAY))]
        if _overlap(periods):
            return [problem("hours", "overlap", _l("同一天的营业时间有重叠"))]
    return []


def periods_problems(field: str, periods: Sequence[Mapping[str, str]]) -> list[Problem]:
    """Problems of the hours in which a dish is sold: the same every day, at most three."""
    if not all(is_time(entry.get("from")) and is_time(entry.get("to"), end=True) for entry in periods):
        return [problem(field, "not_a_time", _l("售卖时段写成 10:00-14:00，几段用分号隔开"))]
    pairs = sorted((entry["from"], entry["to"]) for entry in periods)
    if len(pairs) > PERIODS_A_DAY or _overlap(pairs):
        return [problem(field, "overlap", _l("售卖时段最多 %(count)d 段，不能重叠", count=PERIODS_A_DAY))]
    return []


def _overlap(periods: Sequence[tuple[str, str]]) -> bool:
    """True when two of the sorted periods share a minute; one that ends after midnight must be the last."""
    return any(ends > later or ends <= begins for (begins, ends), (later, _) in zip(periods, periods[1:], strict=False))
