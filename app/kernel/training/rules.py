"""How answers are marked: pure functions of values."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def marked(right: Mapping[int, Collection[int]], given: Mapping[int, Collection[int]]) -> int:
    """How many questions (id → places) are answered with exactly the right options."""
    return sum(set(given.get(key, ())) == set(places) for key, places in right.items())


def percent_of(correct: int, asked: int) -> int:
    """The mark in whole percent, rounded down, so that 79.9 does not pass 80."""
    return correct * 100 // asked if asked else 0
