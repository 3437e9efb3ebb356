"""Arithmetic of the ledger: who pays for a late refund, what of a release is kept back, what a clean list of entries is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.money import MILLION, Fen, Ppm, split
from app.kernel.ledger.values import AccountRef, Entry, Share


def waterfall(amount: int, sources: Sequence[AccountRef], held: Mapping[AccountRef, int], last: AccountRef) -> list[Share]:
    """Take `amount` fen from `sources` in their order as far as each holds, and what is still missing from `last`.

    `last` has no bottom (we advance it). Shares of zero are left out; the parts add up to `amount`.
    """
    shares = []
    missing = amount
    for account in sources:
        part = min(missing, max(held.get(account, 0), 0))
        if part:
            shares.append(Share(account, part))
        missing -= part
    if missing:
        shares.append(Share(last, missing))
    return shares


def release_parts(amount: int, reserve_ppm: Ppm) -> tuple[Fen, Fen]:
    """What becomes available and what is kept in reserve; the odd fen goes to the party: 7395 at 10 % → 6656, 739."""
    available, reserve = split(amount, [MILLION - reserve_ppm, reserve_ppm])
    return available, reserve


def merged(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """One entry per account in the order of first mention, entries that cancel out left out."""
    sums: dict[AccountRef, int] = {}
    for entry in entries:
        sums[entry.account] = sums.get(entry.account, 0) + entry.amount
    return tuple(Entry(account, amount) for account, amount in sums.items() if amount)


def imbalance(entries: Sequence[Entry]) -> dict[str, int]:
    """What each asset lacks to zero; empty when the entries balance."""
    sums: dict[str, int] = {}
    for entry in entries:
        sums[entry.account.asset] = sums.get(entry.account.asset, 0) + entry.amount
    return {asset: amount for asset, amount in sums.items() if amount}
