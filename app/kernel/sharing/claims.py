"""What others are due of a payment: packages above say so for the subjects that they know (an order's commission)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.kernel.sharing.models import Sharing
from app.kernel.sharing.rules import Claim

Source = Callable[[int], Sequence[Claim]]

_sources: dict[str, Source] = {}


def register(subject_type: str, source: Source) -> None:
    """Ask `source(subject_id)` what others are due of payments for that kind of subject, net of refunds."""
    _sources[subject_type] = source


def claims_of(sharing: Sharing) -> list[Claim]:
    """What others are due of the payment; nothing where nobody claims. Needs a scope that sees everything."""
    source = _sources.get(sharing.subject_type)
    return [claim for claim in source(sharing.subject_id) if claim.amount > 0] if source else []
