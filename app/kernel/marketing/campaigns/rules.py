"""What a campaign takes off and who bears it: pure arithmetic in fen, shares in ppm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.money import split

PPM = 1_000_000


def taken_off(lines: Sequence[int], ppm: int, most: int) -> list[int]:
    """What the campaign takes off each line, at most `most` fen in all, by largest remainder; each line is left with a fen."""
    total = sum(lines)
    amount = min((2 * total * ppm + PPM) // (2 * PPM), most, total - len(lines))
    if amount <= 0:
        return [0] * len(lines)
    parts = [int(part) for part in split(amount, lines)]
    return parts if all(part < line for part, line in zip(parts, lines, strict=True)) else [0] * len(lines)


def borne(amount: int, shares: Mapping[int, int]) -> dict[int, int]:
    """Merchant → fen that it bears of `amount`, by its ppm; the platform, 0, bears what the merchants do not. The parts add up to the amount."""
    keys = sorted(shares)
    parts = split(amount, [PPM - sum(shares.values()), *(shares[key] for key in keys)])
    return {key: int(part) for key, part in zip((0, *keys), parts, strict=True) if part}


def still_given(given: int, subsidy: int, returned: int) -> int:
    """What of a line's `given` stands after `returned` fen of its whole `subsidy` went back, rounded half up."""
    return given - (2 * given * returned + subsidy) // (2 * subsidy) if subsidy else 0
