"""What waits for finance in reconciliation."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.money import yuan
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.reconciliation.models import ReconBreak, ReconDay, ReconMonth
from app.kernel.reconciliation.queries import corrections_waiting


class ReconciliationTodo(HomeCard):
    """Breaks to look into, to approve, and days to sign."""

    name = "reconciliation.todo"
    roles = frozenset({"Finance", "Admin"})
    kind = "todo"
    title = _l("对账")
    order = 12
    span = 5
    link_label = _l("渠道对账")
    endpoint = "ReconDayView.list"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem]:
        """A line for each kind of work that waits."""
        waiting, proposed = ReconBreak.status.in_(("open", "investigating")), ReconBreak.status == "proposed"
        late = waiting & (ReconBreak.due_on < business_day(now))
        sums = func.coalesce(func.sum(func.abs(ReconBreak.effect)), 0)
        items = []
        for condition, words, address, action, tone in (
            (waiting & ~late, _l("对账差异待查"), url_for("ReconDesk.index"), _l("去查"), ""),
            (late, _l("对账差异超过期限"), url_for("BreakView.list", view="open", sort="due_on"), _l("去查"), "bad"),
            (proposed, _l("对账处理待复核"), url_for("BreakView.list", view="proposed"), _l("去复核"), ""),
        ):
            count, money = db.session.execute(select(func.count(), sums).where(condition)).one()
            if count:
                note = _l("涉及 %(amount)s", amount=yuan(int(money)))
                items.append(TodoItem(count, words, note, address, action, tone) if tone else TodoItem(count, words, note, address, action))
        even = db.session.scalar(select(func.count()).select_from(ReconDay).where(ReconDay.status == "even")) or 0
        if even:
            items.append(TodoItem(even, _l("对平的日子等签字"), "", url_for("ReconDayView.list", view="even"), _l("去签字")))
        corrections = corrections_waiting()
        if corrections:
            items.append(TodoItem(corrections, _l("对账更正待复核"), "", url_for("CorrectionView.list", view="draft"), _l("去复核")))
        waiting_months = db.session.scalar(select(func.count()).select_from(ReconMonth).where(ReconMonth.status == "proposed")) or 0
        if waiting_months:
            items.append(TodoItem(waiting_months, _l("对账月等复核关账"), "", url_for("ReconMonthView.list", view="proposed"), _l("去复核")))
        return items
