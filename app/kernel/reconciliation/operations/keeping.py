"""Keep what a comparison found: pairs that are not plain, new breaks in suspense, breaks that are none any more closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor, system
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import lock
from app.framework.flow import move
from app.kernel.audit.operations import append
from app.kernel.ledger.operations import post, post_all
from app.kernel.ledger.postings.reconciliation import break_opened, payout_by_channel
from app.kernel.reconciliation.models import UNSETTLED, ReconBreak, ReconDay, ReconPair
from app.kernel.reconciliation.rules.fund import FundComparison, FundDifference
from app.kernel.reconciliation.rules.shares import ShareDifference
from app.kernel.reconciliation.rules.trade import Comparison, Difference, Line, Ours, Pair, fee_of
from app.kernel.reconciliation.rules.words import due_days

SYSTEM = system("reconciliation")
SLICE = 5_000


@dataclass(frozen=True)
class Found:
    """What all passes over a day found. `odd_lines` counts the lines of the trade bill that were no plain pair."""

    trade: Comparison
    funds: FundComparison
    odd_lines: int
    shares: list[ShareDifference]


def keep(record: ReconDay, found: Found, *, actor: Actor, now: datetime) -> None:
    """Pairs and breaks of the day are those that were found; what one day has solved of another is closed there."""
    _keep_pairs(record, found, now)
    _keep_breaks(record, _wanted(record, found), actor=actor, now=now)
    for other in _solved(record, found):
        day = lock(ReconDay, move(other, "match", actor=SYSTEM, now=now).day_id)
        settle_day(day, now=now)


def _keep_pairs(record: ReconDay, found: Found, now: datetime) -> None:
    rows: list[dict[str, Any]] = [_pair(record, each) for each in found.trade.pairs]
    for each in found.funds.pairs:
        payout = each.payout
        rows.append({
            "day_id": record.id, "bill_id": record.fund_bill_id, "row": each.movement.row, "kind": "payout" if payout else "fund",
            "record_id": payout.key if payout else None, "amount": payout.amount if payout else each.movement.amount, "how": each.how,
        })
        if payout:
            post(payout_by_channel(payout=payout.number, amount=payout.amount, moved_at=each.movement.at or now), now)
    for start in range(0, len(rows), SLICE):
        db.session.execute(insert(ReconPair).values(rows[start:start + SLICE]).on_conflict_do_nothing())


def _pair(record: ReconDay, pair: Pair) -> dict[str, Any]:
    return {
        "day_id": record.id, "bill_id": record.bill_id, "row": pair.line.row, "kind": pair.ours.kind, "record_id": pair.ours.key,
        "amount": pair.ours.amount, "how": pair.how,
    }


def _wanted(record: ReconDay, found: Found) -> dict[str, dict[str, Any]]:
    """The breaks that the day has, by number: the day, the account, where each was seen, and its kind, whenever the day is compared."""
    breaks = [
        *(_of_trade(record, each) for each in found.trade.differences), *(_of_funds(record, each) for each in found.funds.differences),
        *(_of_share(record, each) for each in found.shares),
    ]
    start = f"{record.day:%Y%m%d}-{record.account_number[-4:]}-"
    return {f"{start}{place}-{values['kind']}": values for place, values in breaks}


def _of_trade(record: ReconDay, difference: Difference) -> tuple[str, dict[str, Any]]:
    line, ours = difference.line, difference.ours
    return f"L{line.row}" if line else _place_of(ours), {
        "kind": difference.kind, "bill_id": record.bill_id if line else None, "row": line.row if line else None,
        "our_number": ours.number if ours else line.number if line else "",
        "channel_number": (line.channel_number if line else ours and ours.channel_number) or "",
        "record_kind": ours.kind if ours else "", "record_id": ours.key if ours else None, "effect": difference.effect,
        **_both(record, difference.kind, line, ours), "theirs_at": line.at if line else None, "ours_at": ours.at if ours else None,
    }


def _both(record: ReconDay, kind: str, line: Line | None, ours: Ours | None) -> dict[str, int | None]:
    """The amounts of both sides; of a fee, what the channel took and what the contract says."""
    if kind == "fee" and line:
        return {"theirs": round(line.fee / 1_000), "ours": fee_of(line.amount, record.fee_ppm)}
    return {"theirs": line.amount if line else None, "ours": ours.amount if ours and ours.booked else None}


def _place_of(ours: Ours | None) -> str:
    return f"{ours.kind[0].upper()}{ours.key}" if ours else ""


def _of_funds(record: ReconDay, difference: FundDifference) -> tuple[str, dict[str, Any]]:
    movement, line, payout, ours = difference.movement, difference.line, difference.payout, difference.ours
    place = f"F{movement.row}" if movement else f"T{line.row}" if line else f"O{payout.key}" if payout else "F"
    record_of = (ours.kind, ours.key) if ours else ("payout", payout.key) if payout else (line.kind, None) if line else ("", None)
    told = line.settled if line else payout.amount if payout else ours.amount if ours else None
    if difference.kind == "fee":
        told = round(line.fee / 1_000) if line else None
    seen = movement or line
    return place, {
        "kind": difference.kind, "source": difference.source, "movement": movement.kind if movement else "",
        "bill_id": record.fund_bill_id if movement else record.bill_id if line else None, "row": seen.row if seen else None,
        "our_number": (payout and payout.number) or (line and line.number) or (movement and movement.number) or (ours.number if ours else ""),
        "channel_number": seen.channel_number if seen else "", "record_kind": record_of[0], "record_id": record_of[1],
        "theirs": abs(movement.amount) if movement else difference.effect or None, "ours": told, "effect": difference.effect,
        "theirs_at": movement.at if movement else None, "ours_at": (ours or payout or line or movement).at if ours or payout or line else None,  # type: ignore[union-attr]
    }


def _of_share(record: ReconDay, difference: ShareDifference) -> tuple[str, dict[str, Any]]:
    line, ours = difference.line, difference.ours
    return f"S{line.row}" if line else f"H{ours.number if ours else ''}", {
        "kind": "share", "bill_id": record.sharing_bill_id if line else None, "row": line.row if line else None,
        "our_number": line.number if line else ours.number if ours else "",
        "channel_number": line.channel_number if line else ours.channel_number if ours else "",
        "theirs": line.amount if line else 0, "ours": ours.amount if ours else 0, "effect": 0, "theirs_at": line.at if line else None,
        "ours_at": ours.at if ours else None,
    }


def _keep_breaks(record: ReconDay, wanted: dict[str, dict[str, Any]], *, actor: Actor, now: datetime) -> None:
    known = {each.number: each for each in db.session.scalars(select(ReconBreak).where(ReconBreak.day_id == record.id))}
    today = business_day(now)
    opened = [
        ReconBreak(number=number, day_id=record.id, due_on=today + timedelta(days=due_days(values["kind"])), **values)
        for number, values in wanted.items() if number not in known
    ]
    db.session.add_all(opened)
    db.session.flush()
    post_all((
        break_opened(number=each.posting_key, source=each.source_account(record), effect=each.effect, found_at=now) for each in opened if each.effect
    ), now)
    for each in opened:
        append("recon_break.found", each, actor=actor, now=now, changes={"effect": [None, each.effect]})
    for number, kept in known.items():
        if number not in wanted and kept.status in UNSETTLED:
            move(kept, "match", actor=SYSTEM, now=now)
        elif number in wanted and kept.resolution == "matched":
            for name, value in wanted[number].items():
                setattr(kept, name, value)
            move(kept, "reappear", actor=SYSTEM, now=now)


def _solved(record: ReconDay, found: Found) -> list[ReconBreak]:
    """Breaks of other days that this day's lines explain: a record that had no line there, a line whose money had not moved there."""
    late = [each.ours for each in found.trade.pairs if each.how in {"window", "people"}]
    moved = [each.movement for each in found.funds.pairs if each.how == "window"]
    others = select(ReconBreak).where(ReconBreak.day_id != record.id, ReconBreak.status.in_(UNSETTLED))
    missing = [
        others.where(ReconBreak.record_kind == each.kind, ReconBreak.record_id == each.key, ReconBreak.row.is_(None)) for each in late
    ]
    waiting = [others.where(ReconBreak.kind == "timing", ReconBreak.channel_number == each.channel_number) for each in moved]
    return _sorted(each for statement in (*missing, *waiting) for each in db.session.scalars(statement))


def _sorted(breaks: Iterable[ReconBreak]) -> list[ReconBreak]:
    return sorted(set(breaks), key=lambda each: each.id)


def settle_day(record: ReconDay, *, now: datetime) -> None:
    """A day without unsettled breaks is even; one that has some again is not."""
    db.session.flush()
    unsettled = db.session.scalar(
        select(func.count()).select_from(ReconBreak).where(ReconBreak.day_id == record.id, ReconBreak.status.in_(UNSETTLED))
    )
    wanted = {"open": "settle", "even": "reopen"}.get(record.status)
    if wanted and (record.status == "open") != bool(unsettled):
        move(record, wanted, actor=SYSTEM, now=now)
