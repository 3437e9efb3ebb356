"""Find a house for some nights; read about it and its rooms; the calendar of a room for other channels."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound
from app.extensions import db
from app.framework.database import elevated, get
from app.framework.json_api.cursors import BadCursor
from app.kernel.files.links import public_address
from app.kernel.places.rules import problem
from app.kernel.reviews.models import WHOLE, Score
from app.verticals.stays import schemas
from app.verticals.stays.api import api
from app.verticals.stays.models import House
from app.verticals.stays.models.houses import ladder_of
from app.verticals.stays.operations.calendars import calendar_of
from app.verticals.stays.rules import Night, Step
from app.verticals.stays.search import Asked, Offer, houses_near, offers_of


@api.get("/houses", summary=_l("找民宿酒店"), who="public", query=schemas.HouseQuery, response=schemas.HousePage, errors=(BadCursor, Invalid))
def list_houses(query: schemas.HouseQuery, actor: Actor, now: datetime) -> schemas.HousePage:
    """Houses with a free room for all nights and people, nearest first."""
    latitude, longitude = (float(part) for part in query.near.split(",")) if query.near else (0.0, 0.0)
    asked = _asked(query, actor, (latitude, longitude) if query.near else None, query.q.strip())
    with elevated():
        found, mark = houses_near(asked, after=query.after, limit=query.limit)
        offers = offers_of([row["id"] for row in found], asked, now=now)
    cards = [
        schemas.HouseCard(
            id=row["id"], name=row["name"], region=row["region"], address=row["address"], cover=public_address(row["cover"]), facilities=row["facilities"],
            metres=row["metres"], nights=(asked.leaves - asked.arrives).days if asked.arrives and asked.leaves else 1,
            price_from=min((each.total for each in offers[row["id"]] if not each.unavailable), default=None),
        )
        for row in found
    ]
    return schemas.HousePage(items=cards, next=mark)


@api.get("/houses/<int:house_id>", summary=_l("民宿详情"), who="public", query=schemas.StayQuery, response=schemas.HouseDetail, errors=(NotFound, Invalid))
def show_house(house_id: int, query: schemas.StayQuery, actor: Actor, now: datetime) -> schemas.HouseDetail:
    """The house, its rules, and its room types, with prices and free rooms for the dates."""
    house = get(House, house_id)
    asked = _asked(query, actor, None, "")
    with elevated():
        offers = offers_of([house.id], asked, now=now)[house.id]
        score = db.session.scalars(
            select(Score).where(Score.trade == "stays", Score.merchant_id == house.merchant_id, Score.subject_id == WHOLE)
        ).first()
    ladder = ladder_of(house.ladder)
    return schemas.HouseDetail(
        id=house.id, name=house.name, open=house.status == "open", intro=house.intro, phone=house.phone, region=house.region, address=house.address,
        cover=public_address(house.cover), latitude=house.latitude, longitude=house.longitude, arrive_from=house.arrive_from, leave_by=house.leave_by,
        house_rules=house.house_rules, facilities=house.facilities, deposit=house.deposit, deposit_ppm=house.deposit_ppm,
        steps=[step_out(step) for step in ladder.steps], no_show=step_out(ladder.no_show), early_leave_ppm=ladder.early_leave_ppm,
        stars=round(score.stars / score.reviews, 1) if score and score.reviews else None, reviews=score.reviews if score else 0,
        types=[_type_out(each) for each in offers],
    )


@api.get("/calendars/<string:code>.ics", summary=_l("房间日历（给其他渠道）"), who="public", media="text/calendar", errors=(NotFound,))
def show_calendar(code: str, actor: Actor, now: datetime) -> Response:
    """When the room behind the unguessable code is taken, as iCalendar; who has it is not said."""
    return Response(calendar_of(code, now=now), mimetype="text/calendar", headers={"Cache-Control": "no-cache"})


def _asked(query: schemas.HouseQuery | schemas.StayQuery, actor: Actor, place: tuple[float, float] | None, words: str) -> Asked:
    if (query.arrives is None) != (query.leaves is None) or (query.arrives and query.leaves and not 0 < (query.leaves - query.arrives).days <= 90):
        raise Invalid(errors=[problem("leaves", "range", _l("入住和离店日期要一起给，离店晚于入住，最多 90 晚"))])
    return Asked(place, words, query.arrives, query.leaves, query.people, actor.id if actor.kind == "customer" else None)


def _type_out(offer: Offer) -> schemas.RoomTypeOut:
    room = offer.room_type
    return schemas.RoomTypeOut(
        id=room.id, name=room.name, description=room.description, images=[address for key in room.images if (address := public_address(key))],
        video=room.video or None, facilities=room.facilities, people=room.people, beds=room.beds, area=room.area, least=offer.least, most=room.most,
        free=offer.free, unavailable=offer.unavailable, nights=[night_out(night) for night in offer.nights], total=offer.total,
    )


def step_out(step: Step) -> schemas.CancelStepOut:
    """A step in the API's words."""
    return schemas.CancelStepOut(hours=step.hours, of=step.of, ppm=step.ppm)


def night_out(night: Night) -> schemas.StayNightOut:
    """A night in the API's words."""
    return schemas.StayNightOut(
        day=night.day, price=night.price, because=night.because, season=night.word, promotion=night.promotion, promotion_name=night.promotion_name,
        long_stay=night.long_stay, member=night.member, payable=night.payable,
    )
