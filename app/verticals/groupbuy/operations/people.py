"""Leaders and suppliers: made on admission, set up by themselves, raised in level by staff; zones and communities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Invalid, Refusal
from app.core.identifiers import random_code
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.approvals.models import Application
from app.kernel.audit.operations import append, differences
from app.kernel.parties.models import Merchant
from app.kernel.places.operations import cleaned, refuse_missing, set_up, take_off_expired
from app.kernel.places.rules import Problem, long_problems, problem
from app.verticals.groupbuy.models import Community, Goods, Leader, Supplier, Zone
from app.verticals.groupbuy.models.people import LEVELS
from app.verticals.groupbuy.queries import leader_of, missing_before_opening

TRADE = "groupbuy"
SUPPLIER = "supplier"
CLOCK = system("clock")
LENGTHS = {"name": 40, "phone": 20, "point": 120, "hours": 60, "notice": 200}
SETTINGS = frozenset({*LENGTHS, "community_id", "delivers"})


class NotReady(Refusal):
    """Residents could not find the leader, or it has not been trained."""

    code = "groupbuy.not_ready"
    status = 409
    sentence = _l("开始接单前还差：%(what)s")


def on_merchant_admitted(*, merchant: Merchant, trade: str, actor: Actor, now: datetime, application: Application | None = None) -> None:
    """Handler of `merchant_admitted`: a leader has its place in preparation, a supplier may bring goods; which one its application says."""
    if trade != TRADE:
        return
    if application is not None and application.category == SUPPLIER:
        make_supplier(merchant, actor=actor, now=now)
    else:
        make_leader(merchant, phone=application.contact_phone if application else merchant.contact_phone, actor=actor, now=now)


def on_document_expired(*, merchant: Merchant, document: Any, now: datetime, **_: Any) -> None:
    """Handler of `document_expired`: without valid papers a leader takes no orders, and nothing of a supplier's is sold until it puts it back."""
    if document.trade != TRADE:
        return
    with elevated():
        take_off_expired(leader_of(merchant.id), document, now=now)
        for goods in db.session.scalars(select(Goods).where(Goods.merchant_id == merchant.id, Goods.status == "on_sale").order_by(Goods.id)):
            move(goods, "take_off", actor=CLOCK, now=now)


def make_leader(merchant: Merchant, *, phone: str = "", actor: Actor, now: datetime) -> Leader:
    """The merchant's place as a leader, in preparation, with a share code of its own; the one it has when it already has one."""
    known = leader_of(merchant.id)
    if known is not None:
        return known
    leader = save(Leader(merchant_id=merchant.id, name=merchant.name[:40], phone=phone[:20], share_code=random_code(8)))
    append("groupbuy_leader.made", leader, actor=actor, now=now)
    return leader


def make_supplier(merchant: Merchant, *, actor: Actor, now: datetime) -> Supplier:
    """The merchant may bring goods; the supplier it is when it already is one."""
    known = db.session.scalars(select(Supplier).where(Supplier.merchant_id == merchant.id)).one_or_none()
    if known is not None:
        return known
    supplier = save(Supplier(merchant_id=merchant.id, name=merchant.name[:80]))
    append("groupbuy_supplier.made", supplier, actor=actor, now=now)
    return supplier


def set_up_leader(leader: Leader, *, actor: Actor, now: datetime, version: int | None = None, **values: Any) -> Leader:
    """What residents read of the leader, and where they collect. Raises Invalid with its fields, Conflict on an old version."""
    return set_up(leader, cleaned(values, SETTINGS, _problems), act="groupbuy_leader.changed", actor=actor, now=now, version=version)


def _problems(values: Mapping[str, Any]) -> list[Problem]:
    community = values.get("community_id")
    checks = (
        ("name", not values.get("name", "-"), "required", _l("写团长的称呼")), ("point", not values.get("point", "-"), "required", _l("写自提点在哪里")),
        ("community_id", community is not None and db.session.get(Community, community) is None, "unknown", _l("从列表里选小区")),
    )
    return [*(problem(field, code, words) for field, wrong, code, words in checks if wrong), *long_problems(values, LENGTHS)]


def be_ready(leader: Leader, **_: Any) -> None:
    """Effect of opening: it has a community and a pick-up point, and has passed its training. Refuses NotReady."""
    with elevated():
        refuse_missing(missing_before_opening(leader), NotReady)


def set_level(leader: Leader, level: str, *, actor: Actor, now: datetime) -> Leader:
    """The leader is of that level; orders from here on bear the commission that the price list says for it."""
    if level not in LEVELS:
        raise Invalid(errors=[{"field": "level", "code": "value", "message": str(_l("从列表里选等级"))}])
    leader = lock(Leader, leader.id)
    if leader.level != level:
        append("groupbuy_leader.level_set", leader, actor=actor, now=now, changes={"level": [leader.level, level]})
        leader.level = level
        publish("happened", act="groupbuy_leader.level_set", record=leader, reason="", actor=actor, now=now)
    return leader


def add_zone(*, name: str, cutoff_minute: int, days: Sequence[int], actor: Actor, now: datetime) -> Zone:
    """A zone with its cut-off."""
    zone = save(Zone(name=name, cutoff_minute=cutoff_minute, days=sorted(set(days))))
    append("groupbuy_zone.added", zone, actor=actor, now=now, changes={"name": [None, name]})
    return zone


def change_zone(
    zone: Zone, *, name: str, cutoff_minute: int, days: Sequence[int], actor: Actor, now: datetime, version: int | None = None,
) -> Zone:
    """The zone's cut-off from the next round on: a round that is open keeps the one that residents were told."""
    zone = lock(Zone, zone.id, version=version)
    given = {"name": name, "cutoff_minute": cutoff_minute, "days": sorted(set(days))}
    changed = differences({key: getattr(zone, key) for key in given}, given)
    for key, value in given.items():
        setattr(zone, key, value)
    if changed:
        append("groupbuy_zone.changed", zone, actor=actor, now=now, changes=changed)
    return zone


def add_community(
    *, zone_id: int, name: str, address: str, latitude: float, longitude: float, active: bool = True, actor: Actor, now: datetime,
) -> Community:
    """A community that leaders may serve."""
    community = save(Community(
        zone_id=get(Zone, zone_id).id, name=name, address=address, latitude=latitude, longitude=longitude, active=active,
    ))
    append("groupbuy_community.added", community, actor=actor, now=now, changes={"name": [None, name]})
    return community


def change_community(community: Community, *, actor: Actor, now: datetime, version: int | None = None, **values: Any) -> Community:
    """Its name, place, and zone; a community that is not active takes no leaders and no orders."""
    community = lock(Community, community.id, version=version)
    changed = differences({key: getattr(community, key) for key in values}, values)
    for key, value in values.items():
        setattr(community, key, value)
    if changed:
        append("groupbuy_community.changed", community, actor=actor, now=now, changes=changed)
    return community
