"""What a fee comes to: pure arithmetic on values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.money import Fen, share_ppm, split


@dataclass(frozen=True)
class Rate:
    """A rule version as arithmetic sees it: ppm of the base plus fen per order, within least and most."""

    ppm: int = 0
    fen: int = 0
    least_fen: int | None = None
    most_fen: int | None = None


def fee(base: int, rate: Rate) -> Fen:
    """The fee on `base` fen: `ppm` of it rounded half up, plus `fen`, clamped, never above the base."""
    amount = share_ppm(base, rate.ppm) + rate.fen
    if rate.least_fen is not None:
        amount = max(amount, rate.least_fen)
    if rate.most_fen is not None:
        amount = min(amount, rate.most_fen)
    return Fen(max(0, min(amount, base)))


def fee_per_line(bases: Sequence[int], rate: Rate) -> list[Fen]:
    """The fee of a whole order cut over its lines in proportion to their bases: one rounding, and parts that add up."""
    return split(fee(sum(bases), rate), bases)
