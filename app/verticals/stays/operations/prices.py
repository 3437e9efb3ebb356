"""Fill the price calendar: many nights of many room types at once, seasons, promotions. Amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.database import save
from app.kernel.audit.operations import append
from app.kernel.places.rules import problem
from app.verticals.stays.house_rules import DEAREST
from app.verticals.stays.models import House, PriceDay, PromotionRow, RoomType, SeasonRow
from app.verticals.stays.models.prices import PROMOTIONS

SPAN_AT_MOST = 550  # days that one change may reach over
OVERLAP = "23P01"  # exclusion_violation


class SeasonsOverlap(Refusal):
    """Another season of the room type has some of these nights."""

    code = "stays.seasons_overlap"
    status = 409
    sentence = _l("这段日期和已有的季节价重叠，先改或删原来的")


@dataclass(frozen=True)
class DayChange:
    """What nights shall be: None leaves a value as it is; `clear` forgets all that was said for them."""

    price: int | None = None
    least: int | None = None
    closed: bool | None = None
    clear: bool = False


def set_days(
    types: Sequence[RoomType], first: date, last: date, change: DayChange, *, weekdays: Iterable[int] = range(7), actor: Actor, now: datetime,
) -> int:
    """The nights from `first` to `last` that fall on `weekdays` (Monday is 0) are as `change` says, for each room type; return how many nights changed."""
    days = [day for day in _days(first, last) if day.weekday() in set(weekdays)]
    _check(change, days)
    if not types:
        raise NotFound
    for each in types:
        _write(each, days, change)
        said = {"price": change.price, "least": change.least, "closed": change.closed, "clear": change.clear or None}
        words = {name: [None, value] for name, value in said.items() if value is not None}
        append("stays_type.days_priced", each, actor=actor, now=now, changes={"nights": [None, f"{first} – {last}（{len(days)}）"], **words})
    db.session.flush()
    return len(days) * len(types)


def _write(room_type: RoomType, days: Sequence[date], change: DayChange) -> None:
    if change.clear:
        db.session.execute(delete(PriceDay).where(PriceDay.type_id == room_type.id, PriceDay.day.in_(days)))
        return
    given = {name: value for name, value in (("price", change.price), ("least", change.least), ("closed", change.closed)) if value is not None}
    rows = [
        {"type_id": room_type.id, "day": day, "merchant_id": room_type.merchant_id, "price": None, "least": 0, "closed": False, **given} for day in days
    ]
    statement = insert(PriceDay).values(rows)
    db.session.execute(statement.on_conflict_do_update(index_elements=["type_id", "day"], set_={name: statement.excluded[name] for name in given}))
    db.session.expire_all()


def _check(change: DayChange, days: Sequence[date]) -> None:
    errors = []
    if change.price is not None and not 1 <= change.price <= DEAREST:
        errors.append(problem("price", "range", _l("价格大于零")))
    if change.least is not None and not 0 <= change.least <= 90:
        errors.append(problem("least", "range", _l("最少住 1 到 90 晚，0 是照常")))
    if not days:
        errors.append(problem("first", "empty", _l("这段日期里没有要改的晚上")))
    if not change.clear and change.price is None and change.least is None and change.closed is None:
        errors.append(problem("price", "required", _l("填价格、最少晚数，或选开关")))
    if errors:
        raise Invalid(errors=errors)


def _days(first: date, last: date) -> list[date]:
    if not 0 <= (last - first).days <= SPAN_AT_MOST:
        raise Invalid(errors=[problem("last", "range", _l("结束日期不早于开始，最多跨 %(count)d 天", count=SPAN_AT_MOST))])
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def add_season(
    room_type: RoomType, *, name: str, first: date, last: date, price: int | None, ppm: int, least: int, actor: Actor, now: datetime,
) -> SeasonRow:
    """A season of the room type. Raises Invalid, SeasonsOverlap."""
    _days(first, last)
    errors = []
    if not 1 <= len(name.strip()) <= 20:
        errors.append(problem("name", "required", _l("填写名字，最多 %(count)d 个字", count=20)))
    if (price is None) == (ppm == 0) or not 1 <= (price or 1) <= DEAREST or not -900_000 <= ppm <= 9_000_000:
        errors.append(problem("price", "one_of_two", _l("填一口价，或者比平时涨跌的百分比，二选一")))
    if not 0 <= least <= 90:
        errors.append(problem("least", "range", _l("最少住 1 到 90 晚，0 是照常")))
    if errors:
        raise Invalid(errors=errors)
    try:
        with db.session.begin_nested():
            made = save(SeasonRow(
                merchant_id=room_type.merchant_id, type_id=room_type.id, name=name.strip(), first=first, last=last, price=price, ppm=ppm, least=least,
            ))
    except IntegrityError as refused:
        if getattr(refused.orig, "sqlstate", "") == OVERLAP:
            raise SeasonsOverlap(field="first") from refused
        raise
    append("stays_type.season_added", room_type, actor=actor, now=now, changes={"nights": [None, f"{made.name} {first} – {last}"]})
    return made


def remove_season(season: SeasonRow, room_type: RoomType, *, actor: Actor, now: datetime) -> None:
    """The season is gone; stays that were booked keep their prices."""
    append("stays_type.season_removed", room_type, actor=actor, now=now, changes={"nights": [f"{season.name} {season.first} – {season.last}", None]})
    db.session.delete(season)
    db.session.flush()


def add_promotion(
    house: House, *, name: str, kind: str, ppm: int, first: date, last: date, days: int, type_id: int | None, actor: Actor, now: datetime,
) -> PromotionRow:
    """A promotion of the house, or of one of its room types. Raises Invalid."""
    _days(first, last)
    errors = []
    if not 1 <= len(name.strip()) <= 20:
        errors.append(problem("promotion_name", "required", _l("填写名字，最多 %(count)d 个字", count=20)))
    if kind not in PROMOTIONS:
        errors.append(problem("kind", "choice", _l("选一种优惠")))
    if not 10_000 <= ppm <= 900_000:
        errors.append(problem("off", "range", _l("减 1 % 到 90 %")))
    if not 0 <= days <= 365:
        errors.append(problem("days", "range", _l("天数填 0 到 365")))
    if errors:
        raise Invalid(errors=errors)
    made = save(PromotionRow(
        merchant_id=house.merchant_id, house_id=house.id, type_id=type_id, name=name.strip(), kind=kind, ppm=ppm, first=first, last=last, days=days,
    ))
    append("stays_promotion.added", made, actor=actor, now=now)
    return made


def switch_promotion(promotion: PromotionRow, active: bool, *, actor: Actor, now: datetime) -> PromotionRow:
    """The promotion holds, or no longer does."""
    if promotion.active != active:
        promotion.active = active
        db.session.flush()
        append("stays_promotion.started" if active else "stays_promotion.stopped", promotion, actor=actor, now=now)
    return promotion
