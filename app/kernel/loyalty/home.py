"""Points by hand that wait for a second person, on the homes of those who may approve."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.loyalty.queries import waiting_adjustments


class AdjustingCard(HomeCard):
    """Adjustments of points that wait; hidden when there is none."""

    name = "loyalty.adjusting"
    roles = frozenset({"Owner", "Finance", "Admin"})
    kind = "todo"
    title = _l("积分")
    order = 14
    span = 6
    link_label = _l("积分调整")
    endpoint = "PointsAdjustmentView.list"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """One line for all."""
        count = waiting_adjustments(actor)
        if not count:
            return None
        return [TodoItem(count, _l("笔积分调整等批准"), "", url_for("PointsAdjustmentView.list", view="draft"), _l("去批准"))]
