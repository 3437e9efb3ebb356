"""Reads of group buying worth a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, bindparam, func, or_, select, text
from sqlalchemy.orm import joinedload, selectinload

from app.extensions import db
from app.framework.json_api.cursors import cursor_of, mark_of
from app.framework.manifest import Dealable
from app.kernel.listings.search import Question, search
from app.kernel.parties.queries import phone_tails
from app.kernel.places.operations import Need, missing
from app.kernel.training.queries import has_passed
from app.verticals.groupbuy.models import Community, Goods, GroupbuyOrder, Leader, Round, Sheet, Supplier

TRADE, KIND = "groupbuy", "groupbuy.goods"
DEALABLE_AT_MOST = 500

_NEAR = text(
    """
    SELECT place.id, place.name, place.address, place.metres FROM (
        SELECT c.id, c.name, c.address, round(2 * 6371000 * asin(least(1, sqrt(power(sin(radians(c.latitude - :latitude) / 2), 2)
            + cos(radians(:latitude)) * cos(radians(c.latitude)) * power(sin(radians(c.longitude - :longitude) / 2), 2)))))::bigint AS metres
        FROM groupbuy_community AS c WHERE c.active AND EXISTS (SELECT 1 FROM groupbuy_leader AS l WHERE l.community_id = c.id AND l.status = 'open')
    ) AS place ORDER BY place.metres, place.id LIMIT :most
    """
)


# ---- people ----------------------------------------------------------------------------------------------------------

def leader_of(merchant_id: int | None) -> Leader | None:
    """The merchant's place as a leader."""
    return db.session.scalars(select(Leader).where(Leader.merchant_id == merchant_id)).one_or_none() if merchant_id else None


_WITH_CODE = select(Leader).where(Leader.share_code == bindparam("code")).options(joinedload(Leader.community).joinedload(Community.zone))


def leader_with_code(code: str) -> Leader | None:
    """The leader to whom a share code leads, with community and zone."""
    return db.session.scalars(_WITH_CODE, {"code": code.strip().upper()[:12]}).one_or_none()


def is_supplier(merchant_id: int | None) -> bool:
    """True for merchants that were admitted to supply goods."""
    return db.session.scalars(select(Supplier.id).where(Supplier.merchant_id == merchant_id)).first() is not None


def missing_before_opening(leader: Leader) -> list[Need]:
    """What a leader lacks before it can take orders."""
    return missing((
        (leader.community_id, Need("community", _l("服务的小区"), "PointPage.index")),
        (leader.point, Need("point", _l("自提点"), "PointPage.index")),
        (has_passed(leader.merchant_id, TRADE, "leader"), Need("training", _l("培训和考试"), "TrainingPage.index")),
    ))


def communities_near(latitude: float, longitude: float, *, most: int) -> list[dict[str, Any]]:
    """Communities with a leader who takes orders, the nearest first: id, name, address, metres."""
    return [dict(row) for row in db.session.execute(_NEAR, {"latitude": latitude, "longitude": longitude, "most": most}).mappings()]


def leaders_in(community_id: int) -> Sequence[Leader]:
    """Leaders of the community who take orders."""
    return db.session.scalars(select(Leader).where(Leader.community_id == community_id, Leader.status == "open").order_by(Leader.id)).all()


def communities() -> dict[int, str]:
    """Active communities by id, for a choice."""
    return dict(db.session.execute(select(Community.id, Community.name).where(Community.active).order_by(Community.name)).tuples().all())


# ---- goods -----------------------------------------------------------------------------------------------------------

def goods_on_sale(*, words: str, category: str, after: str | None, limit: int) -> tuple[list[Goods], str | None]:
    """Goods on sale and the mark of the next page: best match first for words, else newest first. Refuses BadCursor."""
    if words:
        found, mark = search(Question(words, trade=TRADE, kind=KIND), after=after, limit=limit)
        keys = [row["subject_id"] for row in found]
        goods = {each.id: each for each in db.session.scalars(select(Goods).where(Goods.id.in_(keys), Goods.status == "on_sale"))}
        return [goods[key] for key in keys if key in goods and category in ("", goods[key].category)], mark
    statement = select(Goods).where(Goods.status == "on_sale")
    if category:
        statement = statement.where(Goods.category == category)
    if after:
        statement = statement.where(Goods.id < cursor_of(after)[1])
    rows = list(db.session.scalars(statement.order_by(Goods.id.desc()).limit(limit + 1)))
    return rows[:limit], mark_of(0, rows[limit - 1].id) if len(rows) > limit else None


def goods_names(merchant_id: int) -> dict[int, str]:
    """What the supplier brings: id → name."""
    rows = db.session.scalars(select(Goods).where(Goods.merchant_id == merchant_id).order_by(Goods.title, Goods.id))
    return {goods.id: goods.label for goods in rows}


def dealable_goods(merchant_id: int | None) -> Mapping[int, Dealable]:
    """Goods on sale that may be in a seckill or a group price. They are the platform's own to price: a merchant has none."""
    if merchant_id is not None:
        return {}
    rows = db.session.scalars(select(Goods).where(Goods.status == "on_sale").order_by(Goods.title, Goods.id).limit(DEALABLE_AT_MOST))
    return {goods.id: Dealable(goods.merchant_id, goods.label, goods.sale_price) for goods in rows}


# ---- orders ----------------------------------------------------------------------------------------------------------

_WHOLE = (joinedload(GroupbuyOrder.leader), joinedload(GroupbuyOrder.round), selectinload(GroupbuyOrder.lines))
_OF_CUSTOMER = select(GroupbuyOrder).where(GroupbuyOrder.customer_id == bindparam("customer")).options(*_WHOLE)
_NEWEST = _OF_CUSTOMER.order_by(GroupbuyOrder.id.desc()).limit(bindparam("most"))
_BEFORE = _NEWEST.where(GroupbuyOrder.id < bindparam("after"))
_ONE = _OF_CUSTOMER.where(GroupbuyOrder.id == bindparam("key"))


def orders_of_customer(customer_id: int, *, after: int | None, limit: int) -> list[GroupbuyOrder]:
    """The customer's orders with leader, round, and lines, newest first, before the order `after`."""
    values = {"customer": customer_id, "most": limit}
    return list(db.session.scalars(_BEFORE, {**values, "after": after}) if after else db.session.scalars(_NEWEST, values))


def order_of_customer(order_id: int, customer_id: int) -> GroupbuyOrder | None:
    """The customer's order with leader, round, and lines."""
    return db.session.scalars(_ONE, {"key": order_id, "customer": customer_id}).one_or_none()


def orders_to_count(round_id: int, merchant_id: int) -> list[GroupbuyOrder]:
    """Orders of the leader in the round that are on their way, the oldest first, locked."""
    statement = select(GroupbuyOrder).where(
        GroupbuyOrder.round_id == round_id, GroupbuyOrder.merchant_id == merchant_id, GroupbuyOrder.status == "sent",
    )
    return list(db.session.scalars(statement.order_by(GroupbuyOrder.id).with_for_update().options(selectinload(GroupbuyOrder.lines))))


def arrived_with_code(merchant_id: int, code: str) -> GroupbuyOrder | None:
    """The leader's parcel with that code that waits to be collected."""
    statement = select(GroupbuyOrder).where(
        GroupbuyOrder.merchant_id == merchant_id, GroupbuyOrder.code == code, GroupbuyOrder.status == "arrived",
    )
    return db.session.scalars(statement.order_by(GroupbuyOrder.id)).first()


def arrived_orders(
    merchant_id: int, *, words: str = "", before: datetime | None = None, after: int | None = None, most: int = 100,
) -> list[GroupbuyOrder]:
    """The leader's parcels that wait, the oldest first, with their lines; with `words` those of a name, of a number, or of a phone that ends so. Only those
    that came before that moment, and after the order `after` in this order, where said."""
    statement = select(GroupbuyOrder).where(GroupbuyOrder.merchant_id == merchant_id, GroupbuyOrder.status == "arrived")
    if before:
        statement = statement.where(GroupbuyOrder.arrived_at < before)
    if after:
        came = select(GroupbuyOrder.arrived_at).where(GroupbuyOrder.id == after).scalar_subquery()
        statement = statement.where(or_(GroupbuyOrder.arrived_at > came, and_(GroupbuyOrder.arrived_at == came, GroupbuyOrder.id > after)))
    if words:
        found = GroupbuyOrder.customer_name.icontains(words, autoescape=True) | (GroupbuyOrder.number == words.upper())
        if len(words) == 4 and words.isascii() and words.isdecimal():
            here = db.session.scalars(select(GroupbuyOrder.customer_id).where(GroupbuyOrder.merchant_id == merchant_id, GroupbuyOrder.status == "arrived"))
            residents = [key for key, tail in phone_tails(here).items() if tail == words]
            found |= GroupbuyOrder.contact_phone.endswith(words) | GroupbuyOrder.customer_id.in_(residents)
        statement = statement.where(found)
    return list(db.session.scalars(statement.order_by(GroupbuyOrder.arrived_at, GroupbuyOrder.id).limit(most).options(selectinload(GroupbuyOrder.lines))))


def count_arrived(merchant_id: int, before: datetime) -> tuple[int, int]:
    """How many of the leader's parcels wait, and how many of them came before that moment."""
    late = func.count().filter(GroupbuyOrder.arrived_at < before)
    row = db.session.execute(select(func.count(), late).where(GroupbuyOrder.merchant_id == merchant_id, GroupbuyOrder.status == "arrived")).one()
    return int(row[0]), int(row[1])


# ---- rounds ----------------------------------------------------------------------------------------------------------

def sheets_of(round_id: int, kind: str = "") -> Sequence[Sheet]:
    """The round's sheets with their lines and whose they are."""
    statement = select(Sheet).where(Sheet.round_id == round_id).order_by(Sheet.kind, Sheet.merchant_id)
    if kind:
        statement = statement.where(Sheet.kind == kind)
    return db.session.scalars(statement.options(selectinload(Sheet.lines), joinedload(Sheet.merchant))).all()


def sheets_to_check_in(merchant_id: int) -> Sequence[Sheet]:
    """What is on its way to the leader and not counted yet."""
    statement = (
        select(Sheet).join(Round, Round.id == Sheet.round_id)
        .where(Sheet.merchant_id == merchant_id, Sheet.kind == "picking", Sheet.counted_at.is_(None), Round.status == "sent")
        .order_by(Sheet.id).options(selectinload(Sheet.lines), joinedload(Sheet.round))
    )
    return db.session.scalars(statement).all()


def rounds_in(*statuses: str) -> Sequence[Round]:
    """Rounds in these states, the oldest first."""
    statement = select(Round).where(Round.status.in_(statuses)).order_by(Round.cutoff_at, Round.id).options(joinedload(Round.zone))
    return db.session.scalars(statement).all()
