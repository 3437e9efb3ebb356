"""The administrator's card for a platform that is not open yet."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.upkeep.guide import steps


class GuideCard(HomeCard):
    """The next steps of opening the platform; gone when all are done."""

    name = "upkeep.guide"
    roles = frozenset({"Admin"})
    kind = "todo"
    title = _l("开张前还差")
    order = 5
    span = 12
    link_label = _l("开张指南")
    endpoint = "GuidePage.index"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """At most three of them, the first ones first."""
        left = [step for step in steps() if not step.done]
        return [TodoItem(1, step.title, step.why, step.url, step.action) for step in left[:3]] or None
