"""Rules are added, their versions proposed by one person and put in force by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import lock, save
from app.framework.events import publish
from app.kernel.audit.operations import append
from app.kernel.commission.models import FeeKind, FeeRule, FeeRuleVersion
from app.kernel.commission.rules import BASES, ORDER_BASES, Rate, Tier, checked_rate
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name


class OwnVersion(SamePerson):
    """Whoever made a version may not approve it."""

    code = "commission.same_person"
    sentence = _l("自己提的费率要由另一个人批准")


class Overlaps(Refusal):
    """An approved version for the same scope is valid at some of that time."""

    code = "commission.overlaps"
    status = 409
    sentence = _l("这段时间已经有批准的费率了，换一个开始时间")


class InThePast(Refusal):
    """A version may not change what orders already placed were charged."""

    code = "commission.in_the_past"
    status = 422
    sentence = _l("开始时间要晚于现在：已下的订单不改费率")


class EndsBeforeStart(Refusal):
    """A version ends after it begins."""

    code = "commission.ends_before_start"
    status = 422
    sentence = _l("结束时间要晚于开始时间")


class FallbackEnds(Refusal):
    """The rate that everybody falls back to has no end: after it nothing could be sold."""

    code = "commission.fallback_ends"
    status = 422
    sentence = _l("兜底的费率不能有结束时间，换费率时提一个新版本")


class OtherMethod(Refusal):
    """The base or the method is of another sort than the kind of fee: a price by the period is not taken on orders, and the other way round."""

    code = "commission.other_method"
    status = 422
    sentence = _l("“%(kind)s”不能这样计费")


def add_rule(
    kind: FeeKind, *, title: str, category: str = "", order_kind: str = "", from_minute: int | None = None, to_minute: int | None = None,
    new_days: int | None = None, actor: Actor, now: datetime,
) -> FeeRule:
    """Another rule of the kind, before all others; it prices nothing until a version of it is approved.

    Refuses Invalid for hours without an end or that end before they begin, and for no days.
    """
    lock(FeeKind, kind.id)
    if (from_minute is None) != (to_minute is None) or (from_minute is not None and to_minute is not None and not 0 <= from_minute < to_minute <= 1440):
        raise Invalid(errors=[{"field": "to_minute", "code": "range", "message": str(_l("时段要写开始和结束，结束晚于开始，不跨夜"))}])
    if new_days is not None and not 1 <= new_days <= 3650:
        raise Invalid(errors=[{"field": "new_days", "code": "range", "message": str(_l("天数在 1 到 3650 之间"))}])
    first = db.session.scalar(select(func.min(FeeRule.rank)).where(FeeRule.trade == kind.trade, FeeRule.kind == kind.kind))
    rule = save(FeeRule(
        trade=kind.trade, kind=kind.kind, title=title, rank=(first or 1000) - 10, category=category, order_kind=order_kind, from_minute=from_minute,
        to_minute=to_minute, new_days=new_days,
    ))
    append("fee_rule.added", rule, actor=actor, now=now)
    return rule


def propose_version(
    rule: FeeRule, *, ppm: int = 0, fen: int = 0, starts_at: datetime, ends_at: datetime | None = None, merchant_id: int | None = None,
    base: str = "after_merchant_coupon", method: str = "ppm", tiers: Sequence[Tier] = (), marginal: bool = False, least_fen: int | None = None,
    most_fen: int | None = None, reason: str, actor: Actor, now: datetime,
) -> FeeRuleVersion:
    """A draft of the next version, valid from `starts_at` on (to `ends_at`, if given); charged only after a second person approves it.

    Refuses InThePast, EndsBeforeStart, FallbackEnds, OtherMethod, and RateRefused for parts that do not belong to the method.
    """
    rule = lock(FeeRule, rule.id)
    if starts_at < now:
        raise InThePast(field="starts_at")
    if ends_at is not None and ends_at <= starts_at:
        raise EndsBeforeStart(field="ends_at")
    if ends_at is not None and merchant_id is None and not rule.conditional:
        raise FallbackEnds(field="ends_at")
    _check_sort(rule, method, base)
    rate = checked_rate(Rate(ppm, fen, least_fen, most_fen, method, tuple(tiers), marginal))
    number = db.session.scalar(select(func.coalesce(func.max(FeeRuleVersion.number), 0) + 1).where(FeeRuleVersion.rule_id == rule.id))
    version = save(FeeRuleVersion(
        rule_id=rule.id, number=number, merchant_id=merchant_id, valid=Range(starts_at, ends_at), base=base, method=method, ppm=rate.ppm, fen=rate.fen,
        tiers=[asdict(tier) for tier in rate.tiers], marginal=marginal, least_fen=least_fen, most_fen=most_fen, made_by=maker_name(actor), reason=reason,
    ))
    append("fee_rule.proposed", version, actor=actor, now=now, reason=reason, changes={"ppm": [None, ppm], "fen": [None, fen]})
    publish("happened", act="fee_rule.proposed", record=version, reason=reason, actor=actor, now=now)
    return version


def _check_sort(rule: FeeRule, method: str, base: str) -> None:
    """A price by the period stays one; what is taken on orders stays on bases of orders; what the trade names stays so."""
    seeded = db.session.scalars(select(FeeRuleVersion).join(FeeRule).where(
        FeeRule.trade == rule.trade, FeeRule.kind == rule.kind, FeeRuleVersion.status == "approved").order_by(FeeRuleVersion.id).limit(1)).first()
    if base not in BASES:
        raise OtherMethod(field="base", kind=rule.label)
    if seeded is None:
        return
    if (method == "per_period") != (seeded.method == "per_period"):
        raise OtherMethod(field="method", kind=rule.label)
    if (base in ORDER_BASES) != (seeded.base in ORDER_BASES):
        raise OtherMethod(field="base", kind=rule.label)


def put_in_force(version: FeeRuleVersion, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person; the version valid until then ends where this one begins.

    A draft approved after its start begins at the approval: orders already placed keep their fee. Refuses Overlaps, and EndsBeforeStart for
    one whose time is over.
    """
    with db.session.no_autoflush:  # the rule is locked before the version is written: two approvals would wait for each other in the exclusion constraint
        lock(FeeRule, version.rule_id)
    approve_as_second(version, actor=actor, now=now, refusal=OwnVersion)
    wished, ends = version.valid.lower or now, version.valid.upper
    start = max(wished, now) if version.made_by != "seed" else wished
    if ends is not None and ends <= start:
        raise EndsBeforeStart(field="ends_at")
    version.valid = Range(start, ends)
    same_scope = select(FeeRuleVersion).where(
        FeeRuleVersion.rule_id == version.rule_id, FeeRuleVersion.merchant_id.is_not_distinct_from(version.merchant_id),
        FeeRuleVersion.status == "approved", FeeRuleVersion.id != version.id, FeeRuleVersion.valid.overlaps(version.valid),
    ).order_by(FeeRuleVersion.id).with_for_update(of=FeeRuleVersion)
    for before in db.session.scalars(same_scope):
        if before.valid.lower is not None and before.valid.lower >= start:
            raise Overlaps(field="starts_at")
        before.valid = Range(before.valid.lower, start)
    db.session.flush()
