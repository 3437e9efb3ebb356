"""Stores and who may redeem there."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.database import get, save
from app.kernel.audit.operations import append, differences
from app.kernel.redemption.models import RedeemClerk, RedeemStore
from app.kernel.redemption.queries import cashiers_of


class StoreNamed(Refusal):
    """The merchant has a store of that name."""

    code = "redeem.store_named"
    status = 409
    sentence = _l("已经有一家叫“%(name)s”的门店")


class AlreadyLet(Refusal):
    """The cashier may redeem at the store already."""

    code = "redeem.already_let"
    status = 409
    sentence = _l("%(name)s 已经可以在这家店核销")


def add_store(
    *, merchant_id: int, name: str, address: str, phone: str, hours: str, latitude: float, longitude: float, actor: Actor, now: datetime,
) -> RedeemStore:
    """The merchant has one more store, where its owner and managers may redeem. Refuses StoreNamed, Invalid."""
    _check(merchant_id, name, latitude, longitude, but=None)
    store = save(RedeemStore(
        merchant_id=merchant_id, name=name, address=address, phone=phone, hours=hours, latitude=latitude, longitude=longitude,
    ))
    append("redeem_store.added", store, actor=actor, now=now, changes={"name": [None, name]})
    return store


def change_store(store: RedeemStore, *, actor: Actor, now: datetime, **values: object) -> RedeemStore:
    """The store is as said. Refuses StoreNamed, Invalid."""
    wanted = {**{name: getattr(store, name) for name in ("name", "latitude", "longitude")}, **values}
    _check(store.merchant_id, str(wanted["name"]), float(wanted["latitude"]), float(wanted["longitude"]), but=store.id)  # type: ignore[arg-type]
    changes = differences({name: getattr(store, name) for name in values}, dict(values))
    if changes:
        for name, value in values.items():
            setattr(store, name, value)
        append("redeem_store.changed", store, actor=actor, now=now, changes=changes)
        db.session.flush()
    return store


def let_clerk(*, store_id: int, user_id: int, actor: Actor, now: datetime) -> RedeemClerk:
    """The cashier may redeem at the store. Refuses NotFound for a store or person of another merchant, AlreadyLet."""
    store = get(RedeemStore, store_id)
    names = cashiers_of(store.merchant_id)
    if store.merchant_id != actor.merchant_id or user_id not in names:
        raise NotFound(field="user_id")
    if db.session.scalars(select(RedeemClerk.id).where(RedeemClerk.store_id == store.id, RedeemClerk.user_id == user_id)).first():
        raise AlreadyLet(field="user_id", name=names[user_id])
    clerk = save(RedeemClerk(merchant_id=store.merchant_id, store_id=store.id, user_id=user_id, name=names[user_id]))
    append("redeem_clerk.let", clerk, actor=actor, now=now, changes={"name": [None, clerk.name], "store": [None, store.name]})
    return clerk


def stop_clerk(clerk: RedeemClerk, *, actor: Actor, now: datetime) -> None:
    """The cashier may not redeem at that store any more."""
    append("redeem_clerk.stopped", clerk.store, actor=actor, now=now, changes={"name": [clerk.name, None]})
    db.session.delete(clerk)
    db.session.flush()


def _check(merchant_id: int, name: str, latitude: float, longitude: float, *, but: int | None) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Invalid(errors=[{"field": "latitude", "code": "range", "message": str(_l("纬度在 -90 到 90、经度在 -180 到 180 之间"))}])
    namesake = db.session.scalars(select(RedeemStore.id).where(RedeemStore.merchant_id == merchant_id, RedeemStore.name == name)).first()
    if namesake is not None and namesake != but:
        raise StoreNamed(field="name", name=name)
