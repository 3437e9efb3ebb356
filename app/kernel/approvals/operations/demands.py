"""Which documents a trade demands: its own at first, then as staff keep them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import save
from app.framework.manifest import Manifest
from app.kernel.approvals.models import Demand
from app.kernel.approvals.queries import forget_demands
from app.kernel.approvals.reviewables import trade_of
from app.kernel.audit.operations import append, differences


class DemandExists(Refusal):
    """The trade has a demand of that name."""

    code = "demand.exists"
    status = 409
    sentence = _l("这个行业已有“%(kind)s”，去改它")


class BadDemandName(Refusal):
    """The name of the kind is no plain word, or the trade takes no applications."""

    code = "demand.bad_name"
    status = 422
    sentence = _l("代码用小写字母开头，只含小写字母、数字、下划线，最多 40 个")


class LastDemand(Refusal):
    """Without any demand left the trade would admit everybody unseen."""

    code = "demand.last"
    status = 409
    sentence = _l("一个行业至少要有一种必交的证照")


def seed_demands(manifests: Iterable[Manifest], *, now: datetime) -> None:
    """Every trade's own demands are there; those that staff changed stay as they are."""
    rows = [
        {
            "trade": manifest.name, "kind": demand.kind, "label_zh": _label(demand.label, "zh"), "label_en": _label(demand.label, "en"),
            "required": demand.required, "expires": demand.expires, "encrypted": demand.encrypted, "many": demand.many, "position": position,
            "active": True, "created_at": now, "updated_at": now, "version": 1,
        }
        for manifest in manifests for position, demand in enumerate(manifest.documents)
    ]
    if rows:
        db.session.execute(insert(Demand).values(rows).on_conflict_do_nothing())
        forget_demands()


def _label(label: Any, locale: str) -> str:
    with force_locale(locale):
        return str(label)


def add_demand(
    *, trade: str, kind: str, label_zh: str, label_en: str = "", required: bool = True, expires: bool = False, many: int = 1, position: int = 0,
    active: bool = True, actor: Actor, now: datetime,
) -> Demand:
    """A kind of document more, kept encrypted, demanded from the next submission on. Raises BadDemandName, DemandExists."""
    if trade_of(trade) is None or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", kind):
        raise BadDemandName(field="kind")
    if db.session.scalars(select(Demand.id).where(Demand.trade == trade, Demand.kind == kind)).first():
        raise DemandExists(field="kind", kind=kind)
    demand = save(Demand(
        trade=trade, kind=kind, label_zh=label_zh, label_en=label_en, required=required, expires=expires, encrypted=True, many=many, position=position,
        active=active, created_at=now, updated_at=now,
    ))
    append("demand.added", demand, actor=actor, now=now)
    forget_demands()
    return demand


def change_demand(demand: Demand, *, actor: Actor, now: datetime, **values: Any) -> Demand:
    """Other words, must or may, with an end or without, or no longer asked; what was handed in stays. Raises LastDemand."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:trade))"), {"trade": f"demands:{demand.trade}"})  # two who drop one each
    before = {name: getattr(demand, name) for name in values}
    for name, value in values.items():
        setattr(demand, name, value)
    db.session.flush()
    left = select(Demand.id).where(Demand.trade == demand.trade, Demand.active, Demand.required)
    if db.session.scalars(left).first() is None:
        raise LastDemand
    append("demand.changed", demand, actor=actor, now=now, changes=differences(before, values))
    forget_demands()
    return demand
