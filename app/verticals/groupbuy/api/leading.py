"""A leader's day in the mini-program: the point, what comes, counting, handing out, sharing, and what it earns. Of the own place alone."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.core.periods import business_day, day_start
from app.framework.database import elevated, get
from app.framework.flow import WrongState, move
from app.kernel.parties.queries import phone_tails
from app.verticals.groupbuy import leader_schemas as schemas
from app.verticals.groupbuy.api import api
from app.verticals.groupbuy.leader_queries import commission_by_order, commission_in_all, commission_ppm, day_of, rounds_coming
from app.verticals.groupbuy.models import GroupbuyOrder, Leader, Sheet
from app.verticals.groupbuy.models.people import LEADER_FLOW, LEVELS
from app.verticals.groupbuy.models.rounds import ROUND_FLOW
from app.verticals.groupbuy.operations.people import NotReady, set_up_leader
from app.verticals.groupbuy.operations.rounds import NotToBeCounted, check_in
from app.verticals.groupbuy.operations.serving import CodeLocked, WrongCode, closes_at, hand_over_by_code
from app.verticals.groupbuy.poster import address_of, code_png, poster_svg
from app.verticals.groupbuy.queries import (
    arrived_orders,
    communities,
    count_arrived,
    goods_on_sale,
    leader_of,
    missing_before_opening,
    sheets_to_check_in,
)
from app.verticals.groupbuy.rules import next_cutoff

DAY, SETTINGS = ("groupbuy.day", "index"), ("groupbuy.point", "edit")
SHARED = 5


@api.get("/leader", summary=_l("我的自提点"), who="member", right=DAY, response=schemas.OwnLeaderOut, errors=(NotFound,))
def show_own_place(actor: Actor, now: datetime) -> schemas.OwnLeaderOut:
    """One's own place as a leader, with what is missing before it can take orders."""
    return _own(_leader(actor), actor, now)


@api.post(
    "/leader", summary=_l("改自提点"), who="member", right=SETTINGS, request=schemas.LeaderSettingsIn, response=schemas.OwnLeaderOut,
    errors=(NotFound, Conflict, Invalid),
)
def set_up(body: schemas.LeaderSettingsIn, actor: Actor, now: datetime) -> schemas.OwnLeaderOut:
    """The community, the point, the hours, the notice, and whether the leader brings parcels home."""
    return _own(set_up_leader(_leader(actor), actor=actor, now=now, **body.model_dump()), actor, now)


@api.get("/leader/communities", summary=_l("能服务的小区"), who="member", right=SETTINGS, response=schemas.CommunityChoices)
def list_choices(actor: Actor, now: datetime) -> schemas.CommunityChoices:
    """Communities to choose from."""
    return schemas.CommunityChoices(items=[schemas.CommunityChoice(id=key, name=name) for key, name in communities().items()])


@api.post(
    "/leader/open", summary=_l("开始接单"), who="member", right=("groupbuy.leaders", "open"), response=schemas.OwnLeaderOut, idempotent=True,
    errors=(NotFound, WrongState, NotReady),
)
def open_place(actor: Actor, now: datetime) -> schemas.OwnLeaderOut:
    """Residents may order from here on."""
    return _own(move(_leader(actor), "open", actor=actor, now=now), actor, now)


@api.post(
    "/leader/pause", summary=_l("休息"), who="member", right=("groupbuy.leaders", "pause"), response=schemas.OwnLeaderOut, idempotent=True,
    errors=(NotFound, WrongState),
)
def pause_place(actor: Actor, now: datetime) -> schemas.OwnLeaderOut:
    """Nobody may order until it opens again."""
    return _own(move(_leader(actor), "pause", actor=actor, now=now), actor, now)


@api.get("/leader/code.png", summary=_l("团长码"), who="member", right=DAY, media="image/png", errors=(NotFound,))
def show_code(actor: Actor, now: datetime) -> Response:
    """The QR code of the leader's page."""
    return Response(code_png(_leader(actor)), mimetype="image/png", headers={"Cache-Control": "private, max-age=3600"})


@api.get("/leader/poster.svg", summary=_l("今天的海报"), who="member", right=DAY, media="image/svg+xml", errors=(NotFound,))
def show_poster(actor: Actor, now: datetime) -> Response:
    """The poster with today's goods, to save and send."""
    leader = _leader(actor)
    with elevated():
        goods, _mark = goods_on_sale(words="", category="", after=None, limit=SHARED)
    return Response(poster_svg(leader, goods), mimetype="image/svg+xml", headers={"Cache-Control": "no-store"})


@api.get("/leader/day", summary=_l("今天"), who="member", right=DAY, response=schemas.LeaderDayOut, errors=(NotFound,))
def show_day(actor: Actor, now: datetime) -> schemas.LeaderDayOut:
    """Today's figures, what comes, what is to be counted, and how much waits."""
    merchant_id, today = _leader(actor).merchant_id, business_day(now)
    day, (waiting, late) = day_of(merchant_id, today), count_arrived(merchant_id, day_start(today))
    return schemas.LeaderDayOut(
        day=today, orders=day.orders, paid=day.paid, commission=day.commission, pending=day.pending, available=day.available,
        rounds=[
            schemas.ComingOut(
                number=each.round.number, status=each.round.status, status_words=str(ROUND_FLOW.state(each.round.status).label),
                cutoff_at=each.round.cutoff_at, orders=each.orders, pieces=each.pieces, paid=each.paid,
                goods=[schemas.ComingGoodsOut(goods_id=key, title=title, spec=spec, pieces=pieces) for key, title, spec, pieces in each.goods],
            )
            for each in rounds_coming(merchant_id)
        ],
        sheets=[_picking(each) for each in sheets_to_check_in(merchant_id)], waiting=waiting, late=late,
    )


@api.post(
    "/leader/sheets/<int:sheet_id>/check-in", summary=_l("点货"), who="member", right=DAY, request=schemas.CheckInIn, response=schemas.PickingOut,
    idempotent=True, errors=(NotToBeCounted, Invalid),
)
def count_sheet(sheet_id: int, body: schemas.CheckInIn, actor: Actor, now: datetime) -> schemas.PickingOut:
    """The leader has counted what came. What is missing or broken is refunded at once; the rest waits to be collected. It cannot be counted again."""
    counts = {each.line_id: each.counted for each in body.lines}
    if len(counts) < len(body.lines):
        raise Invalid(errors=[{"field": "lines", "code": "repeated", "message": str(_l("同一行只能写一次"))}])
    return _picking(check_in(sheet_id, counts, actor=actor, now=now))


@api.get("/leader/parcels", summary=_l("等人来取的包裹"), who="member", right=DAY, query=schemas.ParcelQuery, response=schemas.ParcelPage, errors=(NotFound,))
def list_parcels(query: schemas.ParcelQuery, actor: Actor, now: datetime) -> schemas.ParcelPage:
    """Parcels by the end of a phone, a name, or a number; those that have waited longest first."""
    before = day_start(business_day(now)) if query.late else None
    found = arrived_orders(_leader(actor).merchant_id, words=query.q, before=before, after=query.after, most=query.limit + 1)
    more = found[query.limit - 1].id if len(found) > query.limit else None
    return schemas.ParcelPage(items=_parcels(found[: query.limit], now), next=more)


@api.post(
    "/leader/hand-over", summary=_l("凭取货码交货"), who="member", right=DAY, request=schemas.PickupIn, response=schemas.ParcelOut, idempotent=True,
    errors=(NotFound, WrongCode, CodeLocked, WrongState),
)
def hand_over(body: schemas.PickupIn, actor: Actor, now: datetime) -> schemas.ParcelOut:
    """Somebody shows a code: the parcel with it is handed out."""
    return _parcels([hand_over_by_code(_leader(actor).merchant_id, body.code, actor=actor, now=now)], now)[0]


@api.post(
    "/leader/parcels/<int:order_id>/hand-over", summary=_l("交这个包裹"), who="member", right=("groupbuy.orders", "hand_over"), request=schemas.PickupIn,
    response=schemas.ParcelOut, idempotent=True, errors=(WrongCode, CodeLocked, WrongState),
)
def hand_over_parcel(order_id: int, body: schemas.PickupIn, actor: Actor, now: datetime) -> schemas.ParcelOut:
    """The parcel that was found by phone or name is handed out to whoever shows its code; wrong codes are counted."""
    return _parcels([move(get(GroupbuyOrder, order_id), "hand_over", actor=actor, now=now, code=body.code)], now)[0]


@api.post(
    "/leader/parcels/<int:order_id>/deliver", summary=_l("已送到"), who="member", right=("groupbuy.orders", "deliver"), response=schemas.ParcelOut,
    idempotent=True, errors=(WrongState,),
)
def deliver_parcel(order_id: int, actor: Actor, now: datetime) -> schemas.ParcelOut:
    """The parcel was brought home."""
    return _parcels([move(get(GroupbuyOrder, order_id), "deliver", actor=actor, now=now)], now)[0]


@api.get(
    "/leader/commission", summary=_l("我的佣金"), who="member", right=DAY, query=schemas.CommissionQuery, response=schemas.CommissionPage, errors=(NotFound,),
)
def list_commission(query: schemas.CommissionQuery, actor: Actor, now: datetime) -> schemas.CommissionPage:
    """Order by order, and in all."""
    merchant_id = _leader(actor).merchant_id
    found = commission_by_order(merchant_id, after=query.after, limit=query.limit + 1)
    more = found[query.limit - 1].order_id if len(found) > query.limit else None
    return schemas.CommissionPage(
        totals=schemas.CommissionTotals.model_validate(commission_in_all(merchant_id)),
        items=[schemas.CommissionOut.model_validate(each) for each in found[: query.limit]],
        next=more,
    )


# ---- parts -----------------------------------------------------------------------------------------------------------

def _leader(actor: Actor) -> Leader:
    leader = leader_of(actor.merchant_id)
    if leader is None:
        raise NotFound
    return leader


def _own(leader: Leader, actor: Actor, now: datetime) -> schemas.OwnLeaderOut:
    zone = leader.community.zone if leader.community else None
    with elevated():
        missing, ppm = missing_before_opening(leader), commission_ppm(leader, now)
    return schemas.OwnLeaderOut(
        status=leader.status, status_words=str(LEADER_FLOW.state(leader.status).label), level=leader.level, level_words=str(LEVELS[leader.level]),
        commission_ppm=ppm, share_code=leader.share_code, address=address_of(leader), name=leader.name, phone=leader.phone,
        community_id=leader.community_id, community=leader.community.name if leader.community else "", point=leader.point, hours=leader.hours,
        notice=leader.notice, delivers=leader.delivers, cutoff_at=next_cutoff(zone.cutoff_minute, zone.days, now) if zone else None,
        missing=[schemas.NeedOut(name=each.name, label=str(each.label)) for each in missing],
        moves=[step.name for step in LEADER_FLOW.open_moves(leader, actor.roles)], version=leader.version,
    )


def _picking(sheet: Sheet) -> schemas.PickingOut:
    return schemas.PickingOut(
        id=sheet.id, number=sheet.number, round=sheet.round.number, pieces=sheet.pieces, counted_at=sheet.counted_at,
        lines=[
            schemas.SheetLineOut(
                id=line.id, title=line.title, spec=line.spec, quantity=line.quantity, expected=line.quantity if line.allotted is None else line.allotted,
                counted=line.counted, short=line.short,
            )
            for line in sheet.lines
        ],
    )


def _late(order: GroupbuyOrder, now: datetime) -> bool:
    return order.arrived_at is not None and business_day(order.arrived_at) < business_day(now)


def _parcels(orders: list[GroupbuyOrder], now: datetime) -> list[schemas.ParcelOut]:
    tails = phone_tails({each.customer_id for each in orders})
    return [
        schemas.ParcelOut(
            id=each.id, number=each.number, status=each.status, resident=each.customer_name, phone_tail=tails.get(each.customer_id, ""),
            service=each.service, address=each.address, phone=each.contact_phone, note=each.note, arrived_at=each.arrived_at, late=_late(each, now),
            closes_at=closes_at(each), lines=[
                schemas.ParcelLineOut(title=line.title, spec=line.spec, pieces=line.quantity - int(line.details.get("short", 0))) for line in each.lines
            ],
        )
        for each in orders
    ]
