"""The order of a kind's rules is proposed by one person and put in force by another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import lock, save
from app.kernel.audit.operations import append
from app.kernel.commission.models import FeeKind, FeeOrdering, FeeRule
from app.kernel.commission.operations.proposing import OwnVersion
from app.kernel.governance.operations import approve_as_second, maker_name


class OtherRules(Refusal):
    """The order does not name each rule of the kind once: one was added or left out."""

    code = "commission.other_rules"
    status = 409
    sentence = _l("规则变过了，按现在的规则重新排一次顺序")


class SameOrder(Refusal):
    """The rules stand in that order already."""

    code = "commission.same_order"
    status = 422
    sentence = _l("顺序没有变")


def rules_of(kind: FeeKind) -> list[FeeRule]:
    """The rules of a kind in the operator's order."""
    return list(db.session.scalars(select(FeeRule).where(FeeRule.trade == kind.trade, FeeRule.kind == kind.kind).order_by(FeeRule.rank)))


def propose_ordering(kind: FeeKind, rule_ids: Sequence[int], *, reason: str, actor: Actor, now: datetime) -> FeeOrdering:
    """A draft of another order; orders are priced by it only after a second person approves. Refuses OtherRules and SameOrder."""
    present = [rule.id for rule in rules_of(kind)]
    if sorted(rule_ids) != sorted(present):
        raise OtherRules(field="rules")
    if list(rule_ids) == present:
        raise SameOrder(field="rules")
    ordering = save(FeeOrdering(kind_id=kind.id, rule_ids=list(rule_ids), made_by=maker_name(actor), reason=reason))
    append("fee_ordering.proposed", ordering, actor=actor, now=now, reason=reason)
    return ordering


def put_in_order(ordering: FeeOrdering, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person; the rules stand in that order from here on. Refuses OtherRules when one came in between."""
    approve_as_second(ordering, actor=actor, now=now, refusal=OwnVersion)
    kind = lock(FeeKind, ordering.kind_id)
    rules = {rule.id: rule for rule in rules_of(kind)}
    if sorted(ordering.rule_ids) != sorted(rules):
        raise OtherRules
    for place, rule_id in enumerate(ordering.rule_ids, start=1):
        rules[rule_id].rank = place * 10
    db.session.flush()
