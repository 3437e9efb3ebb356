"""Compare a day's trade bill with our payments and refunds. Pure: lines and records in, pairs and differences out.

Passes: by kind and our number; by the channel's own number; what is left on either side. Amounts are never matched by likeness. Records from the
days around are offered as well, so that a movement that both sides date differently is a pair, not two breaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from flask_babel import lazy_gettext as _l

from app.core.money import Fen

Kind = Literal["payment", "refund"]
PAID, REFUNDED, REVOKED = "SUCCESS", "REFUND", "REVOKED"

BREAKS: dict[str, Any] = {
    "channel_only_payment": _l("渠道有、我们没有的收款"),
    "local_only_payment": _l("我们有、渠道没有的收款"),
    "channel_only_refund": _l("渠道有、我们没有的退款"),
    "local_only_refund": _l("我们有、渠道没有的退款"),
    "amount": _l("金额不同"),
    "status": _l("渠道成功、我们没有入账"),
    "fee": _l("手续费不同"),
    "coupon": _l("用了渠道代金券"),
    "duplicate": _l("账单里重复"),
    "unknown_kind": _l("不认识的交易状态"),
}
RESOLUTIONS: dict[str, Any] = {
    "unidentified": _l("转不明来款，等人认领"),
    "loss": _l("平台承担损失"),
    "explained": _l("已查明，不用调账"),
    "matched": _l("另一方后来也有了"),
}


@dataclass(frozen=True)
class Line:
    """A line of the trade bill: where it stands (the first line of data is 2), whose number, and what it says in fen."""

    row: int
    kind: Kind | None
    number: str
    channel_number: str
    amount: Fen
    fee: Decimal
    coupon: Fen
    state: str


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


@dataclass(frozen=True)
class Pair:
    """A line and our record of it. `how` is number, channel_number, or window (another day than the bill's)."""

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


def bill_lines(rows: Sequence[Mapping[str, str]]) -> list[Line]:
    """The rows of a trade bill that `check_trade_bill` has accepted."""
    return [_line(row, place) for place, row in enumerate(rows, start=2)]


def _line(row: Mapping[str, str], place: int) -> Line:
    state = row["交易状态"]
    kind: Kind | None = {PAID: "payment", REVOKED: "payment", REFUNDED: "refund"}.get(state)  # type: ignore[assignment]
    refund = kind == "refund"
    return Line(
        row=place, kind=kind, state=row.get("退款状态", "") if refund else state,
        number=row.get("商户退款单号", "") if refund else row["商户订单号"],
        channel_number=row.get("微信退款单号", "") if refund else row["微信订单号"],
        amount=_fen(row.get("申请退款金额") or row.get("退款金额", "0") if refund else row["订单金额"]),
        fee=abs(Decimal(row["手续费"])), coupon=_fen(row.get("代金券金额") or "0"),
    )


def _fen(yuan: str) -> Fen:
    return Fen(int(Decimal(yuan) * 100))


def compare(lines: Iterable[Line], ours: Iterable[Ours], day: date, fee_ppm: int) -> Comparison:
    """Pairs and differences of one day. Each line and each record is used at most once; the order of either does not matter."""
    records = list(ours)
    by_number = {(each.kind, each.number): each for each in records}
    by_channel = {(each.kind, each.channel_number): each for each in records if each.channel_number}
    pairs: list[Pair] = []
    differences: list[Difference] = []
    used: set[tuple[str, int]] = set()
    for line in sorted(lines, key=lambda each: (each.state == REVOKED, each.row)):
        if line.kind is None:
            differences.append(Difference("unknown_kind", line, None, Fen(0)))
            continue
        found = by_number.get((line.kind, line.number))
        how = "number"
        if found is None:
            found, how = by_channel.get((line.kind, line.channel_number)), "channel_number"
        if found is None:
            differences.append(_only_theirs(line))
        elif (found.kind, found.key) in used:
            differences.append(Difference("duplicate", line, found, Fen(0) if line.state == REVOKED else _signed(line.kind, line.amount)))
        else:
            used.add((found.kind, found.key))
            differences += _differing(line, found, fee_ppm)
            if found.amount == line.amount and (found.booked or _underway(line, found)):
                pairs.append(Pair(line, found, how if found.day in {day, None} else "window"))
    differences += [
        Difference(f"local_only_{each.kind}", None, each, Fen(-_signed(each.kind, each.amount)))
        for each in sorted(records, key=lambda each: (each.kind, each.key)) if each.booked and each.day == day and (each.kind, each.key) not in used
    ]
    return Comparison(tuple(pairs), tuple(differences))


def _only_theirs(line: Line) -> Difference:
    if line.state == REVOKED:
        return Difference("unknown_kind", line, None, Fen(0))
    return Difference(f"channel_only_{line.kind}", line, None, _signed(line.kind or "payment", line.amount))


def _differing(line: Line, ours: Ours, fee_ppm: int) -> list[Difference]:
    """What a line says otherwise than our record."""
    if not ours.booked and not (_underway(line, ours) and ours.amount == line.amount):
        return [Difference("status", line, ours, _signed(ours.kind, line.amount))]
    found = []
    if line.amount != ours.amount:
        found.append(Difference("amount", line, ours, Fen(_signed(ours.kind, line.amount) - _signed(ours.kind, ours.amount))))
    if abs(line.fee * 100 - fee_of(line.amount, fee_ppm)) > 1:
        found.append(Difference("fee", line, ours, Fen(0)))
    if line.coupon:
        found.append(Difference("coupon", line, ours, Fen(0)))
    return found


def _underway(line: Line, ours: Ours) -> bool:
    """A refund that neither side calls finished: a bill never says more of it, so it is a pair."""
    return ours.kind == "refund" and not ours.booked and line.state != PAID


def fee_of(amount: int, fee_ppm: int) -> int:
    """The channel's fee on an amount, in fen, rounded half up."""
    return int((Decimal(amount) * fee_ppm / 1_000_000).quantize(Decimal(1), ROUND_HALF_UP))


def _signed(kind: str, amount: int) -> Fen:
    """Into clearing for a payment, out of it for a refund."""
    return Fen(amount if kind == "payment" else -amount)


def resolution_for(effect: int) -> str:
    """Where the money of a settled break goes: nowhere when there is none, to a person's desk when we have too much, to our cost when too little."""
    if effect == 0:
        return "explained"
    return "unidentified" if effect > 0 else "loss"
