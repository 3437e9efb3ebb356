"""The state of a kind's rules, and what a change of them would have charged last month. Nothing here writes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import selectinload

from app.core.actors import Actor
from app.core.periods import business_day, day_start, local
from app.extensions import db
from app.framework.database import elevated, plain_rows
from app.kernel.commission.models import FeeKind, FeeOrdering, FeeRule, FeeRuleVersion
from app.kernel.commission.queries import month_of
from app.kernel.commission.rules import rate_of, tiered
from app.kernel.orders.models import Order
from app.kernel.parties.models import Merchant
from app.kernel.pricing.replay_sql import Candidate, replay_statement
from app.kernel.pricing.rules import Reach, unreachable


@dataclass(frozen=True)
class Standing:
    """A kind's rules in their order, each with the versions that are in force at a moment: merchants' own first, everybody's last."""

    rules: tuple[FeeRule, ...]
    versions: dict[int, tuple[FeeRuleVersion, ...]]

    def candidates(self) -> list[Candidate]:
        """(rule, version) in the order in which an order asks them."""
        return [(rule, version) for rule in self.rules for version in self.versions.get(rule.id, ())]

    def reaches(self) -> list[Reach]:
        """The rules that are in force, as matching sees them."""
        found = []
        for rule in self.rules:
            versions = self.versions.get(rule.id, ())
            if versions:
                everybody = any(version.merchant_id is None for version in versions)
                merchants = None if everybody else frozenset(version.merchant_id for version in versions if version.merchant_id)
                found.append(Reach(rule.id, rule.order_kind, rule.category, rule.from_minute, rule.to_minute, rule.new_days, merchants))
        return found

    def with_version(self, draft: FeeRuleVersion) -> Standing:
        """The same with `draft` in force in the place of the version of its scope."""
        kept = [version for version in self.versions.get(draft.rule_id, ()) if version.merchant_id != draft.merchant_id]
        versions = sorted([*kept, draft], key=lambda version: (version.merchant_id is None, version.merchant_id or 0))
        return Standing(self.rules, {**self.versions, draft.rule_id: tuple(versions)})

    def in_order(self, rule_ids: Sequence[int]) -> Standing:
        """The same with the rules in another order; rules that it does not name stay in front."""
        places = {rule_id: place for place, rule_id in enumerate(rule_ids)}
        return Standing(tuple(sorted(self.rules, key=lambda rule: places.get(rule.id, -1))), self.versions)


@dataclass(frozen=True)
class ReplayRow:
    """A merchant's month: its orders, those whom another version would price, their base, and the fees of both sides, in fen."""

    merchant_id: int
    name: str
    orders: int
    changed: int
    base: int
    before: int
    after: int

    @property
    def difference(self) -> int:
        """What the merchant would pay more; less where negative."""
        return self.after - self.before


@dataclass(frozen=True)
class Stretch:
    """A stretch of time whose orders are replayed, [begins, ends): last month, or the 30 days before today."""

    name: str
    begins: datetime
    ends: datetime

    @property
    def words(self) -> str:
        """`2026-10`, or `2026-10-31 — 2026-11-29`."""
        first, last = local(self.begins).date(), (local(self.ends) - timedelta(days=1)).date()
        return f"{first:%Y-%m}" if self.name == "month" else f"{first} — {last}"


@dataclass(frozen=True)
class Replay:
    """What a change would have charged: a row for each merchant, those who pay most more first; `unmatched` orders have no rule."""

    stretch: Stretch
    rows: tuple[ReplayRow, ...]
    unmatched: int
    seconds: float

    def total(self, name: str) -> int:
        """The sum of a column."""
        return sum(getattr(row, name) for row in self.rows)

    @property
    def affected(self) -> int:
        """How many merchants would pay another amount."""
        return sum(1 for row in self.rows if row.difference)


def rules_standing(kind: FeeKind, moment: datetime) -> Standing:
    """The rules of a kind as they stand at a moment."""
    rules = db.session.scalars(select(FeeRule).where(FeeRule.trade == kind.trade, FeeRule.kind == kind.kind).order_by(FeeRule.rank)).all()
    found = db.session.scalars(
        select(FeeRuleVersion).where(
            FeeRuleVersion.rule_id.in_([rule.id for rule in rules]), FeeRuleVersion.status == "approved", FeeRuleVersion.valid.contains(moment),
        ).order_by(FeeRuleVersion.merchant_id.nulls_last())
    ).all()
    return Standing(tuple(rules), {rule.id: tuple(version for version in found if version.rule_id == rule.id) for rule in rules})


def drafts_of(kind: FeeKind) -> list[FeeRuleVersion]:
    """Versions of the kind's rules that wait for a second person, oldest first."""
    return list(db.session.scalars(
        select(FeeRuleVersion).join(FeeRule).where(FeeRule.trade == kind.trade, FeeRule.kind == kind.kind, FeeRuleVersion.status == "draft")
        .options(selectinload(FeeRuleVersion.rule)).order_by(FeeRuleVersion.id)
    ))


def orderings_of(kind: FeeKind) -> list[FeeOrdering]:
    """Orders of the kind's rules that wait for a second person, oldest first."""
    return list(db.session.scalars(select(FeeOrdering).where(FeeOrdering.kind_id == kind.id, FeeOrdering.status == "draft").order_by(FeeOrdering.id)))


def stretch_named(name: str, now: datetime) -> Stretch:
    """The Shanghai month before this one, or with `30d` the 30 days before today."""
    if name == "30d":
        return Stretch(name, day_start(business_day(now) - timedelta(days=30)), day_start(business_day(now)))
    this = month_of(now)
    return Stretch("month", day_start((this - timedelta(days=1)).replace(day=1)), day_start(this))


def usual_stretch(trade: str, now: datetime) -> str:
    """Last month; the last 30 days for a trade that took no order in it."""
    month = stretch_named("month", now)
    first = select(Order.id).where(Order.placed_at >= month.begins, Order.placed_at < month.ends, text("order_order.trade = :trade")).limit(1)
    return "month" if db.session.execute(first, {"trade": trade}).first() else "30d"


def replay(kind: FeeKind, before: Standing, after: Standing, stretch: Stretch) -> Replay:
    """Every paid order of the trade in that stretch priced both ways, as it was placed; fees by volume are those of the whole stretch."""
    began = time.perf_counter()
    old, new = before.candidates(), after.candidates()
    versions = {version.id: version for _rule, version in (*old, *new)}
    rows = plain_rows(replay_statement(kind.trade, stretch.begins, stretch.ends, old, new))
    sums: dict[int, _Sums] = {}
    for row in rows:
        merchant = sums.setdefault(row.merchant_id, _Sums())
        merchant.orders += row.orders
        merchant.changed += row.orders if row.old_version != row.new_version else 0
        merchant.unmatched += row.orders if row.new_version is None else 0
        merchant.base += int(row.new_base)
        merchant.add(merchant.old, row.old_version, int(row.old_base), int(row.old_fee))
        merchant.add(merchant.new, row.new_version, int(row.new_base), int(row.new_fee))
    names = dict(db.session.execute(select(Merchant.id, Merchant.name).where(Merchant.id.in_(sums))).tuples().all()) if sums else {}
    found = [
        ReplayRow(key, names.get(key, ""), each.orders, each.changed, each.base, each.fee(each.old, versions), each.fee(each.new, versions))
        for key, each in sums.items()
    ]
    ranked = sorted(found, key=lambda row: (-abs(row.difference), -row.base, row.merchant_id))
    return Replay(stretch, tuple(ranked), sum(each.unmatched for each in sums.values()), time.perf_counter() - began)


@dataclass
class _Sums:
    """A merchant's sums by version, from which its fees are worked out."""

    orders: int = 0
    changed: int = 0
    unmatched: int = 0
    base: int = 0
    old: dict[int, tuple[int, int]] = field(default_factory=dict)
    new: dict[int, tuple[int, int]] = field(default_factory=dict)

    @staticmethod
    def add(side: dict[int, tuple[int, int]], version: int | None, base: int, fee: int) -> None:
        if version is not None:
            bases, fees = side.get(version, (0, 0))
            side[version] = bases + base, fees + fee

    @staticmethod
    def fee(side: dict[int, tuple[int, int]], versions: dict[int, FeeRuleVersion]) -> int:
        total = 0
        for key, (base, fee) in side.items():
            rate = rate_of(versions[key])
            total += int(tiered(base, rate)) if rate.method == "volume_tiers" else fee
        return total


def counts_by_kind() -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """Of each (trade, kind): how many rules, and how many versions and orders of rules wait for a second person."""
    key = FeeRule.trade, FeeRule.kind
    rules = {(row[0], row[1]): row[2] for row in db.session.execute(select(*key, func.count()).group_by(*key))}
    drafts = select(*key, func.count()).join(FeeRuleVersion, FeeRuleVersion.rule_id == FeeRule.id).where(FeeRuleVersion.status == "draft").group_by(*key)
    waiting = {(row[0], row[1]): row[2] for row in db.session.execute(drafts)}
    orderings = select(FeeKind.trade, FeeKind.kind, func.count()).join(FeeOrdering, FeeOrdering.kind_id == FeeKind.id)
    for row in db.session.execute(orderings.where(FeeOrdering.status == "draft").group_by(FeeKind.trade, FeeKind.kind)):
        waiting[row[0], row[1]] = waiting.get((row[0], row[1]), 0) + row[2]
    return rules, waiting


def rates_in_force() -> dict[tuple[str, str], FeeRuleVersion]:
    """(trade, kind) → the version in force that everybody falls back to: of the last rule that has one for all merchants."""
    statement = (
        select(FeeRuleVersion).join(FeeRule).where(
            FeeRuleVersion.status == "approved", FeeRuleVersion.valid.contains(func.now()), FeeRuleVersion.merchant_id.is_(None),
        ).order_by(FeeRule.rank)
    )
    return {(version.rule.trade, version.rule.kind): version for version in db.session.scalars(statement)}


@dataclass(frozen=True)
class OwnPrice:
    """A fee that a merchant may be charged: its kind, and the rules that may price it with the version that is for this merchant, first to last."""

    kind: FeeKind
    rules: tuple[Candidate, ...]


def prices_of_merchant(merchant_id: int, now: datetime) -> list[tuple[str, list[OwnPrice]]]:
    """(trade, its fees that merchants pay) of each trade of the merchant; rules that none of its orders can come to are left out.

    Reads the whole price list: what comes out is the merchant's own.
    """
    with elevated():
        trades = db.session.scalars(select(Merchant.trades).where(Merchant.id == merchant_id)).one()
        kinds = db.session.scalars(select(FeeKind).where(FeeKind.trade.in_(trades), FeeKind.payer == "merchant").order_by(FeeKind.id)).all()
        found: dict[str, list[OwnPrice]] = {}
        for kind in kinds:
            rules = tuple(_own_rules(rules_standing(kind, now), merchant_id))
            if rules:
                found.setdefault(kind.trade, []).append(OwnPrice(kind, rules))
    return list(found.items())


def _own_rules(standing: Standing, merchant_id: int) -> Iterator[Candidate]:
    """Of each rule that an order of the merchant can come to the version that is for the merchant."""
    own = {
        rule.id: version for rule in standing.rules
        if (version := next((each for each in standing.versions.get(rule.id, ()) if each.merchant_id in (None, merchant_id)), None))
    }
    dead = unreachable([replace(each, merchants=None) for each in standing.reaches() if each.rule_id in own])
    return ((rule, own[rule.id]) for rule in standing.rules if rule.id in own and rule.id not in dead)


def waiting_for_approval(actor: Actor) -> int:
    """How many versions and orders of rules wait for a second person."""
    return sum(counts_by_kind()[1].values())
