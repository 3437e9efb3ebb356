"""Reviews that wait, on the homes of those who reply and of those who look at risk words."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.extensions import db
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.parties.roles import RUNNERS
from app.kernel.reviews.models import STAFF, Review


class ReviewsCard(HomeCard):
    """What waits for the reader's side, bad ones first; hidden when there is none."""

    name = "reviews.waiting"
    roles = RUNNERS | STAFF
    kind = "todo"
    title = _l("评价")
    order = 14
    span = 6
    link_label = _l("评价")
    endpoint = "ReviewView.list"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """One line for those with one or two stars, one for the others."""
        status = "shown" if actor.merchant_id else "pending"
        low = func.count().filter(Review.stars <= 2)
        bad, every = db.session.execute(select(low, func.count()).where(Review.status == status)).one()
        words = (_l("条差评等你回复"), _l("条评价等你回复")) if actor.merchant_id else (_l("条差评等审核"), _l("条评价等审核"))
        action = _l("去回复") if actor.merchant_id else _l("去审核")
        address = url_for("ReviewView.list", view=status)
        items = [
            TodoItem(count, sentence, "", address, action, tone)
            for count, sentence, tone in ((bad, words[0], "bad"), (every - bad, words[1], "wait")) if count
        ]
        return items or None
