"""Deliveries that wait, on the homes of couriers and of the front."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.periods import local
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.fulfilment.models import COURIER, Job
from app.kernel.fulfilment.queries import held_jobs, waiting_jobs
from app.kernel.parties.roles import FRONT


class DeliveriesCard(HomeCard):
    """What waits for a courier, and what a courier has in hand; hidden when there is neither."""

    name = "fulfilment.waiting"
    roles = COURIER | FRONT
    kind = "todo"
    title = _l("配送")
    order = 11
    link_label = _l("配送")
    endpoint = "DeliveryPage.index"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """A line for each, with the most urgent one's time."""
        if actor.merchant_id is None:
            return None
        waiting, items = waiting_jobs(actor.merchant_id), []
        if COURIER & actor.roles:
            held = held_jobs(actor.id or 0, actor.merchant_id)
            if held:
                items.append(TodoItem(len(held), _("单在你手上"), _due(held), url_for(self.endpoint), _("去送")))
        if waiting:
            items.append(TodoItem(len(waiting), _("单等人送"), _due(waiting), url_for(self.endpoint), _("去看")))
        return items or None


def _due(jobs: list[Job]) -> str:
    """Until when the most urgent one is promised."""
    due = min((job.due_at for job in jobs if job.due_at), default=None)
    return _("最急的 %(hour)s 前要到", hour=f"{local(due):%H:%M}") if due else ""
