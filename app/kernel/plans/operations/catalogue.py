"""The catalogue of plans: proposed by one person, put on sale by another; words may change, what they cost and grant may not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import save
from app.framework.events import publish
from app.kernel.audit.operations import append, differences
from app.kernel.commission.models import FeeKind
from app.kernel.commission.queries import price_of
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.plans.models import Plan
from app.kernel.plans.queries import entitlements
from app.kernel.plans.rules import ends_after

FULL = 1_000_000


class NotForSale(Refusal):
    """The fee is paid by somebody who cannot buy plans, or is no income of the platform."""

    code = "plans.not_for_sale"
    status = 422
    sentence = _l("这项费用不能做成套餐：要由商户或顾客付给平台，按期定价")


class GrantUnknown(Refusal):
    """No package consumes an entitlement of that name, or the amount makes no sense."""

    code = "plans.grant"
    status = 422
    sentence = _l("“%(name)s”不能给这么多")


class OwnPlan(SamePerson):
    """Whoever proposed a plan may not put it on sale."""

    code = "plans.own_plan"


def propose_plan(
    *, trade: str, kind: str, title: str, description: str, grants: Mapping[str, int], reason: str, actor: Actor, now: datetime,
) -> Plan:
    """A draft; nobody can buy it until a second person approves. Refuses NotForSale, NoRule, NotFixed, PeriodUnknown, GrantUnknown."""
    priced = db.session.scalars(select(FeeKind).where(FeeKind.trade == trade, FeeKind.kind == kind)).one_or_none()
    if priced is None or priced.payee != "platform" or priced.payer not in ("merchant", "customer"):
        raise NotForSale(field="fee")
    ends_after(now.date(), price_of(trade, kind, 0, now).period)
    _check(grants)
    plan = save(Plan(
        trade=trade, kind=kind, audience=priced.payer, title=title, description=description, grants=dict(grants), reason=reason, made_by=maker_name(actor),
    ))
    append("plan.proposed", plan, actor=actor, now=now, reason=reason)
    publish("happened", act="plan.proposed", record=plan, reason=reason, actor=actor, now=now)
    return plan


def _check(grants: Mapping[str, int]) -> None:
    known = entitlements()
    for name, amount in grants.items():
        found = known.get(name)
        if found is None or amount < 1 or (found.kind == "discount" and amount > FULL) or (found.kind == "unlock" and amount != 1):
            raise GrantUnknown(field=name, name=str(found.label) if found else name)


def reword_plan(plan: Plan, *, title: str, description: str, actor: Actor, now: datetime) -> Plan:
    """Title and description are what was typed; what the plan costs and grants stands as approved."""
    before = {"title": plan.title, "description": plan.description}
    plan.title, plan.description = title, description
    db.session.flush()
    append("plan.reworded", plan, actor=actor, now=now, changes=differences(before, {"title": title, "description": description}))
    return plan


def put_on_sale(plan: Plan, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person."""
    approve_as_second(plan, actor=actor, now=now, refusal=OwnPlan)
