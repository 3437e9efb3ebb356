"""A host's house: made on admission, changed by its people, taken off when a permit runs out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Refusal
from app.framework.database import elevated, save
from app.kernel.audit.operations import append
from app.kernel.parties.models import Merchant
from app.kernel.places.operations import cleaned, refuse_missing, set_up, take_off_expired
from app.verticals.stays.house_rules import house_problems
from app.verticals.stays.models import House
from app.verticals.stays.queries import house_of, missing_before_opening

TRADE = "stays"
SETTINGS = frozenset({
    "name", "intro", "phone", "region", "address", "latitude", "longitude", "cover", "arrive_from", "leave_by", "house_rules", "facilities", "deposit",
    "deposit_ppm", "ladder", "confirms_by_itself", "confirm_minutes",
})


class NotReady(Refusal):
    """Guests could not find the house, or nothing in it."""

    code = "stays.not_ready"
    status = 409
    sentence = _l("营业前还差：%(what)s")


def open_house(merchant: Merchant, *, actor: Actor, now: datetime, **values: Any) -> House:
    """The merchant's house in preparation; the one it has when it already has one."""
    known = house_of(merchant.id)
    if known is not None:
        return known
    house = save(House(merchant_id=merchant.id, **_cleaned({"name": merchant.name[:60], **values})))
    append("stays_house.opened", house, actor=actor, now=now)
    return house


def update_house(house: House, *, actor: Actor, now: datetime, version: int | None = None, **values: Any) -> House:
    """The house has these settings; what changed is in the audit. Raises Invalid with each field at fault, Conflict on an old version.

    Stays that were booked keep the rules that stood then.
    """
    return set_up(house, _cleaned(values), act="stays_house.changed", actor=actor, now=now, version=version)


def be_ready(house: House, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `open`: only a house that guests can find and book opens."""
    refuse_missing(missing_before_opening(house), NotReady)


def on_merchant_admitted(*, merchant: Merchant, trade: str, actor: Actor, now: datetime, **_: Any) -> None:
    """Handler of `merchant_admitted`: a host has the house from the first minute."""
    if trade != TRADE:
        return
    with elevated():
        open_house(merchant, actor=actor, now=now, phone=merchant.contact_phone[:20])


def on_document_expired(*, merchant: Merchant, document: Any, now: datetime, **_: Any) -> None:
    """Handler of `document_expired`: without a valid permit nothing is sold; staff put the house back after the renewal."""
    if document.trade != TRADE:
        return
    with elevated():
        take_off_expired(house_of(merchant.id), document, now=now)


def _cleaned(values: dict[str, Any]) -> dict[str, Any]:
    return cleaned(values, SETTINGS, house_problems)
