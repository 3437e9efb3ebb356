"""Propose, approve, and freeze fees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range, insert

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import save
from app.framework.flow import move
from app.framework.manifest import FeeDefault, Manifest
from app.kernel.audit.operations import append
from app.kernel.commission.models import FeeLine, FeeRule, FeeRuleVersion
from app.kernel.commission.queries import versions_at
from app.kernel.commission.rules import Rate, fee_per_line
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name


class NoRule(Refusal):
    """The trade has no approved rule for a fee it must charge: nothing is sold until finance sets one."""

    code = "commission.no_rule"
    status = 409
    sentence = _l("“%(kind)s”没有生效的费率，联系平台财务")


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


def seed_rules(trade: str, fees: Sequence[FeeDefault], *, now: datetime) -> None:
    """Write the trade's fees with their default rates, once; existing rules stay as they are."""
    for rank, default in enumerate(fees, start=1):
        statement = insert(FeeRule).values(
            trade=trade, kind=default.kind, title=str(default.label), item=default.item, rank=rank * 10, version=1, created_at=now, updated_at=now
        ).on_conflict_do_nothing(index_elements=["trade", "kind"]).returning(FeeRule.id)
        rule_id = db.session.scalars(statement).one_or_none()
        if rule_id is None:
            continue
        version = save(FeeRuleVersion(
            rule_id=rule_id, number=1, valid=Range(datetime.fromisoformat("2020-01-01T00:00:00+08:00"), None), base=default.base, ppm=default.ppm,
            fen=default.fen, made_by="seed", reason="default",
        ))
        move(version, "approve", actor=system("price list"), now=now)


def seed_all(manifests: Iterable[Manifest], *, now: datetime) -> None:
    """The defaults of every trade that is switched on are in the price list."""
    for manifest in manifests:
        if manifest.fees:
            seed_rules(manifest.name, manifest.fees, now=now)


def propose_version(
    rule: FeeRule, *, ppm: int, fen: int = 0, starts_at: datetime, merchant_id: int | None = None, base: str = "after_merchant_coupon",
    least_fen: int | None = None, most_fen: int | None = None, reason: str, actor: Actor, now: datetime,
) -> FeeRuleVersion:
    """A draft of the next version, valid from `starts_at` on; charged only after a second person approves it."""
    if starts_at < now:
        raise InThePast(field="starts_at")
    number = db.session.scalar(select(func.coalesce(func.max(FeeRuleVersion.number), 0) + 1).where(FeeRuleVersion.rule_id == rule.id))
    version = save(FeeRuleVersion(
        rule_id=rule.id, number=number, merchant_id=merchant_id, valid=Range(starts_at, None), base=base, ppm=ppm, fen=fen, least_fen=least_fen,
        most_fen=most_fen, made_by=maker_name(actor), reason=reason,
    ))
    append("fee_rule.proposed", version, actor=actor, now=now, reason=reason, changes={"ppm": [None, ppm], "fen": [None, fen]})
    return version


def put_in_force(version: FeeRuleVersion, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person; the version valid until then ends where this one begins.

    A draft approved after its start begins at the approval: orders already placed keep their fee.
    """
    approve_as_second(version, actor=actor, now=now, refusal=OwnVersion)
    wished = version.valid.lower or now
    start = max(wished, now) if version.number > 1 else wished
    version.valid = Range(start, None)
    same_scope = select(FeeRuleVersion).where(
        FeeRuleVersion.rule_id == version.rule_id, FeeRuleVersion.merchant_id.is_not_distinct_from(version.merchant_id),
        FeeRuleVersion.status == "approved", FeeRuleVersion.id != version.id, func.upper(FeeRuleVersion.valid).is_(None),
    ).with_for_update(of=FeeRuleVersion)
    for before in db.session.scalars(same_scope):
        if before.valid.lower is not None and before.valid.lower >= start:
            raise Overlaps(field="starts_at")
        before.valid = Range(before.valid.lower, start)
    db.session.flush()


def freeze_fees(
    order_id: int, order_number: str, trade: str, merchant_id: int, kinds: Sequence[str], bases: Mapping[str, Sequence[int]],
    line_ids: Sequence[int], *, now: datetime,
) -> list[FeeLine]:
    """Write the fee lines of an order: each kind's rule that is valid now, frozen for good.

    `bases` maps the name of a base (list, after_merchant_coupon, after_all_coupons) to fen per line.
    """
    versions = versions_at(trade, merchant_id, now)
    lines: list[FeeLine] = []
    for kind in kinds:
        version = versions.get(kind)
        if version is None:
            raise NoRule(kind=kind)
        rate = Rate(version.ppm, version.fen, version.least_fen, version.most_fen)
        for line_id, base, amount in zip(line_ids, bases[version.base], fee_per_line(bases[version.base], rate), strict=True):
            lines.append(FeeLine(
                order_id=order_id, order_number=order_number, order_line_id=line_id, merchant_id=merchant_id, trade=trade, kind=kind,
                rule_version_id=version.id, rule_label=f"{version.title} v{version.number}", base=base,
                ppm=version.ppm, amount=amount, returned=0, payer="merchant", payee="platform", frozen_at=now,
            ))
    db.session.add_all(lines)
    return lines


