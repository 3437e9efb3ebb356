"""The trade bill against our payments and refunds: passes 2, 3, 6, and 7 over what pass 1 has left. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from app.core.money import Fen

Kind = Literal["payment", "refund"]
PAID, REVOKED = "SUCCESS", "REVOKED"
TOLERANCE = 1_000  # thousandths of a fen: the channel and we may round a fee differently


@dataclass(frozen=True)
class Line:
    """A line of the trade bill: where it stands in the file, whose number, what it says in fen, the fee in thousandths of a fen.

    `settled` is what of it reaches the account.
    """

    row: int
    kind: str
    number: str
    channel_number: str
    amount: Fen
    fee: int
    coupon: Fen
    state: str
    settled: Fen
    at: datetime | None = None


@dataclass(frozen=True)
class Ours:
    """A payment or refund of ours. `booked` is true once the ledger has it; `day` is the business day on which that was."""

    kind: Kind
    key: int
    number: str
    channel_number: str | None
    amount: Fen
    booked: bool
    day: date | None
    at: datetime | None = None


@dataclass(frozen=True)
class Pair:
    """A line and our record of it. `how` is number, channel_number, window (another day than the bill's), or people (matched by hand)."""

    line: Line
    ours: Ours
    how: str


@dataclass(frozen=True)
class Difference:
    """What one side has and the other has not, or has otherwise. `effect` is what clearing lacks in our books, in fen, signed: money that the
    channel has and we have not is positive, money that we booked and the channel never had is negative."""

    kind: str
    line: Line | None
    ours: Ours | None
    effect: Fen


@dataclass(frozen=True)
class Comparison:
    """What came of comparing a day."""

    pairs: tuple[Pair, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class ByPeople:
    """What people decided about lines of a bill: (row, kind, key) that are no pair whatever their numbers say, and row → (kind, key) that are one."""

    parted: frozenset[tuple[int, str, int]] = frozenset()
    joined: Mapping[int, tuple[str, int]] = field(default_factory=dict)


UNTOUCHED = ByPeople()


def compare(
    lines: Iterable[Line], ours: Iterable[Ours], day: date, fee_ppm: int, taken: Collection[tuple[str, int]] = (), by_people: ByPeople = UNTOUCHED,
) -> Comparison:
    """Pairs and differences of one day. Each line and each record is used at most once; the order of either does not matter.

    `taken` names records (kind, key) that pass 1 has given to other lines: whatever else names them is a duplicate. What people took apart or matched
    by hand goes before every pass.
    """
    records = list(ours)
    by_number = {(each.kind, each.number): each for each in records}
    by_channel = {(each.kind, each.channel_number): each for each in records if each.channel_number}
    pairs: list[Pair] = []
    differences: list[Difference] = []
    by_key = {(each.kind, each.key): each for each in records}
    used = set(taken)
    for line in sorted(lines, key=lambda each: (each.row not in by_people.joined, each.state == REVOKED, each.row)):
        if not line.kind:
            differences.append(Difference("unknown_kind", line, None, Fen(0)))
            continue
        found, how = by_key.get(by_people.joined.get(line.row, ("", 0))), "people"  # type: ignore[call-overload]
        for records_by, number, name in ((by_number, line.number, "number"), (by_channel, line.channel_number, "channel_number")):
            candidate = records_by.get((line.kind, number)) if found is None else None  # type: ignore[call-overload]
            if candidate is not None and (line.row, candidate.kind, candidate.key) not in by_people.parted:
                found, how = candidate, name
        if found is None:
            differences.append(_only_theirs(line))
        elif (found.kind, found.key) in used:
            differences.append(Difference("duplicate", line, found, Fen(0) if line.state == REVOKED else signed(line.kind, line.amount)))
        else:
            used.add((found.kind, found.key))
            differences += _differing(line, found, fee_ppm)
            if found.amount == line.amount and (found.booked or _underway(line, found)):
                pairs.append(Pair(line, found, how if how == "people" or found.day in {day, None} else "window"))
    differences += [
        Difference(f"local_only_{each.kind}", None, each, Fen(-signed(each.kind, each.amount)))
        for each in sorted(records, key=lambda each: (each.kind, each.key)) if each.booked and each.day == day and (each.kind, each.key) not in used
    ]
    return Comparison(tuple(pairs), tuple(differences))


def _only_theirs(line: Line) -> Difference:
    if line.state == REVOKED:
        return Difference("unknown_kind", line, None, Fen(0))
    return Difference(f"channel_only_{line.kind}", line, None, signed(line.kind, line.amount))


def _differing(line: Line, ours: Ours, fee_ppm: int) -> list[Difference]:
    """What a line says otherwise than our record."""
    if not ours.booked and not (_underway(line, ours) and ours.amount == line.amount):
        return [Difference("status", line, ours, signed(ours.kind, line.amount))]
    found = []
    if line.amount != ours.amount:
        found.append(Difference("amount", line, ours, Fen(signed(ours.kind, line.amount) - signed(ours.kind, ours.amount))))
    if abs(line.fee - 1_000 * fee_of(line.amount, fee_ppm)) > TOLERANCE:
        found.append(Difference("fee", line, ours, Fen(0)))
    if line.coupon or line.settled != line.amount:
        found.append(Difference("coupon", line, ours, Fen(signed(ours.kind, line.settled) - signed(ours.kind, line.amount))))
    return found


def _underway(line: Line, ours: Ours) -> bool:
    """A refund that neither side calls finished: a bill never says more of it, so it is a pair."""
    return ours.kind == "refund" and not ours.booked and line.state != PAID


def fee_of(amount: int, fee_ppm: int) -> int:
    """The channel's fee on an amount, in fen, rounded half up."""
    return (amount * fee_ppm + 500_000) // 1_000_000


def signed(kind: str, amount: int) -> Fen:
    """Into clearing for a payment, out of it for a refund."""
    return Fen(amount if kind == "payment" else -amount)
