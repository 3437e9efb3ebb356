"""Programmes and levels: what a merchant, or the platform, gives for what is bought."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import save
from app.kernel.audit.operations import append
from app.kernel.loyalty.models import Level, Programme, issuer_of


class ProgrammeRefused(Refusal):
    """A rate, a share, or a life is out of bounds."""

    code = "loyalty.programme"
    status = 422
    sentence = _l("每元积分 0 到 1000，抵一元的积分 1 到 100000，抵扣上限 0 到 100%，有效期 1 到 60 个月")


class ProgrammeKnown(Refusal):
    """One programme an issuer."""

    code = "loyalty.programme_known"
    status = 409
    sentence = _l("已经有积分规则，改它就行")


class LevelRefused(Refusal):
    """A level without points or with a discount out of bounds, or two with the same points."""

    code = "loyalty.level"
    status = 422
    sentence = _l("等级要的积分大于零，折扣不超过 50%，同样积分只能有一个等级")


def open_programme(
    *, merchant_id: int | None, per_yuan: int, for_yuan: int, cap_ppm: int, months: int, active: bool = True, actor: Actor, now: datetime,
) -> Programme:
    """Points are earned and taken from now on. Refuses ProgrammeRefused, ProgrammeKnown."""
    _check(per_yuan, for_yuan, cap_ppm, months)
    if db.session.scalars(select(Programme.id).where(Programme.issuer == issuer_of(merchant_id))).first():
        raise ProgrammeKnown
    programme = save(Programme(
        issuer=issuer_of(merchant_id), merchant_id=merchant_id, per_yuan=per_yuan, for_yuan=for_yuan, cap_ppm=cap_ppm, months=months, active=active,
    ))
    append("loyalty_programme.opened", programme, actor=actor, now=now, changes={"per_yuan": [None, per_yuan], "for_yuan": [None, for_yuan]})
    return programme


def change_programme(
    programme: Programme, *, per_yuan: int, for_yuan: int, cap_ppm: int, months: int, active: bool, actor: Actor, now: datetime,
) -> Programme:
    """Other rates for what comes; points that were earned stay and are worth the new rate. Refuses ProgrammeRefused."""
    _check(per_yuan, for_yuan, cap_ppm, months)
    _change(programme, "loyalty_programme.changed", actor, now, per_yuan=per_yuan, for_yuan=for_yuan, cap_ppm=cap_ppm, months=months, active=active)
    return programme


def add_level(*, merchant_id: int, name: str, threshold: int, discount_ppm: int, actor: Actor, now: datetime) -> Level:
    """Members who earn so many points in twelve months have the discount. Refuses LevelRefused."""
    _check_level(merchant_id, threshold, discount_ppm)
    level = save(Level(merchant_id=merchant_id, name=name.strip(), threshold=threshold, discount_ppm=discount_ppm))
    append("loyalty_level.added", level, actor=actor, now=now, changes={"discount_ppm": [None, discount_ppm]})
    return level


def change_level(level: Level, *, name: str, threshold: int, discount_ppm: int, actor: Actor, now: datetime) -> Level:
    """Another name, threshold, or discount. Refuses LevelRefused."""
    _check_level(level.merchant_id, threshold, discount_ppm, besides=level.id)
    _change(level, "loyalty_level.changed", actor, now, name=name.strip(), threshold=threshold, discount_ppm=discount_ppm)
    return level


def _change(record: Any, act: str, actor: Actor, now: datetime, **values: Any) -> None:
    changes = {name: [getattr(record, name), value] for name, value in values.items() if getattr(record, name) != value}
    for name, value in values.items():
        setattr(record, name, value)
    db.session.flush()
    append(act, record, actor=actor, now=now, changes=changes)


def _check(per_yuan: int, for_yuan: int, cap_ppm: int, months: int) -> None:
    if not (0 <= per_yuan <= 1000 and 1 <= for_yuan <= 100_000 and 0 <= cap_ppm <= 1_000_000 and 1 <= months <= 60):
        raise ProgrammeRefused(field="per_yuan")


def _check_level(merchant_id: int, threshold: int, discount_ppm: int, besides: int = 0) -> None:
    same = select(Level.id).where(Level.merchant_id == merchant_id, Level.threshold == threshold, Level.id != besides)
    if threshold <= 0 or not 0 <= discount_ppm <= 500_000 or db.session.scalars(same).first():
        raise LevelRefused(field="threshold")
