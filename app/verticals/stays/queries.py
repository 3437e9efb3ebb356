"""Reads of stays worth a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.core.periods import business_day
from app.extensions import db
from app.kernel.places.operations import Need, missing
from app.verticals.stays.models import DoorCode, Feed, Guest, House, PriceDay, PromotionRow, RoomType, SeasonRow, StayNight, StayOrder, Unit
from app.verticals.stays.rules import DayPrice, Promotion, Season, Tariff


def house_of(merchant_id: int | None) -> House | None:
    """The merchant's house, None before it has one."""
    if merchant_id is None:
        return None
    return db.session.scalars(select(House).where(House.merchant_id == merchant_id)).one_or_none()


def types_of(house_id: int) -> list[RoomType]:
    """The room types of a house with their rooms, in its order."""
    statement = select(RoomType).where(RoomType.house_id == house_id).options(selectinload(RoomType.units))
    return list(db.session.scalars(statement.order_by(RoomType.position, RoomType.id)))


def missing_before_opening(house: House) -> list[Need]:
    """What a house lacks before it can sell."""
    selling = select(RoomType.id).where(RoomType.house_id == house.id, RoomType.status == "on_sale").limit(1)
    rooms = select(Unit.id).where(Unit.house_id == house.id, Unit.active).limit(1)
    return missing((
        (house.address and (house.latitude or house.longitude), Need("address", _l("地址和位置"), "HousePage.index")),
        (house.phone, Need("phone", _l("电话"), "HousePage.index")),
        (db.session.scalars(selling).first(), Need("types", _l("在售的房型"), "RoomsPage.index")),
        (db.session.scalars(rooms).first(), Need("rooms", _l("可订的房间"), "RoomsPage.index")),
    ))


# ---- prices ----------------------------------------------------------------------------------------------------------

def tariffs_of(types: Sequence[RoomType], first: date, after: date) -> dict[int, Tariff]:
    """Room type → its prices for the nights from `first` up to but without `after`: three statements for any number of types."""
    keys, houses = [each.id for each in types], {each.house_id for each in types}
    seasons = _by_type(db.session.scalars(
        select(SeasonRow).where(SeasonRow.type_id.in_(keys), SeasonRow.last >= first, SeasonRow.first < after).order_by(SeasonRow.first)
    ))
    days: dict[int, dict[date, DayPrice]] = {key: {} for key in keys}
    for row in db.session.execute(
        select(PriceDay.type_id, PriceDay.day, PriceDay.price, PriceDay.least, PriceDay.closed)
        .where(PriceDay.type_id.in_(keys), PriceDay.day >= first, PriceDay.day < after)
    ):
        days[row.type_id][row.day] = DayPrice(row.price, row.least, row.closed)
    offers = list(db.session.scalars(
        select(PromotionRow).where(PromotionRow.house_id.in_(houses), PromotionRow.active, PromotionRow.last >= first, PromotionRow.first < after)
        .order_by(PromotionRow.id)
    ))
    return {each.id: _tariff(each, seasons.get(each.id, []), days[each.id], offers) for each in types}


def _by_type(rows: Iterable[SeasonRow]) -> dict[int, list[SeasonRow]]:
    found: dict[int, list[SeasonRow]] = {}
    for row in rows:
        found.setdefault(row.type_id, []).append(row)
    return found


def _tariff(room_type: RoomType, seasons: Sequence[SeasonRow], days: dict[date, DayPrice], offers: Sequence[PromotionRow]) -> Tariff:
    own = [each for each in offers if each.type_id == room_type.id or (each.type_id is None and each.house_id == room_type.house_id)]
    return Tariff(
        base=room_type.base, weekdays={int(day): price for day, price in room_type.weekdays.items()},
        seasons=[Season(each.name, each.first, each.last, each.price, each.ppm, each.least) for each in seasons], days=days,
        promotions=[Promotion(each.name, each.kind, each.ppm, each.first, each.last, each.days) for each in own],  # type: ignore[arg-type]
        steps=[(step["nights"], step["ppm"]) for step in room_type.steps], least=room_type.least, most=room_type.most,
    )


def seasons_of(type_ids: Iterable[int]) -> list[SeasonRow]:
    """The seasons of the room types, by beginning."""
    return list(db.session.scalars(select(SeasonRow).where(SeasonRow.type_id.in_(list(type_ids))).order_by(SeasonRow.first, SeasonRow.id)))


def promotions_of(house_id: int) -> list[PromotionRow]:
    """The promotions of a house, those that hold first."""
    statement = select(PromotionRow).where(PromotionRow.house_id == house_id)
    return list(db.session.scalars(statement.order_by(PromotionRow.active.desc(), PromotionRow.last.desc())))


# ---- stays -----------------------------------------------------------------------------------------------------------

def nights_of(order_id: int, *, live: bool = True) -> list[StayNight]:
    """The nights of a stay in order; those that were called off too, unless `live`."""
    statement = select(StayNight).where(StayNight.order_id == order_id)
    return list(db.session.scalars((statement.where(StayNight.gone_at.is_(None)) if live else statement).order_by(StayNight.day, StayNight.id)))


def orders_of_customer(customer_id: int, *, after: int | None, limit: int) -> list[StayOrder]:
    """The customer's stays with lines, newest first."""
    statement = select(StayOrder).where(StayOrder.customer_id == customer_id).options(selectinload(StayOrder.lines))
    if after is not None:
        statement = statement.where(StayOrder.id < after)
    return list(db.session.scalars(statement.order_by(StayOrder.id.desc()).limit(limit)))


def desk_of(house_id: int, now: datetime) -> dict[str, list[StayOrder]]:
    """What the desk has to do today: `arrivals` (and who did not come yesterday), `departures`, `in_house`, and stays `waiting` for an answer."""
    today = business_day(now)
    statement = select(StayOrder).where(StayOrder.house_id == house_id, StayOrder.status.in_(("waiting", "booked", "in_house")))
    statement = statement.where(or_(StayOrder.status != "booked", StayOrder.arrives <= today)).order_by(StayOrder.arrives, StayOrder.unit_name, StayOrder.id)
    found = list(db.session.scalars(statement.limit(400)))
    return {
        "waiting": [each for each in found if each.status == "waiting"],
        "arrivals": [each for each in found if each.status == "booked"],
        "departures": [each for each in found if each.status == "in_house" and each.leaves <= today],
        "in_house": [each for each in found if each.status == "in_house" and each.leaves > today],
    }


def guests_of(order_id: int) -> list[Guest]:
    """Who stays."""
    return list(db.session.scalars(select(Guest).where(Guest.order_id == order_id).order_by(Guest.id)))


def doors_of(order_id: int) -> list[DoorCode]:
    """The codes of a stay, newest first."""
    return list(db.session.scalars(select(DoorCode).where(DoorCode.order_id == order_id).order_by(DoorCode.id.desc())))


def feeds_of(unit_ids: Iterable[int]) -> list[Feed]:
    """The other channels' calendars of the rooms."""
    statement = select(Feed).where(Feed.unit_id.in_(list(unit_ids))).options(joinedload(Feed.unit)).order_by(Feed.unit_id, Feed.id)
    return list(db.session.scalars(statement))


def type_names(merchant_id: int) -> dict[int, str]:
    """What the merchant sells: room type id → name, in its order."""
    rows = db.session.execute(select(RoomType.id, RoomType.name).where(RoomType.merchant_id == merchant_id).order_by(RoomType.position, RoomType.id))
    return {row.id: row.name for row in rows}
