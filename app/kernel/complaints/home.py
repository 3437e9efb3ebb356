"""Complaints that wait, on the homes of those who answer and of those who rule."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.money import yuan
from app.extensions import db
from app.framework.console.formats import duration
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.complaints.models import ARBITERS, Complaint
from app.kernel.parties.roles import RUNNERS

WORDS = {
    "open": (_l("条投诉等你答复"), _l("去答复")), "arbitrating": (_l("条投诉等裁决"), _l("去裁决")), "ruled": (_l("条裁决等复核"), _l("去复核")),
}


class ComplaintsCard(HomeCard):
    """What waits for the reader's side; hidden when there is none."""

    name = "complaints.waiting"
    roles = RUNNERS | ARBITERS
    kind = "todo"
    title = _l("投诉")
    order = 12
    span = 6
    link_label = _l("投诉")
    endpoint = "ComplaintView.list"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """One line a state, with what is wished and how soon an answer is due."""
        states = ("open",) if actor.merchant_id else ("arbitrating", "ruled")
        rows = select(Complaint.status, func.count(), func.sum(Complaint.wish), func.min(Complaint.answer_by))
        items = []
        for status, count, fen, due in db.session.execute(rows.where(Complaint.status.in_(states)).group_by(Complaint.status).order_by(Complaint.status)):
            words, action = WORDS[status]
            left = int((due - now).total_seconds())
            note = _("共 %(amount)s", amount=yuan(int(fen)))
            if status == "open" and left > 0:
                note = _("共 %(amount)s，最急的还剩 %(time)s", amount=yuan(int(fen)), time=duration(left))
            items.append(TodoItem(count, words, note, url_for("ComplaintView.list", view=status), action, "bad"))
        return items or None
