"""What a restaurant sees first beside the figures of all trades: what waits, best sellers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.money import yuan
from app.core.periods import local
from app.extensions import db
from app.framework.console.home import HomeCard, SpanCard, Table, TodoItem
from app.framework.console.spans import Span
from app.kernel.aftersales.models import RefundCase
from app.kernel.orders.models import OrderLine
from app.kernel.parties.roles import FRONT, RUNNERS
from app.kernel.places.home import PlaceOpeningCard
from app.verticals.dining.models import DiningOrder
from app.verticals.dining.queries import low_stock_of, missing_before_opening, shop_of


class WaitingCard(HomeCard):
    """Orders to answer, refunds asked, dishes that run out."""

    name = "dining.waiting"
    roles = FRONT
    kind = "todo"
    title = _l("等你处理")
    span = 12
    order = 10

    def load(self, actor: Actor, now: datetime) -> list[TodoItem]:
        """What waits, most urgent first; nothing that does not."""
        waiting, first = db.session.execute(
            select(func.count(), func.min(DiningOrder.accept_by)).select_from(DiningOrder).where(DiningOrder.status == "waiting")
        ).one()
        asked, answer_by = db.session.execute(
            select(func.count(), func.min(RefundCase.answer_by)).select_from(RefundCase).where(RefundCase.status == "asked", RefundCase.trade == "dining")
        ).one()
        low = low_stock_of(actor.merchant_id) if actor.merchant_id else []
        items = []
        if waiting:
            late = first is not None and first - now < timedelta(minutes=1)
            note = _("最早的 %(hour)s 前不接就自动退款", hour=f"{local(first):%H:%M}") if first else ""
            items.append(TodoItem(waiting, _("单等你接"), note, url_for("BoardPage.index"), _("去接单"), "bad" if late else "wait"))
        if asked:
            note = _("%(time)s 前答复", time=f"{local(answer_by):%m-%d %H:%M}") if answer_by else ""
            items.append(TodoItem(asked, _("笔退款申请"), note, url_for("RefundCaseView.list", view="asked"), _("去处理")))
        if low:
            names = "、".join(dict.fromkeys(row.dish for row in low[:3]))
            items.append(TodoItem(len(low), _("个规格快卖完"), names, url_for("MenuPage.index", low=1), _("改库存")))
        return items


class OpeningCard(PlaceOpeningCard):
    """What a shop in preparation needs before its first customer."""

    name = "dining.opening"
    title = _l("开张准备")
    why, ready, after = _l("顾客要能找到店、点到菜"), _l("都备好了，可以开门"), _l("开门后顾客就能下单")
    step, page = _l("去开门"), "ShopPage.index"
    place = staticmethod(shop_of)
    missing = staticmethod(missing_before_opening)


class BestSellersCard(SpanCard):
    """The dishes that sell most in the span."""

    name = "dining.best_sellers"
    roles = RUNNERS
    kind = "table"
    title = _l("卖得最好的")
    span = 5
    order = 31

    def load_span(self, actor: Actor, span: Span) -> Table | None:
        """At most eight; hidden before the first order."""
        portions = func.sum(OrderLine.quantity)
        statement = (
            select(OrderLine.title, portions, func.sum(OrderLine.payable)).join(DiningOrder, DiningOrder.id == OrderLine.order_id)
            .where(DiningOrder.placed_at >= span.begins, DiningOrder.paid > 0, OrderLine.kind == "goods")
            .group_by(OrderLine.title).order_by(portions.desc(), OrderLine.title).limit(8)
        )
        rows: Sequence[Sequence[Any]] = [(title, f"{count:,}", yuan(int(fen))) for title, count, fen in db.session.execute(statement)]
        return Table((_("菜品"), _("份数"), _("金额")), rows, frozenset({1, 2})) if rows else None


CARDS = (OpeningCard, WaitingCard, BestSellersCard)
