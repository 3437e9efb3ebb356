"""The sharing bill against our shares, number by number: pure. Amounts in fen, negative for what came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SharedLine:
    """A line of the sharing bill: our number, and the channel's of the payment."""

    row: int
    number: str
    channel_number: str
    amount: int
    at: datetime | None = None


@dataclass(frozen=True)
class OurShare:
    """What a request of ours shared, or a return brought back, by the channel's own word of the day."""

    number: str
    channel_number: str
    amount: int
    at: datetime | None = None


@dataclass(frozen=True)
class ShareDifference:
    """A line that our share does not explain, or a share that no line tells of; one of the two may be missing."""

    line: SharedLine | None
    ours: OurShare | None


def compare_shares(lines: Iterable[SharedLine], ours: Iterable[OurShare]) -> list[ShareDifference]:
    """Of numbers whose lines do not add up to our share each line, and shares without any line, in the order of lines, then of numbers."""
    told: dict[str, int] = {}
    for line in (kept := list(lines)):
        told[line.number] = told.get(line.number, 0) + line.amount
    known = {each.number: each for each in ours}
    wrong = {number for number, amount in told.items() if number not in known or known[number].amount != amount}
    found = [ShareDifference(line, known.get(line.number)) for line in kept if line.number in wrong]
    return found + [ShareDifference(None, known[number]) for number in sorted(set(known) - set(told))]
