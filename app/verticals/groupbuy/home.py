"""What leaders, suppliers, the warehouse, and operators of group buying see first."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.money import yuan
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.home import Figure, HomeCard, TodoItem
from app.kernel.parties.roles import RUNNERS
from app.kernel.places.home import PlaceOpeningCard
from app.verticals.groupbuy.leader_queries import day_of
from app.verticals.groupbuy.models import GroupbuyOrder, Round, Sheet
from app.verticals.groupbuy.queries import is_supplier, leader_of, missing_before_opening, sheets_to_check_in


class OpeningCard(PlaceOpeningCard):
    """What a leader in preparation needs before its first resident."""

    name = "groupbuy.opening"
    title = _l("开团准备")
    why, ready, after = _l("居民要能找到你、你要学完课"), _l("都备好了，可以开始接单"), _l("之后邻居就能下单")
    step, page = _l("去开始"), "LeaderPage.index"
    place = staticmethod(leader_of)
    missing = staticmethod(missing_before_opening)


class LeaderCard(HomeCard):
    """A leader's work: what to count, to hand out."""

    name = "groupbuy.leader"
    roles = RUNNERS
    kind = "todo"
    title = _l("团长要做的")
    span = 12
    order = 8

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """Nothing for merchants that are no leaders."""
        leader = leader_of(actor.merchant_id)
        if leader is None:
            return None
        items = []
        coming = sheets_to_check_in(leader.merchant_id)
        if coming:
            items.append(TodoItem(sum(sheet.pieces for sheet in coming), _("件货要点"), coming[0].number, url_for("LeaderPage.index"), _("去点货")))
        waiting, oldest = db.session.execute(
            select(func.count(), func.min(GroupbuyOrder.arrived_at)).where(GroupbuyOrder.merchant_id == leader.merchant_id, GroupbuyOrder.status == "arrived")
        ).one()
        if waiting and oldest:
            note = _("最早的到了 %(days)d 天", days=(now - oldest).days)
            items.append(TodoItem(waiting, _("个包裹等人来取"), note, url_for("LeaderPage.index"), _("去交货"), "run"))
        return items


class LeaderFiguresCard(HomeCard):
    """A leader's day in figures."""

    name = "groupbuy.leader_figures"
    roles = RUNNERS
    kind = "figures"
    title = _l("团长今天")
    span = 12
    order = 19

    def load(self, actor: Actor, now: datetime) -> list[Figure] | None:
        """Nothing for merchants that are no leaders."""
        leader = leader_of(actor.merchant_id)
        if leader is None:
            return None
        day = day_of(leader.merchant_id, business_day(now))
        page = url_for("LeaderPage.index")
        return [
            Figure(_("今天的订单"), f"{day.orders:,}", page, unit=_("单")), Figure(_("今天卖了"), yuan(day.paid), page),
            Figure(_("今天的佣金"), yuan(day.commission), page), Figure(_("待结算佣金"), yuan(day.pending), page),
            Figure(_("可提现"), yuan(day.available), url_for("WithdrawalView.list")),
        ]


class SupplierCard(HomeCard):
    """Purchases that a supplier has to bring."""

    name = "groupbuy.supplier"
    roles = RUNNERS
    kind = "todo"
    title = _l("要备的货")
    span = 12
    order = 8

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """Nothing for merchants that are no suppliers."""
        if not is_supplier(actor.merchant_id):
            return None
        rows = db.session.execute(
            select(Sheet.id, Sheet.number, Sheet.pieces, Sheet.amount).join(Round, Round.id == Sheet.round_id)
            .where(Sheet.merchant_id == actor.merchant_id, Sheet.kind == "purchase", Round.status == "closed").order_by(Sheet.id)
        ).all()
        return [
            TodoItem(row.pieces, _("件要送到仓库"), f"{row.number} · {yuan(row.amount)}", url_for("SheetView.show", pk=row.id), _("看采购单")) for row in rows
        ]


class WarehouseCard(HomeCard):
    """Rounds to receive and to send."""

    name = "groupbuy.warehouse"
    roles = frozenset({"Warehouse", "Operator"})
    kind = "todo"
    title = _l("仓库要做的")
    span = 12
    order = 12

    def load(self, actor: Actor, now: datetime) -> list[TodoItem]:
        """What waits for the warehouse."""
        statement = select(Round.status, func.count()).where(Round.status.in_(("closed", "received"))).group_by(Round.status)
        counts = dict(db.session.execute(statement).tuples().all())
        words = (("closed", _("期要收货"), _("去收货")), ("received", _("期要发车"), _("去发车")))
        return [TodoItem(counts[status], what, "", url_for("WarehousePage.index"), action) for status, what, action in words if counts.get(status)]


CARDS = (OpeningCard, LeaderCard, LeaderFiguresCard, SupplierCard, WarehouseCard)
