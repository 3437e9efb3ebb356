"""Put an alteration up, order it, hand the garment over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.verticals.tailor.models import Alteration, TailorOrder
from app.verticals.tailor.rules import price_of

from app.core.actors import Actor
from app.framework.database import elevated, get, save
from app.kernel.audit.operations import append
from app.kernel.listings.kinds import Found, ListingKind
from app.kernel.listings.moderation import change_listing, submit_listing
from app.kernel.orders.operations import close_order, complete_order, place_order
from app.kernel.orders.rules import LineDraft, price
from app.kernel.parties.models import Customer

ALTERATION = ListingKind(
    "tailor.alteration", "改衣项目", Alteration, fields={"name": "名称", "price": "价格（分）"},
    found=lambda alteration: Found(alteration.name, price=alteration.price), link=lambda key: f"/tailor/alterations/{key}",
)


def put_up(*, name: str, price: int, actor: Actor, now: datetime) -> Alteration:
    """It waits for a reviewer, or is on sale, as policy says."""
    made = save(Alteration(merchant_id=actor.merchant_id, name=name, price=price))
    append("tailor_alteration.added", made, actor=actor, now=now)
    submit_listing(made, actor=actor, now=now)
    return made


def change(alteration: Alteration, *, name: str, price: int, actor: Actor, now: datetime) -> Alteration:
    """A change that is to be reviewed waits beside what is on sale."""
    change_listing(alteration, {"name": name, "price": price}, actor=actor, now=now)
    return alteration


def order(alteration_id: int, pieces: int, *, hurry: bool, actor: Actor, now: datetime) -> TailorOrder:
    """The customer owes the order; it pays within half an hour."""
    alteration = get(Alteration, alteration_id)
    draft = LineDraft(alteration.name, price_of(alteration.price, hurry=hurry), pieces, subject_id=alteration.id)
    with elevated():
        return place_order(
            TailorOrder, price([draft]), prefix="W", merchant_id=alteration.merchant_id, customer_id=actor.id or 0, customer_name=get(Customer, actor.id).name,
            fee_kinds=("commission",), pay_within=timedelta(minutes=30), now=now, hurry=hurry,
        )


def on_done(order: TailorOrder, *, now: datetime, **_: Any) -> None:
    """The tailor has earned it."""
    complete_order(order, now=now)


def on_cancelled(order: TailorOrder, *, now: datetime, **_: Any) -> None:
    """Nobody owes anything."""
    close_order(order, now=now)
