"""Odd payments and refunds that wait for finance, on its home."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.money import yuan
from app.extensions import db
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.payments.models import OtherWay
from app.kernel.payments.queries import open_anomalies, stuck_refunds


class OddMoneyCard(HomeCard):
    """What is odd, what is stuck, what waits to be paid another way; hidden when there is none."""

    name = "payments.odd"
    roles = frozenset({"Finance", "Admin"})
    kind = "todo"
    title = _l("支付异常")
    order = 12
    span = 6
    link_label = _l("支付异常")
    endpoint = "AnomalyView.list"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """A line for each of them."""
        items = []
        if odd := open_anomalies(actor):
            items.append(TodoItem(odd, _l("条支付异常待核对"), "", url_for("AnomalyView.list", view="open"), _l("去核对"), "bad"))
        if stuck := stuck_refunds(actor):
            items.append(TodoItem(stuck, _l("笔退款卡住了"), _l("重试，或改用其他方式退"), url_for("RefundView.list", view="stuck"), _l("去处理"), "bad"))
        rows = select(OtherWay.status, func.count(), func.sum(OtherWay.amount)).where(OtherWay.status.in_(("draft", "approved"))).group_by(OtherWay.status)
        words = {"draft": (_l("笔改付等批准"), _l("去批准")), "approved": (_l("笔改付等转账"), _l("去登记"))}
        for status, count, fen in db.session.execute(rows.order_by(OtherWay.status.desc())):
            items.append(TodoItem(count, words[status][0], yuan(int(fen)), url_for("OtherWayView.list", view=status), words[status][1]))
        return items or None
