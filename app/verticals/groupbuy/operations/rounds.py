"""Rounds: orders enter, the cut-off makes sheets, the warehouse receives and sends, leaders count; what is missing is refunded by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor, system
from app.core.errors import Invalid, NotFound, Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, get, lock
from app.framework.events import publish
from app.framework.flow import move
from app.framework.queue import enqueue
from app.kernel.aftersales.operations import refund_ruled
from app.kernel.audit.operations import append
from app.verticals.groupbuy.models import Community, Goods, GroupbuyOrder, Round, Sheet, SheetLine, Zone
from app.verticals.groupbuy.queries import orders_to_count
from app.verticals.groupbuy.rules import allotted, common_days, missing_by_line, next_cutoff, worth

CLOCK, ARRIVAL = system("clock"), system("arrival")

# What the orders of a round want: of each supplier for purchases, of each leader for picking.
_WANTED = text(
    """
    SELECT line.earner_id AS supplier_id, bought.merchant_id AS leader_id, line.subject_id AS goods_id, max(line.title) AS title, max(line.spec) AS spec,
           sum(line.quantity)::int AS quantity, sum((line.details ->> 'supply')::bigint * line.quantity)::bigint AS amount
    FROM groupbuy_order AS mine JOIN order_order AS bought ON bought.id = mine.id JOIN order_line AS line ON line.order_id = mine.id
    WHERE mine.round_id = :round GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """
)


class NotToBeCounted(Refusal):
    """The sheet is counted already, or its round is not there yet."""

    code = "groupbuy.not_to_be_counted"
    status = 409
    sentence = _l("这张单现在不能填：还没到这一步，或者已经点过数了")


def enter_round(order: GroupbuyOrder, *, now: datetime) -> Round:
    """The order is part of the next round of its zone on a day on which all its goods go; a round that has just closed passes it on. Runs elevated."""
    zone = get(Zone, get(Community, order.community_id).zone_id)
    keys = [line.subject_id for line in order.lines]
    days = common_days(zone.days, list(db.session.scalars(select(Goods.days).where(Goods.id.in_(keys))))) or set(zone.days)
    moment = now
    while True:
        cutoff = next_cutoff(zone.cutoff_minute, days, moment)
        if cutoff is None:
            raise NotFound(field="zone")
        found = _round_of(zone, cutoff, now)
        if found.status == "open" and found.cutoff_at > now:
            order.round_id = found.id
            return found
        moment = cutoff


def _round_of(zone: Zone, cutoff: datetime, now: datetime) -> Round:
    """The zone's round that closes on that day, made by whoever comes first, and held against closing until the transaction ends."""
    day = business_day(cutoff)
    made = db.session.execute(insert(Round).values(
        number=f"R{zone.id:03d}-{day:%Y%m%d}", zone_id=zone.id, day=day, cutoff_at=cutoff, status="open", created_at=now, updated_at=now, version=1,
    ).on_conflict_do_nothing(index_elements=["zone_id", "day"]).returning(Round.id)).scalar_one_or_none()
    if made is not None:
        enqueue("close_rounds", at=cutoff, key=f"round:{made}")
    statement = select(Round).where(Round.zone_id == zone.id, Round.day == day).with_for_update(read=True, of=Round)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def on_closed(found: Round, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of the cut-off: nothing enters any more, every order that waited is bought for, the sheets are made."""
    found.closed_at = now
    waiting = select(GroupbuyOrder.id).where(GroupbuyOrder.round_id == found.id, GroupbuyOrder.status == "waiting").order_by(GroupbuyOrder.id)
    for key in list(db.session.scalars(waiting)):
        order = lock(GroupbuyOrder, key)
        if order.status == "waiting" and order.round_id == found.id:
            move(order, "cut_off", actor=CLOCK, now=now)
    make_sheets(found, now=now)


def on_remade(found: Round, *, now: datetime, **_: Any) -> None:
    """Effect of making the sheets anew."""
    make_sheets(found, now=now)


def make_sheets(found: Round, *, now: datetime) -> list[Sheet]:
    """A purchase sheet for each supplier and a picking list for each leader, from the round's orders; those made before are replaced."""
    db.session.flush()
    with elevated():
        db.session.execute(delete(Sheet).where(Sheet.round_id == found.id))
        sheets: dict[tuple[str, int], Sheet] = {}
        lines: dict[tuple[str, int, int], SheetLine] = {}
        for row in db.session.execute(_WANTED, {"round": found.id}):
            for kind, owner, amount in (("purchase", row.supplier_id, row.amount), ("picking", row.leader_id, 0)):
                sheet = sheets.get((kind, owner)) or sheets.setdefault((kind, owner), Sheet(
                    round_id=found.id, kind=kind, merchant_id=owner, number=f"{found.number}-{'C' if kind == 'purchase' else 'F'}{owner}", pieces=0, amount=0,
                ))
                line = lines.get((kind, owner, row.goods_id))
                if line is None:
                    line = lines[kind, owner, row.goods_id] = SheetLine(
                        merchant_id=owner, goods_id=row.goods_id, title=row.title, spec=row.spec, quantity=0, amount=0,
                    )
                    sheet.lines.append(line)
                line.quantity += row.quantity
                line.amount += amount
                sheet.pieces += row.quantity
                sheet.amount += amount
        db.session.add_all(sheets.values())
        db.session.flush()
        for sheet in sheets.values():
            if sheet.kind == "purchase":
                publish("happened", act="groupbuy_sheet.made", record=sheet, reason="", actor=CLOCK, now=now)
    return list(sheets.values())


def count_received(sheet_id: int, counts: Mapping[int, int], *, actor: Actor, now: datetime) -> Sheet:
    """What came of a purchase, line by line (id → pieces), while the warehouse receives. Refuses NotToBeCounted; raises Invalid."""
    sheet = lock(Sheet, sheet_id)
    if sheet.kind != "purchase" or get(Round, sheet.round_id).status != "closed":
        raise NotToBeCounted
    _check(sheet, counts)
    before = {line.id: line.counted for line in sheet.lines}
    for line in sheet.lines:
        line.counted = counts.get(line.id, line.counted)
    changes = {line.title: [before[line.id], line.counted] for line in sheet.lines if line.counted != before[line.id]}
    if changes:
        append("groupbuy_sheet.received", sheet, actor=actor, now=now, changes=changes)
    return sheet


def on_received(found: Round, *, now: datetime, **_: Any) -> None:
    """Effect of receiving: what nobody counted came whole; what came is on the leaders' lists, short goods by their share."""
    sheets = list(db.session.scalars(select(Sheet).where(Sheet.round_id == found.id).order_by(Sheet.id)))
    came: dict[int, int] = {}
    for sheet in sheets:
        for line in sheet.lines if sheet.kind == "purchase" else ():
            line.counted = line.quantity if line.counted is None else line.counted
            came[line.goods_id] = came.get(line.goods_id, 0) + line.counted
    picks = [line for sheet in sheets if sheet.kind == "picking" for line in sheet.lines]
    for goods_id, pieces in came.items():
        shares = allotted(pieces, {line.id: line.quantity for line in picks if line.goods_id == goods_id})
        for line in picks:
            if line.goods_id == goods_id:
                line.allotted = shares[line.id]


def on_sent(found: Round, *, now: datetime, **_: Any) -> None:
    """Effect of sending: the orders are on their way, leaders have something to count."""
    found.sent_at = now
    with elevated():
        ordered = select(GroupbuyOrder.id).where(GroupbuyOrder.round_id == found.id, GroupbuyOrder.status == "ordered").order_by(GroupbuyOrder.id)
        for key in list(db.session.scalars(ordered)):
            if lock(GroupbuyOrder, key).status == "ordered":
                move(db.session.get_one(GroupbuyOrder, key), "send", actor=CLOCK, now=now)
        for sheet in db.session.scalars(select(Sheet).where(Sheet.round_id == found.id, Sheet.kind == "picking")):
            publish("happened", act="groupbuy_sheet.sent", record=sheet, reason="", actor=CLOCK, now=now)


def check_in(sheet_id: int, counts: Mapping[int, int], *, actor: Actor, now: datetime) -> Sheet:
    """The leader has counted what came (line → pieces; a line that is left out came as the warehouse allotted it).

    What is missing goes back to who ordered last, by the piece and to the fen; nobody is paid for it. The rest waits to be collected. With the last
    leader the round is over. Refuses NotToBeCounted; raises Invalid.
    """
    sheet = lock(Sheet, sheet_id)
    with elevated():
        found = lock(Round, sheet.round_id)
        if sheet.kind != "picking" or found.status != "sent" or sheet.counted_at is not None:
            raise NotToBeCounted
        _check(sheet, counts)
        for line in sheet.lines:
            line.counted = counts.get(line.id, line.quantity if line.allotted is None else line.allotted)
        sheet.counted_at, sheet.counted_by = now, actor.name[:80]
        short = {line.goods_id: line.short for line in sheet.lines if line.short}
        append("groupbuy_sheet.counted", sheet, actor=actor, now=now, changes={line.title: [line.quantity, line.counted] for line in sheet.lines if line.short})
        _arrive(sheet, short, now)
        if short:
            publish("happened", act="groupbuy_sheet.short", record=sheet, reason="", actor=actor, now=now)
        db.session.flush()
        left = select(Sheet.id).where(Sheet.round_id == found.id, Sheet.kind == "picking", Sheet.counted_at.is_(None)).limit(1)
        if db.session.scalars(left).first() is None:
            move(found, "finish", actor=CLOCK, now=now)
    return sheet


def _arrive(sheet: Sheet, short: Mapping[int, int], now: datetime) -> None:
    orders = orders_to_count(sheet.round_id, sheet.merchant_id)
    missing: dict[int, int] = {}
    for goods_id, pieces in short.items():
        lines = [(line.id, line.quantity) for order in reversed(orders) for line in order.lines if line.subject_id == goods_id]
        missing |= missing_by_line(pieces, lines)
    for order in orders:
        gone = {line: missing[line.id] for line in order.lines if line.id in missing}
        amounts = {line.id: worth(line.refundable, pieces, line.quantity) for line, pieces in gone.items() if line.refundable}
        for line, pieces in gone.items():
            line.details = {**line.details, "short": pieces}
        if any(amounts.values()):
            words = "、".join(f"{line.title} {pieces}" for line, pieces in gone.items())
            refund_ruled(
                order, {key: fen for key, fen in amounts.items() if fen}, reason=str(_l("到货短少：%(what)s 件", what=words))[:200], actor=ARRIVAL, now=now,
            )
        whole = all(missing.get(line.id) == line.quantity for line in order.lines)
        move(order, "run_short" if whole else "arrive", actor=CLOCK, now=now)


def _check(sheet: Sheet, counts: Mapping[int, int]) -> None:
    lines = {line.id: line for line in sheet.lines}
    errors = [
        {"field": f"line-{key}", "code": "range", "message": str(_l("“%(title)s”填 0 到 %(most)d", title=lines[key].title, most=lines[key].quantity))}
        if key in lines else {"field": "lines", "code": "unknown", "message": str(_l("这一行不在单上"))}
        for key, pieces in counts.items() if key not in lines or not 0 <= pieces <= lines[key].quantity
    ]
    if errors:
        raise Invalid(errors=errors)


