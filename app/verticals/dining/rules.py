"""Hours, distances, choices, and prices of dining: pure functions of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from app.core.periods import local


def parse_time(text: str) -> time:
    """`21:30` as a time; `24:00` is the end of the day."""
    hours, minutes = text.split(":")
    return time(23, 59, 59) if hours == "24" else time(int(hours), int(minutes))


def within_hours(hours: Sequence[Mapping[str, Any]], closed_days: Sequence[str], moment: datetime) -> bool:
    """True when a shop with these opening hours serves at `moment`.

    Each entry has day (0 Monday … 6 Sunday), from, to; a `to` at or before `from` reaches into the next morning, and
    belongs to the day on which it began, so a day off ends that night too.
    """
    here = local(moment)
    for shift in (0, 1):
        day = here.date() - timedelta(days=shift)
        if day.isoformat() in closed_days:
            continue
        for entry in hours:
            begins, ends = parse_time(entry["from"]), parse_time(entry["to"])
            overnight = ends <= begins
            if entry["day"] != day.weekday() or (shift and not overnight):
                continue
            if (shift and here.time() < ends) or (not shift and here.time() >= begins and (overnight or here.time() < ends)):
                return True
    return False


def within_sale_hours(sale_hours: Sequence[Mapping[str, str]], moment: datetime) -> bool:
    """True when a dish with these sale hours may be ordered; no hours means always."""
    now = local(moment).time()
    for entry in sale_hours:
        begins, ends = parse_time(entry["from"]), parse_time(entry["to"])
        if (begins <= now < ends) if begins < ends else (now >= begins or now < ends):
            return True
    return not sale_hours


@dataclass(frozen=True)
class Group:
    """The limits of a question about a dish, and its answers: option id → (name, fen, available)."""

    name: str
    least: int
    most: int
    options: Mapping[int, tuple[str, int, bool]]


@dataclass(frozen=True)
class ChoiceProblem:
    """What is wrong with the answers: `few`, `many`, `gone`, or `unknown`, and in which group."""

    kind: str
    group: str
    least: int = 0
    most: int = 0


def check_choices(groups: Sequence[Group], chosen: Sequence[int]) -> ChoiceProblem | None:
    """The first problem with the chosen option ids, or None: each once, within each group's limits, none sold out."""
    known = {key: group for group in groups for key in group.options}
    for key in chosen:
        if key not in known or list(chosen).count(key) > 1:
            return ChoiceProblem("unknown", known[key].name if key in known else "")
        if not known[key].options[key][2]:
            return ChoiceProblem("gone", known[key].options[key][0])
    for group in groups:
        count = sum(1 for key in chosen if key in group.options)
        if count < group.least:
            return ChoiceProblem("few", group.name, group.least, group.most)
        if count > group.most:
            return ChoiceProblem("many", group.name, group.least, group.most)
    return None


def chosen_words(groups: Sequence[Group], chosen: Sequence[int]) -> tuple[str, int]:
    """The answers in the order of the menu, as `微辣 · 加蛋`, and what they add in fen."""
    picked = [group.options[key] for group in groups for key in group.options if key in chosen]
    return " · ".join(name for name, _, _ in picked), sum(fen for _, fen, _ in picked)


def ticket_number(count: int) -> str:
    """`A001` … `A999`, `B001` …: what a kitchen can call out; wraps after Z999."""
    letter, number = divmod((count - 1) % (26 * 999), 999)
    return f"{chr(ord('A') + letter)}{number + 1:03d}"
