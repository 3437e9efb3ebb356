"""Refunds that wait for a second person, on the homes of those who may approve them."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.money import yuan
from app.framework.console.formats import duration
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.aftersales.models import DECIDERS
from app.kernel.aftersales.queries import approvable_cases


class SecondPersonCard(HomeCard):
    """Large refunds that somebody else decided; hidden when there is none."""

    name = "aftersales.approving"
    roles = DECIDERS
    kind = "todo"
    title = _l("退款等第二人批准")
    order = 11
    span = 12
    link_label = _l("退款与售后")
    endpoint = "RefundCaseView.list"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """One line for all, with their sum and the age of the oldest."""
        count, fen, oldest = approvable_cases(actor)
        if not count or oldest is None:
            return None
        note = _("共 %(amount)s，最早的已等 %(time)s", amount=yuan(fen), time=duration(int((now - oldest).total_seconds())))
        return [TodoItem(count, _("笔大额退款等你批准"), note, url_for("RefundCaseView.list", view="approving"), _("去批准"))]
