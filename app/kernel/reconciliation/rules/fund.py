"""The fund bill against the trade bill and our payouts: passes 4 to 7 over what the set-based part of pass 4 has left. Pure.

What a fund bill moved for payments, refunds, and fees has been taken from clearing when it was booked; everything else waits in
unidentified_receipt. `source` says in which of the two the effect of a difference stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core.money import Fen
from app.kernel.reconciliation.rules.trade import PAID, TOLERANCE, Line, Ours, signed

CLEARING, UNIDENTIFIED = "clearing", "unidentified"
CARRIED = ("payment", "refund")  # kinds that a trade bill has too
SHORTEST_BATCH = 6  # letters of a number that may stand for a batch


@dataclass(frozen=True)
class Movement:
    """A line of the fund bill in fen, signed: a refund's without the fee that came back. `continues` is false where the balance does not follow."""

    row: int
    kind: str
    number: str
    channel_number: str
    amount: Fen
    state: str
    continues: bool = True
    at: datetime | None = None


@dataclass(frozen=True)
class Payout:
    """A payment to a party that the ledger has sent; `proven` once it was paid, failed, or came back; `due` once it should have been."""

    key: int
    number: str
    amount: Fen
    proven: bool
    due: bool = False
    at: datetime | None = None


@dataclass(frozen=True)
class FundPair:
    """A movement and what it belongs to: a line of a trade bill of the days around, or one of our payouts, alone or as part of a batch."""

    movement: Movement
    how: str
    payout: Payout | None = None


@dataclass(frozen=True)
class FundDifference:
    """What the fund bill has and nothing else has, or has otherwise. `effect` is what `source` lacks in our books, in fen, signed."""

    kind: str
    movement: Movement | None
    line: Line | None
    payout: Payout | None
    ours: Ours | None
    effect: Fen
    source: str = CLEARING


@dataclass(frozen=True)
class FundFacts:
    """What is known of a day besides its movements.

    `lines` are those of the trade bill that the set-based pass left, `fee_lines` those whose fee an odd movement took; `around` are kinds and numbers
    of the channel (kind, number) that trade bills of other days have, `moved_around` those that fund bills of other days have; `lonely` are our
    records that no line of the trade bill names; `gap` is what the account opens with beyond the close of the day before, in fen; `shares` are what
    others shared with us, or got back (negative), by our number; `parted` are rows of movements that people took from their payouts.
    """

    lines: tuple[Line, ...] = ()
    fee_lines: tuple[Line, ...] = ()
    around: frozenset[tuple[str, str]] = frozenset()
    moved_around: frozenset[tuple[str, str]] = frozenset()
    lonely: tuple[Ours, ...] = ()
    payouts: tuple[Payout, ...] = ()
    gap: int = 0
    shares: Mapping[str, int] = field(default_factory=dict)
    parted: frozenset[int] = frozenset()


@dataclass
class FundComparison:
    """What came of it. `excused` are our records that the trade bill lacks and the fund bill has: their money is there."""

    pairs: list[FundPair] = field(default_factory=list)
    differences: list[FundDifference] = field(default_factory=list)
    excused: set[tuple[str, int]] = field(default_factory=set)


def compare_funds(movements: Iterable[Movement], facts: FundFacts) -> FundComparison:
    """Pairs and differences of the fund bill of one day; every movement and every payout is used at most once, whatever their order."""
    return _Desk(facts).done(sorted(movements, key=lambda each: each.row))


class _Desk:
    """The passes, with what each has used."""

    def __init__(self, facts: FundFacts) -> None:
        self.facts, self.found = facts, FundComparison()
        self.lines = {(each.kind, each.channel_number): each for each in facts.lines}
        self.charged = {each.channel_number: each for each in (*facts.lines, *facts.fee_lines) if each.kind == "payment"}
        self.lonely = {(each.kind, each.channel_number): each for each in facts.lonely if each.channel_number}
        self.payouts = {each.number: each for each in facts.payouts}
        self.moved: set[tuple[str, str]] = set()
        self.used: set[str] = set()

    def done(self, movements: list[Movement]) -> FundComparison:
        for each in movements:
            if not each.continues:
                self._differ("balance_gap", each)
            if each.kind in CARRIED:
                self._carried(each)
            elif each.kind == "fee":
                self._fee(each)
            elif each.kind == "payout":
                self._payout(each)
            elif each.kind == "share":
                self._share(each)
            else:
                kind = "payout_returned" if each.kind == "returned" else "unknown_kind"
                self._differ(kind, each, payout=self.payouts.get(each.number), effect=each.amount, source=UNIDENTIFIED)
        self._not_moved()
        self._not_proven()
        if self.facts.gap:
            self._differ("balance_gap", None, effect=self.facts.gap, source=UNIDENTIFIED)
        return self.found

    def _differ(
        self, kind: str, movement: Movement | None, *, line: Line | None = None, payout: Payout | None = None, ours: Ours | None = None,
        effect: int = 0, source: str = CLEARING,
    ) -> None:
        self.found.differences.append(FundDifference(kind, movement, line, payout, ours, Fen(effect), source))

    def _carried(self, each: Movement) -> None:
        key = (each.kind, each.channel_number)
        line = self.lines.get(key)
        if key in self.moved:
            self._differ("duplicate", each, line=line, effect=each.amount)
            return
        self.moved.add(key)
        if line is not None:
            told = signed(line.kind, line.settled)
            if told == each.amount:
                self.found.pairs.append(FundPair(each, "channel_number"))
            else:
                self._differ("amount", each, line=line, effect=each.amount - told)
        elif key in self.facts.around:
            self.found.pairs.append(FundPair(each, "window"))
        elif (ours := self.lonely.get(key)) is not None and signed(ours.kind, ours.amount) == each.amount:  # type: ignore[call-overload]
            self.found.excused.add((ours.kind, ours.key))
            self._differ("timing", each, ours=ours)
        else:
            self._differ(f"channel_only_{each.kind}", each, effect=each.amount)

    def _fee(self, each: Movement) -> None:
        key = ("payment", each.channel_number)
        line = self.charged.get(each.channel_number)
        first = ("fee", each.channel_number) not in self.moved
        self.moved.add(("fee", each.channel_number))
        if first and line is not None and abs(-each.amount * 1_000 - line.fee) <= TOLERANCE:
            self.found.pairs.append(FundPair(each, "channel_number"))
        elif first and line is None and key in self.facts.around:
            self.found.pairs.append(FundPair(each, "window"))
        else:
            self._differ("fee", each, line=line)

    def _payout(self, each: Movement) -> None:
        whole = self.payouts.get(each.number)
        parts = [] if each.row in self.facts.parted else [whole] if whole is not None else self._batch(each)
        if not parts or any(part.number in self.used for part in parts):
            self._differ("payout_missing", each, effect=each.amount, source=UNIDENTIFIED)
        elif sum(part.amount for part in parts) != -each.amount:
            self._differ("amount", each, payout=whole, effect=each.amount, source=UNIDENTIFIED)
        else:
            self.used |= {part.number for part in parts}
            self.found.pairs += [FundPair(each, "payout" if whole is not None else "group", part) for part in parts]

    def _share(self, each: Movement) -> None:
        """A movement of one of our numbers, once, of the amount that we booked."""
        known = 0 if each.number in self.used else self.facts.shares.get(each.number, 0)
        self.used.add(each.number)
        if known == each.amount:
            self.found.pairs.append(FundPair(each, "number"))
        else:
            self._differ("share", each, effect=each.amount - known)

    def _batch(self, each: Movement) -> list[Payout]:
        """Payouts whose numbers begin with the movement's."""
        if len(each.number) < SHORTEST_BATCH:
            return []
        return [payout for number, payout in sorted(self.payouts.items()) if number.startswith(each.number)]

    def _not_moved(self) -> None:
        """Lines of the trade bill whose money moved on another day, or has not moved yet."""
        for key, line in sorted(self.lines.items(), key=lambda item: item[1].row):
            if key not in self.moved and key not in self.facts.moved_around and line.kind in CARRIED and line.state == PAID and line.settled:
                self._differ("timing", None, line=line)

    def _not_proven(self) -> None:
        for payout in sorted(self.payouts.values(), key=lambda each: each.key):
            if payout.due and not payout.proven and payout.number not in self.used:
                self._differ("payout_missing", None, payout=payout)
