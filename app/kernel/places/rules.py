"""What fits a place, and what is typed as a number: each fault at its own field. Pure functions of values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import NotAnAmount, parse_yuan

Problem = dict[str, Any]

LATITUDES, LONGITUDES = (-90, 90), (-180, 180)


def problem(field: str, code: str, message: Any) -> Problem:
    """One thing that is wrong with one field."""
    return {"field": field, "code": code, "message": str(message)}


def long_problems(values: Mapping[str, Any], lengths: Mapping[str, int]) -> list[Problem]:
    """Texts that are longer than they may be."""
    return [problem(name, "too_long", _l("最多 %(count)d 个字", count=most)) for name, most in lengths.items() if len(values.get(name) or "") > most]


def where_problems(values: Mapping[str, Any]) -> list[Problem]:
    """Degrees that are nowhere on earth."""
    checks = (
        ("latitude", LATITUDES, _l("纬度在 −90 到 90 之间")), ("longitude", LONGITUDES, _l("经度在 −180 到 180 之间")),
    )
    return [problem(name, "range", words) for name, (low, high), words in checks if not low <= values.get(name, 0) <= high]


# ---- typed numbers: 0 and a problem when it is none --------------------------------------------------------------------

def whole(name: str, text: str, problems: list[Problem]) -> int:
    """A count of at most six digits."""
    return int(_matched(name, text, r"\d{1,6}", _l("填数字"), problems))


def degrees(name: str, text: str, problems: list[Problem]) -> float:
    """Degrees with at most nine places."""
    return float(_matched(name, text, r"-?\d{1,6}(\.\d{1,9})?", _l("填数字"), problems))


def ppm(name: str, text: str, problems: list[Problem]) -> int:
    """Percent with at most two places, in ppm; nothing is 0."""
    return round(float(_matched(name, text or "0", r"\d{1,3}(\.\d{1,2})?", _l("比例填数字，例如 50"), problems)) * 10_000)


def fen(name: str, text: str, problems: list[Problem]) -> int:
    """Yuan, in fen; nothing is 0."""
    try:
        return parse_yuan(text or "0")
    except NotAnAmount as refusal:
        problems.append(problem(name, refusal.code, refusal))
        return 0


def _matched(name: str, text: str, pattern: str, words: Any, problems: list[Problem]) -> str:
    given = text.strip()
    if re.fullmatch(pattern, given, flags=re.ASCII):
        return given
    problems.append(problem(name, "not_a_number", words))
    return "0"
