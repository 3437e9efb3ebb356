"""A host's house: made on admission, changed by its people, taken off when a permit runs out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor, system
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.flow import move
from app.kernel.audit.operations import append, differences
from app.kernel.parties.models import Merchant
from app.verticals.stays.house_rules import house_problems
from app.verticals.stays.models import House
from app.verticals.stays.queries import missing_before_opening

TRADE = "stays"
SETTINGS = frozenset({
    "name", "intro", "phone", "region", "address", "latitude", "longitude", "cover", "arrive_from", "leave_by", "house_rules", "facilities", "deposit",
    "deposit_ppm", "ladder", "confirms_by_itself", "confirm_minutes",
})


class HouseNotReady(Refusal):
    """Guests could not find the house, or nothing in it."""

    code = "stays.not_ready"
    status = 409
    sentence = _l("营业前还差：%(what)s")


def open_house(merchant: Merchant, *, actor: Actor, now: datetime, **values: Any) -> House:
    """The merchant's house in preparation; the one it has when it already has one."""
    known = db.session.scalars(select(House).where(House.merchant_id == merchant.id)).one_or_none()
    if known is not None:
        return known
    house = save(House(merchant_id=merchant.id, **_cleaned({"name": merchant.name[:60], **values})))
    append("stays_house.opened", house, actor=actor, now=now)
    return house


def update_house(house: House, *, actor: Actor, now: datetime, version: int | None = None, **values: Any) -> House:
    """The house has these settings; what changed is in the audit. Raises Invalid with each field at fault, Conflict on an old version.

    Stays that were booked keep the rules that stood then.
    """
    given = _cleaned(values)
    house = lock(House, house.id, version=version)
    changed = differences({name: getattr(house, name) for name in given}, given)
    for name, value in given.items():
        setattr(house, name, value)
    if changed:
        append("stays_house.changed", house, actor=actor, now=now, changes=changed)
    db.session.flush()
    return house


def be_ready(house: House, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `open`: only a house that guests can find and book opens."""
    missing = missing_before_opening(house)
    if missing:
        raise HouseNotReady(what="、".join(str(label) for label, _ in missing))


def on_merchant_admitted(*, merchant: Merchant, trade: str, actor: Actor, now: datetime, **_: Any) -> None:
    """Handler of `merchant_admitted`: a host has the house from the first minute."""
    if trade != TRADE:
        return
    with elevated():
        open_house(merchant, actor=actor, now=now, phone=merchant.contact_phone[:20])


def on_document_expired(*, merchant: Merchant, document: Any, now: datetime, **_: Any) -> None:
    """Handler of `document_expired`: without a valid permit nothing is sold; staff put the house back after the renewal."""
    if getattr(document, "trade", TRADE) != TRADE:
        return
    with elevated():
        house = db.session.scalars(select(House).where(House.merchant_id == merchant.id)).one_or_none()
        if house is not None and house.status != "off":
            move(house, "take_off", actor=system("clock"), now=now, reason=str(_l("“%(label)s”已过期，换好新证后由平台恢复", label=document.label)))


def _cleaned(values: dict[str, Any]) -> dict[str, Any]:
    unknown = set(values) - SETTINGS
    if unknown:
        raise TypeError(f"not settings of a house: {', '.join(sorted(unknown))}")
    given: dict[str, Any] = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    found = house_problems(given)
    if found:
        raise Invalid(errors=found)
    return given
