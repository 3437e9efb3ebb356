"""What of a party's available balance it may spend: not what something higher up has promised to pay out of it.

Higher packages register how much they promised; lower ones ask here before they take.
"""

from __future__ import annotations

from collections.abc import Callable

from app.core.money import Fen
from app.kernel.ledger.accounts import available
from app.kernel.ledger.operations import hold_balances

Promises = Callable[[str, int], int]

_promises: list[Promises] = []


def register(promises: Promises) -> None:
    """Count what `promises(owner_kind, owner_id)` returns, in fen, as spoken for; registering the same again changes nothing."""
    if promises not in _promises:
        _promises.append(promises)


def free_to_spend(owner_kind: str, owner_id: int) -> Fen:
    """Fen of the available balance that nobody was promised, never below zero. Locks the balance, so that it can be taken in this transaction."""
    own = available(owner_kind, owner_id)
    held = hold_balances([own])[own]
    return Fen(max(held - sum(promises(owner_kind, owner_id) for promises in _promises), 0))
