"""Malls and the stores in them: the platform's work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import get, save
from app.kernel.audit.operations import append, differences
from app.kernel.redemption.models import RedeemStore
from app.verticals.vouchers.models import Mall, MallStore


class MallNamed(Refusal):
    """There is a mall of that name."""

    code = "vouchers.mall_named"
    status = 409
    sentence = _l("已经有一个叫“%(name)s”的商场")


class InAMall(Refusal):
    """The store is in a mall already."""

    code = "vouchers.in_a_mall"
    status = 409
    sentence = _l("“%(store)s”已经在一个商场里，先从那里移出")


def add_mall(*, actor: Actor, now: datetime, **values: Any) -> Mall:
    """Customers can look into one more mall. Refuses MallNamed, Invalid."""
    _check(values["name"], values["latitude"], values["longitude"], but=None)
    mall = save(Mall(**values))
    append("vouchers_mall.added", mall, actor=actor, now=now, changes={"name": [None, mall.name]})
    return mall


def change_mall(mall: Mall, *, actor: Actor, now: datetime, **values: Any) -> Mall:
    """The mall is as said. Refuses MallNamed, Invalid."""
    wanted = {"name": mall.name, "latitude": mall.latitude, "longitude": mall.longitude, **values}
    _check(wanted["name"], wanted["latitude"], wanted["longitude"], but=mall.id)
    changes = differences({name: getattr(mall, name) for name in values}, dict(values))
    if changes:
        for name, value in values.items():
            setattr(mall, name, value)
        append("vouchers_mall.changed", mall, actor=actor, now=now, changes=changes)
        db.session.flush()
    return mall


def put_into_mall(mall_id: int, store_id: int, place: str, *, actor: Actor, now: datetime) -> MallStore:
    """The store is in the mall, at a place in words. Refuses InAMall, NotFound."""
    mall, store = get(Mall, mall_id), get(RedeemStore, store_id)
    if db.session.scalars(select(MallStore.id).where(MallStore.store_id == store.id)).first():
        raise InAMall(field="store_id", store=store.name)
    spot = save(MallStore(mall_id=mall.id, store_id=store.id, place=place))
    append("vouchers_mall.store_in", mall, actor=actor, now=now, changes={"store": [None, store.name]})
    return spot


def take_out_of_mall(spot: MallStore, *, actor: Actor, now: datetime) -> None:
    """The store is not in the mall any more; its deals stay."""
    append("vouchers_mall.store_out", spot.mall, actor=actor, now=now, changes={"store": [spot.store.name, None]})
    db.session.delete(spot)
    db.session.flush()


def _check(name: str, latitude: float, longitude: float, *, but: int | None) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Invalid(errors=[{"field": "latitude", "code": "range", "message": str(_l("纬度在 -90 到 90、经度在 -180 到 180 之间"))}])
    namesake = db.session.scalars(select(Mall.id).where(Mall.name == name)).first()
    if namesake is not None and namesake != but:
        raise MallNamed(field="name", name=name)
