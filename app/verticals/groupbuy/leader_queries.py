"""A leader's day: what was sold, what comes, what is earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, text

from app.core.periods import day_range
from app.extensions import db
from app.framework.database import elevated
from app.kernel.commission.queries import versions_at
from app.kernel.ledger.accounts import merchant_available, merchant_pending
from app.kernel.ledger.queries import balances
from app.kernel.orders.models import OrderLine
from app.verticals.groupbuy.models import GroupbuyOrder, Leader, Round
from app.verticals.groupbuy.queries import TRADE


@dataclass(frozen=True)
class Day:
    """A leader's day: orders paid, fen of them, commission in them; fen earned inside the hold and past it."""

    orders: int
    paid: int
    commission: int
    pending: int
    available: int


_COMMISSION = text(
    """
    SELECT COALESCE(sum(fee.amount - fee.returned), 0)::bigint FROM fee_line AS fee JOIN order_order AS bought ON bought.id = fee.order_id
    WHERE bought.merchant_id = :merchant AND bought.trade = 'groupbuy' AND fee.kind = 'leader_commission' AND bought.paid > 0
      AND bought.placed_at >= :begins AND bought.placed_at < :ends
    """
)


def day_of(merchant_id: int, day: date) -> Day:
    """What the leader did on the Shanghai day, and what it has."""
    begins, ends = day_range(day)
    statement = select(func.count(), func.coalesce(func.sum(GroupbuyOrder.paid), 0)).where(
        GroupbuyOrder.merchant_id == merchant_id, GroupbuyOrder.paid > 0, GroupbuyOrder.placed_at >= begins, GroupbuyOrder.placed_at < ends,
    )
    count, paid = db.session.execute(statement).one()
    held, own = merchant_pending(merchant_id), merchant_available(merchant_id)
    with elevated():
        commission = db.session.execute(_COMMISSION, {"merchant": merchant_id, "begins": begins, "ends": ends}).scalar_one()
        found = balances([held, own])
    return Day(int(count), int(paid), int(commission), found[held], found[own])


@dataclass(frozen=True)
class Coming:
    """What the residents of a leader ordered in a round that has not arrived: orders, pieces, fen paid less refunds, and (id, title, spec, pieces) of goods."""

    round: Round
    orders: int
    pieces: int
    paid: int
    goods: list[tuple[int, str, str, int]]


def rounds_coming(merchant_id: int) -> list[Coming]:
    """Rounds with orders of the leader that have not arrived, the earliest cut-off first."""
    under_way = (GroupbuyOrder.merchant_id == merchant_id, GroupbuyOrder.status.in_(("waiting", "ordered", "sent")))
    goods: dict[int, list[tuple[int, str, str, int]]] = {}
    lines = select(GroupbuyOrder.round_id, OrderLine.subject_id, func.max(OrderLine.title), func.max(OrderLine.spec), func.sum(OrderLine.quantity))
    lines = lines.join(OrderLine, OrderLine.order_id == GroupbuyOrder.id).where(*under_way).group_by(GroupbuyOrder.round_id, OrderLine.subject_id)
    for key, *good in db.session.execute(lines.order_by(func.max(OrderLine.title), OrderLine.subject_id)):
        goods.setdefault(key, []).append((*good[:3], int(good[3])))
    sums = select(GroupbuyOrder.round_id, func.count(), func.sum(GroupbuyOrder.paid - GroupbuyOrder.refunded)).where(*under_way)
    found = {key: (count, int(paid)) for key, count, paid in db.session.execute(sums.group_by(GroupbuyOrder.round_id))}
    rounds = db.session.scalars(select(Round).where(Round.id.in_(found)).order_by(Round.cutoff_at, Round.id))
    return [Coming(each, found[each.id][0], sum(good[3] for good in goods[each.id]), found[each.id][1], goods[each.id]) for each in rounds]


@dataclass(frozen=True)
class Commission:
    """What an order brings its leader, in fen: frozen at placement, taken back by refunds, left; and where it stands."""

    order_id: int
    number: str
    placed_at: datetime
    paid: int
    refunded: int
    commission: int
    returned: int
    completed_at: datetime | None
    released_at: datetime | None

    @property
    def earned(self) -> int:
        """What is left of it."""
        return self.commission - self.returned

    @property
    def state(self) -> str:
        """Not collected yet, inside the hold, released, or gone with refunds."""
        if self.returned and not self.earned:
            return "clawed_back"
        return "released" if self.released_at else "held" if self.completed_at else "expected"


_EARNED = """
    SELECT bought.id AS order_id, bought.number, bought.placed_at, bought.paid, bought.refunded, sum(fee.amount)::bigint AS commission,
           sum(fee.returned)::bigint AS returned, bought.completed_at, bought.released_at
    FROM order_order AS bought JOIN fee_line AS fee ON fee.order_id = bought.id AND fee.kind = 'leader_commission'
    WHERE bought.merchant_id = :merchant AND bought.trade = 'groupbuy' AND bought.paid > 0
"""
_EARNED_PAGE = text(f"{_EARNED} AND bought.id < :before GROUP BY bought.id ORDER BY bought.id DESC LIMIT :most")
_EARNED_SUMS = text(
    f"""
    SELECT COALESCE(sum(commission - returned) FILTER (WHERE completed_at IS NULL), 0)::bigint AS expected,
           COALESCE(sum(commission - returned) FILTER (WHERE completed_at IS NOT NULL AND released_at IS NULL), 0)::bigint AS held,
           COALESCE(sum(commission - returned) FILTER (WHERE released_at IS NOT NULL), 0)::bigint AS released,
           COALESCE(sum(returned), 0)::bigint AS clawed_back
    FROM ({_EARNED} GROUP BY bought.id) AS each_order
    """  # noqa: S608 # nosec B608: constants of this file only
)


def commission_by_order(merchant_id: int, *, after: int | None, limit: int) -> list[Commission]:
    """What each order brings the leader, the newest first, before the order `after`."""
    with elevated():  # the commission is the platform's cost: its lines name no merchant
        found = db.session.execute(_EARNED_PAGE, {"merchant": merchant_id, "before": after or 2**62, "most": limit})
        return [Commission(**row) for row in found.mappings()]


def commission_in_all(merchant_id: int) -> Mapping[str, int]:
    """Fen of all orders: expected, held, released, clawed_back."""
    with elevated():
        return dict(db.session.execute(_EARNED_SUMS, {"merchant": merchant_id}).mappings().one())


def commission_ppm(leader: Leader, now: datetime) -> int:
    """What share of its sales the leader gets at its level, in ppm, as the price list says."""
    version = versions_at(TRADE, leader.merchant_id, now, leader.level).get("leader_commission")
    return int(version.ppm) if version is not None else 0
