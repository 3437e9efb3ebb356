"""Put up deals and say where they can be used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Invalid
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, save
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.audit.operations import append, differences
from app.kernel.listings.moderation import change_listing
from app.kernel.redemption.models import RedeemStore
from app.verticals.vouchers.listing import DEAL_LISTING
from app.verticals.vouchers.models import DealPlace, VoucherDeal
from app.verticals.vouchers.queries import stores_to_choose
from app.verticals.vouchers.rules import deal_problems

SYSTEM = system("vouchers")
REVIEWED = tuple(DEAL_LISTING.fields)


def add_deal(*, merchant_id: int, store_ids: Collection[int], actor: Actor, now: datetime, **values: Any) -> VoucherDeal:
    """A draft that nobody sees yet, with the stores where it can be used. Raises Invalid with its field."""
    _check(values, sold=0, now=now)
    deal = save(VoucherDeal(merchant_id=merchant_id, **values))
    append("vouchers_deal.added", deal, actor=actor, now=now, changes={"title": [None, deal.title]})
    set_stores(deal, store_ids, actor=actor, now=now)
    return deal


def change_deal(deal: VoucherDeal, *, store_ids: Collection[int] | None = None, actor: Actor, now: datetime, **values: Any) -> VoucherDeal:
    """The deal is as said; of what is on sale, what reviewers watch waits for them beside what customers see. Raises Invalid with its field."""
    wanted = {name: getattr(deal, name) for name in ("kind", "price", "market_price", "uses", "quantity", "last_day", "closed_weekdays")} | values
    _check(wanted, sold=deal.sold, now=now)
    reviewed = {name: value for name, value in values.items() if name in REVIEWED}
    plain = {name: value for name, value in values.items() if name not in REVIEWED}
    changes = differences({name: getattr(deal, name) for name in values}, dict(values))
    if changes:
        append("vouchers_deal.changed", deal, actor=actor, now=now, changes={name: [_word(old), _word(new)] for name, (old, new) in changes.items()})
    for name, value in plain.items():
        setattr(deal, name, value)
    db.session.flush()
    if any(getattr(deal, name) != value for name, value in reviewed.items()) or deal.proposed:
        change_listing(deal, reviewed, actor=actor, now=now)
    if store_ids is not None:
        set_stores(deal, store_ids, actor=actor, now=now)
    db.session.flush()
    return deal


def set_stores(deal: VoucherDeal, store_ids: Collection[int], *, actor: Actor, now: datetime) -> None:
    """The deal can be used at exactly these: one's own at once, others' when they agree. What was sold before keeps its stores.

    Raises Invalid for a store that is neither the merchant's nor in one of its malls.
    """
    wanted, known = set(store_ids), stores_to_choose(deal.merchant_id)
    if not wanted or wanted - set(known):
        raise Invalid(errors=[{"field": "store_ids", "code": "value", "message": str(_l("选至少一家门店：自己的，或者同一商场里的"))}])
    with elevated():
        present = {place.store_id: place for place in db.session.scalars(select(DealPlace).where(DealPlace.deal_id == deal.id).order_by(DealPlace.id))}
        stores = {store.id: store for store in db.session.scalars(select(RedeemStore).where(RedeemStore.id.in_(wanted)).order_by(RedeemStore.id))}
        for store_id in sorted(wanted - {key for key, place in present.items() if place.status in ("accepted", "asked")}):
            _ask(deal, stores[store_id], present.get(store_id), actor=actor, now=now)
        for store_id, place in present.items():
            if store_id not in wanted and place.status in ("accepted", "asked"):
                move(place, "end", actor=SYSTEM, now=now)


def _ask(deal: VoucherDeal, store: RedeemStore, place: DealPlace | None, *, actor: Actor, now: datetime) -> None:
    if place is None:
        place = save(DealPlace(
            deal_id=deal.id, store_id=store.id, merchant_id=store.merchant_id, seller_id=deal.merchant_id, title=deal.title, price=deal.price,
        ))
    else:
        move(place, "ask", actor=SYSTEM, now=now)
        place.title, place.price = deal.title, deal.price
    if store.merchant_id == deal.merchant_id:
        move(place, "accept", actor=SYSTEM, now=now)
        return
    append("vouchers_partner.asked", place, actor=actor, now=now, changes={"store": [None, store.name]})
    publish("happened", act="vouchers_partner.asked", record=place, reason="", actor=actor, now=now)


def _check(values: Mapping[str, Any], *, sold: int, now: datetime) -> None:
    problems = deal_problems(
        kind=values["kind"], price=values["price"], market_price=values["market_price"], uses=values["uses"], quantity=values["quantity"], sold=sold,
        last_day=values["last_day"], closed_weekdays=values["closed_weekdays"], today=business_day(now),
    )
    if problems:
        raise Invalid(errors=problems)


def _word(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
