"""Where an amount comes from: a chain of steps from an entry to what stands behind it, and what became of it later.

The ledger knows the entry and its transaction. Packages above register what they know about a transaction: the order, the
fee line, the rule and who approved it, the payment, the statement. Nothing here is stored: the chain follows ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.kernel.ledger.models import LedgerEntry


@dataclass(frozen=True)
class Step:
    """One step: what it is (`订单`), its name, a note that explains, and where it leads. `amount` in fen; `chip` is (tone, word).

    `rank` places it: 10 the payment, 20 the order, 30 the fee line, 40 the rule, 50 who approved; from 100 on it is what came later.
    """

    rank: int
    kind: Any
    name: Any
    note: Any = ""
    address: str | None = None
    amount: int | None = None
    chip: tuple[str, Any] | None = None


LATER = 100

Explainer = Callable[[LedgerEntry], Iterable[Step]]

_explainers: list[Explainer] = []


def register(explainer: Explainer) -> None:
    """From here on `explainer(entry)` adds what it knows to the chain of every entry."""
    if explainer not in _explainers:
        _explainers.append(explainer)


def chain_of(entry: LedgerEntry) -> tuple[list[Step], list[Step]]:
    """What stands behind the entry, first to last, and what became of it. The entry is loaded with its transaction and account."""
    steps = sorted((step for explainer in _explainers for step in explainer(entry)), key=lambda step: step.rank)
    return [step for step in steps if step.rank < LATER], [step for step in steps if step.rank >= LATER]
