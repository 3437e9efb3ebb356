"""Rules, drafts, and approvals of dining's commission, by two people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.framework.flow import move
from app.kernel.commission.models import FeeKind, FeeLine, FeeRule, FeeRuleVersion
from app.kernel.commission.operations import add_rule, propose_version
from tests.kernel.settlement.world import CHECKER, MAKER


def kind_id(app: Flask, kind: str = "commission", trade: str = "dining") -> int:
    """The key of a line of the price list."""
    with app.app_context(), transaction(MAKER):
        return db.session.scalars(select(FeeKind.id).where(FeeKind.trade == trade, FeeKind.kind == kind)).one()


def fallback_id(app: Flask, kind: str = "commission", trade: str = "dining") -> int:
    """The rule that the others fall back to."""
    with app.app_context(), transaction(MAKER):
        return db.session.scalars(select(FeeRule.id).where(FeeRule.trade == trade, FeeRule.kind == kind).order_by(FeeRule.rank.desc())).first()


def rule(app: Flask, title: str, **conditions: Any) -> int:
    """Another rule of dining's commission, before the others."""
    with app.app_context(), transaction(MAKER) as session:
        return add_rule(session.get_one(FeeKind, kind_id(app)), title=title, actor=MAKER, now=datetime.now(UTC), **conditions).id


def draft(app: Flask, rule_id: int, *, actor: Actor = MAKER, **rate: Any) -> int:
    """A draft of the rule's next version, from this moment on."""
    now = datetime.now(UTC)
    with app.app_context(), transaction(actor) as session:
        return propose_version(session.get_one(FeeRule, rule_id), starts_at=now, reason="试", actor=actor, now=now, **rate).id


def approve(app: Flask, version_id: int, *, actor: Actor = CHECKER) -> None:
    """The other person approves a draft."""
    with app.app_context(), transaction(actor) as session:
        move(session.get_one(FeeRuleVersion, version_id), "approve", actor=actor, now=datetime.now(UTC))


def in_force(app: Flask, rule_id: int, **rate: Any) -> int:
    """A version proposed by one person and approved by the other."""
    version_id = draft(app, rule_id, **rate)
    approve(app, version_id)
    return version_id


def charged(app: Flask, order_id: int) -> list[tuple[str, int, int]]:
    """Rule version, ppm, and amount of each fee line that charges something."""
    with app.app_context():
        enter_scope(EVERYTHING)
        found = db.session.scalars(select(FeeLine).where(FeeLine.order_id == order_id).order_by(FeeLine.order_line_id))
        return [(line.rule_label, line.ppm, line.amount) for line in found if line.amount]
