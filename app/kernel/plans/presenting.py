"""Prices, entitlements, and files of plans in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import clock
from app.core.errors import Refusal
from app.core.money import percent, yuan
from app.extensions import db
from app.framework.database import elevated
from app.framework.identity import current_actor
from app.kernel.commission.queries import price_of
from app.kernel.commission.rules import PERIODS
from app.kernel.files.links import signed_link
from app.kernel.files.models import StoredFile
from app.kernel.parties.queries import person_named
from app.kernel.plans.models import Entitled, Plan
from app.kernel.plans.queries import entitlements


def price_words(trade: str, kind: str, merchant_id: int, now: datetime) -> str:
    """`¥1,200.00 / 年`; a dash where the price list has no price."""
    try:
        price = price_of(trade, kind, merchant_id, now)
    except Refusal:
        return "—"
    return f"{yuan(price.fen)} / {PERIODS.get(price.period, price.period)}"


def plan_price(plan: Plan) -> str:
    """What the plan costs the reader."""
    return price_words(plan.trade, plan.kind, current_actor().merchant_id or 0, clock.now())


def amount_words(kind: str, amount: int) -> str:
    """What an entitlement of a kind grants: `30 次`, `10 % 折扣`, `优先 3`, `可用`."""
    if kind == "quota":
        return _("%(count)s 次", count=amount)
    if kind == "discount":
        return _("减 %(rate)s", rate=percent(amount))
    return _("优先级 %(level)s", level=amount) if kind == "priority" else _("可用")


def grant_lines(plan: Plan) -> list[tuple[Any, str]]:
    """(what, how much) of everything that the plan grants and that some package consumes."""
    known = entitlements()
    return [(known[name].label, amount_words(known[name].kind, amount)) for name, amount in plan.grants.items() if name in known]


def grant_words(plan: Plan) -> str:
    """The same in one line."""
    return _("；").join(f"{label} {words}" for label, words in grant_lines(plan)) or "—"


def entitled_words(entitled: Entitled) -> str:
    """What is left of an entitlement."""
    left = amount_words(entitled.kind, entitled.amount)
    return _("剩 %(left)s，共 %(all)s", left=entitled.left, all=entitled.amount) if entitled.kind == "quota" else left


def entitled_label(entitled: Entitled) -> Any:
    """The words of an entitlement's name."""
    found = entitlements().get(entitled.name)
    return found.label if found else entitled.name


def person(maker: str | None) -> Any:
    """The person behind `staff:7`, in words; for members of a merchant, staff are the platform."""
    if maker and maker.startswith("staff:") and current_actor().merchant_id:
        return _("平台")
    with elevated():
        return person_named(maker) if maker else None


def file_address(file_id: int | None) -> str | None:
    """A short-lived link to a stored file for this reader; None when there is none in its scope."""
    file = db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).one_or_none() if file_id else None
    return signed_link(file, current_actor(), now=clock.now()) if file else None
