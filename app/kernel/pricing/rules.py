"""Which rule wins where: reachability of rules in an order, over every kind of order that their conditions tell apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

Cell = tuple[str, str, int, int, frozenset[int]]
ANYTHING_ELSE = ""


@dataclass(frozen=True)
class Reach:
    """A rule as matching sees it; `merchants` are those with a version of their own, None when there is one for everybody."""

    rule_id: int
    order_kind: str = ""
    category: str = ""
    from_minute: int | None = None
    to_minute: int | None = None
    new_days: int | None = None
    merchants: frozenset[int] | None = None

    def holds(self, cell: Cell) -> bool:
        """True when an order of that cell matches."""
        kind, category, minute, age, named_by = cell
        return (
            self.order_kind in ("", kind) and self.category in ("", category)
            and (self.from_minute is None or self.to_minute is None or self.from_minute <= minute < self.to_minute)
            and (self.new_days is None or age < self.new_days) and (self.merchants is None or self.rule_id in named_by)
        )


def cells(rules: Sequence[Reach]) -> list[Cell]:
    """One order of each sort that the rules tell apart: kinds and categories named or not, stretches of the day, ages of merchants, and merchants
    by the rules that name them."""
    kinds = {ANYTHING_ELSE, *(rule.order_kind for rule in rules)}
    categories = {ANYTHING_ELSE, *(rule.category for rule in rules)}
    minutes = {0, *(minute for rule in rules for minute in (rule.from_minute, rule.to_minute) if minute is not None and minute < 1440)}
    ages = {0, *(rule.new_days for rule in rules if rule.new_days)}
    named: dict[int, set[int]] = {}
    for rule in rules:
        for merchant in rule.merchants or ():
            named.setdefault(merchant, set()).add(rule.rule_id)
    merchants = {frozenset[int](), *(frozenset(ids) for ids in named.values())}
    return list(product(sorted(kinds), sorted(categories), sorted(minutes), sorted(ages), sorted(merchants, key=sorted)))


def winners(rules: Sequence[Reach], over: Iterable[Cell]) -> dict[Cell, int | None]:
    """Cell → the rule that prices it, None where no rule does."""
    return {cell: next((rule.rule_id for rule in rules if rule.holds(cell)), None) for cell in over}


def unreachable(rules: Sequence[Reach]) -> dict[int, list[int]]:
    """Rules that price no order at all → the rules before them that take everything, in order."""
    space = cells(rules)
    won = winners(rules, space)
    reached = set(won.values())
    places = {rule.rule_id: place for place, rule in enumerate(rules)}
    return {
        rule.rule_id: sorted({winner for cell, winner in won.items() if winner is not None and rule.holds(cell)}, key=places.__getitem__)
        for rule in rules if rule.rule_id not in reached
    }


def gaps(rules: Sequence[Reach]) -> bool:
    """True when some order has no rule: nothing of it could be sold."""
    return None in winners(rules, cells(rules)).values()


@dataclass(frozen=True)
class Change:
    """What another set of rules takes from whom: (rule that loses, rule that takes), and the rules that could not be reached any more."""

    taken: tuple[tuple[int, int], ...]
    lost: Mapping[int, list[int]]
    gaps: bool


def change(before: Sequence[Reach], after: Sequence[Reach]) -> Change:
    """What becomes of orders when `after` takes the place of `before`."""
    space = cells([*before, *after])
    old, new = winners(before, space), winners(after, space)
    taken = {(one, other) for cell in space if (one := old[cell]) is not None and (other := new[cell]) is not None and one != other}
    dead = unreachable(before)
    return Change(tuple(sorted(taken)), {key: by for key, by in unreachable(after).items() if key not in dead}, gaps(after))
