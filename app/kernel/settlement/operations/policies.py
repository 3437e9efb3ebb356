"""Propose and approve settlement policies."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.periods import business_day
from app.framework.database import save
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.settlement.models import Policy


class OwnPolicy(SamePerson):
    """Whoever made a policy may not approve it."""

    code = "settlement.own_policy"
    sentence = _l("自己提的结算规则要由另一个人批准")


class BeginsTooEarly(Refusal):
    """A policy may not change what is closed already."""

    code = "settlement.begins_too_early"
    status = 422
    sentence = _l("生效日最早是今天")


def propose_policy(
    *, trade: str, merchant_id: int | None, cycle: str, hold_days: int, reserve_ppm: int, reserve_days: int, minimum: int, starts_on: date,
    reason: str, actor: Actor, now: datetime, confirm_days: int = 0,
) -> Policy:
    """A draft that counts from `starts_on` on once a second person approves it."""
    if starts_on < business_day(now):
        raise BeginsTooEarly(field="starts_on")
    policy = save(Policy(
        trade=trade, merchant_id=merchant_id, cycle=cycle, hold_days=hold_days, reserve_ppm=reserve_ppm, reserve_days=reserve_days,
        minimum=minimum, confirm_days=confirm_days, starts_on=starts_on, reason=reason, made_by=maker_name(actor),
    ))
    append("settle_policy.proposed", policy, actor=actor, now=now, reason=reason, changes={"cycle": [None, cycle], "hold_days": [None, hold_days]})
    return policy


def put_in_force(policy: Policy, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person."""
    approve_as_second(policy, actor=actor, now=now, refusal=OwnPolicy)
