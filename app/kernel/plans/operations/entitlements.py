"""Use what a plan grants, by name, in the transaction of what it is used for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select

from app.core.errors import Refusal
from app.core.money import Ppm
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, lock
from app.kernel.plans.models import Entitled
from app.kernel.plans.owners import Owner
from app.kernel.plans.queries import entitlements


class QuotaSpent(Refusal):
    """The owner's plans grant fewer than asked for."""

    code = "plans.quota_spent"
    status = 409
    sentence = _l("“%(name)s”只剩 %(left)s")


def consume(owner: Owner, name: str, count: int, *, now: datetime) -> dict[str, int]:
    """Take `count` of a quota, from what ends first; entitlement id → how many, as `restore` takes it back. Refuses QuotaSpent; then nothing is taken.

    Locks the owner's entitlements of that name, so that two at once never take the same piece.
    """
    with elevated():
        found = list(db.session.scalars(
            select(Entitled).where(*_live(owner, name, "quota", now)).order_by(Entitled.ends_on.nulls_last(), Entitled.id)
            .with_for_update(of=Entitled).execution_options(populate_existing=True)
        ))
        left = sum(each.left for each in found)
        if left < count:
            raise QuotaSpent(name=str(entitlements()[name].label), left=left)
        taken, missing = {}, count
        for each in found:
            part = min(each.left, missing)
            if part:
                each.used += part
                taken[str(each.id)] = part
                missing -= part
        db.session.flush()
    return taken


def restore(taken: Mapping[str, int]) -> None:
    """Give back what `consume` took, for something that did not happen."""
    with elevated():
        for key, count in sorted(taken.items(), key=lambda pair: int(pair[0])):
            lock(Entitled, int(key)).used -= count
        db.session.flush()


def quota_left(owner: Owner, name: str, *, now: datetime) -> int:
    """How many of a quota are left."""
    with elevated():
        return int(db.session.scalar(select(func.coalesce(func.sum(Entitled.amount - Entitled.used), 0)).where(*_live(owner, name, "quota", now))) or 0)


def discount_of(owner: Owner, name: str, *, now: datetime) -> Ppm:
    """The largest discount of that name that the owner's plans grant, in ppm; 0 without one."""
    return Ppm(_largest(owner, name, "discount", now))


def priority_of(owner: Owner, name: str, *, now: datetime) -> int:
    """The highest priority of that name; 0 without one."""
    return _largest(owner, name, "priority", now)


def has_unlock(owner: Owner, name: str, *, now: datetime) -> bool:
    """True when one of the owner's plans unlocks it."""
    return _largest(owner, name, "unlock", now) > 0


def _largest(owner: Owner, name: str, kind: str, now: datetime) -> int:
    with elevated():
        return int(db.session.scalar(select(func.coalesce(func.max(Entitled.amount), 0)).where(*_live(owner, name, kind, now))) or 0)


def _live(owner: Owner, name: str, kind: str, now: datetime) -> tuple[object, ...]:
    today = business_day(now)
    return (
        owner.of(Entitled), Entitled.name == name, Entitled.kind == kind, Entitled.starts_on <= today, or_(Entitled.ends_on.is_(None), Entitled.ends_on > today)
    )
