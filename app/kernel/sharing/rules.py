"""The arithmetic of sharing: what may be shared of a payment, in which requests, and what cannot. Pure; amounts in fen, rates in ppm.

The channel's rules: https://pay.weixin.qq.com/doc/v3/partner/4012690683
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.money import MILLION

MOST_CALLS = MOST_RECEIVERS = 50
USUAL_PPM = 300_000
FROZEN = timedelta(days=30)


@dataclass(frozen=True)
class Claim:
    """`amount` fen of a payment that belong to somebody else: the platform, or a merchant; `what` is the fee's word."""

    owner_kind: str
    owner_id: int
    amount: int
    what: str = "commission"

    @property
    def owner(self) -> tuple[str, int]:
        """Whose it is."""
        return self.owner_kind, self.owner_id


@dataclass(frozen=True)
class Limits:
    """What stands of a payment: paid, the channel's fee, refunds, net of returns what was shared, how many requests were made."""

    amount: int
    fee: int
    refunded: int
    shared: int
    calls: int
    most_ppm: int
    frozen_until: datetime


@dataclass(frozen=True)
class Part:
    """One receiver's part of a request."""

    claim: Claim
    account: str
    amount: int


@dataclass(frozen=True)
class Unshared:
    """What of a claim cannot be shared, and why: over (the freeze), receiver (none at the channel), cap, fee, calls."""

    claim: Claim
    amount: int
    why: str


@dataclass(frozen=True)
class Plan:
    """The requests to make, each with its parts, and what stays outside."""

    calls: tuple[tuple[Part, ...], ...]
    unshared: tuple[Unshared, ...]


def fee_of(amount: int, ppm: int) -> int:
    """The channel's fee for a payment: half up."""
    return (amount * ppm + MILLION // 2) // MILLION


def plan(claims: Sequence[Claim], accounts: Mapping[tuple[str, int], str], limits: Limits, now: datetime) -> Plan:
    """Give each claim as much as the rules leave room for, in the order of the claims; `accounts` are the receivers' numbers at the channel.

    One request is kept back for finishing. A claim that finds less room than it needs is shared in part, and the rest is named.
    """
    capped = limits.amount * limits.most_ppm // MILLION - limits.shared
    left = limits.amount - limits.fee - limits.refunded - limits.shared
    slots = max(MOST_CALLS - 1 - limits.calls, 0) * MOST_RECEIVERS
    parts: list[Part] = []
    unshared: list[Unshared] = []
    for claim in claims:
        if claim.amount <= 0:
            continue
        account = accounts.get(claim.owner, "")
        why = "over" if now >= limits.frozen_until else "receiver" if not account else "calls" if len(parts) >= slots else ""
        room = 0 if why else min(claim.amount, max(min(capped, left), 0))
        if room:
            parts.append(Part(claim, account, room))
        if room < claim.amount:
            unshared.append(Unshared(claim, claim.amount - room, why or ("cap" if capped <= left else "fee")))
        capped, left = capped - room, left - room
    calls = tuple(tuple(parts[start:start + MOST_RECEIVERS]) for start in range(0, len(parts), MOST_RECEIVERS))
    return Plan(calls, tuple(unshared))


def still_claimed(claims: Iterable[Claim], shared: Mapping[tuple[str, int], int]) -> list[Claim]:
    """What of each owner's claims was not shared yet; several claims of one owner are one."""
    wanted: dict[tuple[str, int], int] = {}
    words: dict[tuple[str, int], str] = {}
    for claim in claims:
        wanted[claim.owner] = wanted.get(claim.owner, 0) + claim.amount
        words.setdefault(claim.owner, claim.what)
    rest = {owner: amount - shared.get(owner, 0) for owner, amount in wanted.items()}
    return [Claim(*owner, amount, words[owner]) for owner, amount in rest.items() if amount > 0]


def excess(claims: Iterable[Claim], shared: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], int]:
    """What each owner has got beyond its claims: it has to come back before the refund that made the claims smaller."""
    wanted: dict[tuple[str, int], int] = {}
    for claim in claims:
        wanted[claim.owner] = wanted.get(claim.owner, 0) + claim.amount
    return {owner: amount - wanted.get(owner, 0) for owner, amount in shared.items() if amount > wanted.get(owner, 0)}


def take_back(amount: int, held: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """`amount` fen out of parts (key, fen that it still holds), the newest first; (key, fen) of each."""
    taken = []
    for key, fen in reversed(held):
        part = min(amount, fen)
        if part > 0:
            taken.append((key, part))
        amount -= part
    return taken


def days_left(frozen_until: datetime, now: datetime) -> int:
    """Whole days until the channel releases by itself, never below zero."""
    return max((frozen_until - now).days, 0)

