"""Payments and refunds in the global search: by our number or the channel's."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.money import yuan
from app.extensions import db
from app.framework.console.find import Hit
from app.framework.console.page import may
from app.framework.console.prefix import begins_with
from app.framework.console.seeing import hidden_names
from app.framework.identity import current_actor
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.views import PaymentView, RefundView

HITS = 3
SHORTEST = 6  # our numbers and the channel's begin with a date


def find_payments(words: str, actor: Actor) -> list[Hit]:
    """Payments and refunds whose number begins with the words, for those who may open them."""
    if len(words) < SHORTEST or not words.isascii() or not words.isalnum():
        return []
    return [*_numbered(Payment, PaymentView, _l("收款"), words), *_numbered(Refund, RefundView, _l("退款"), words)]


def _numbered(model: Any, view: Any, kind: Any, words: str) -> list[Hit]:
    if not may(view, "show"):
        return []
    found = {}
    for column in (model.number, model.channel_number):
        for row in db.session.execute(select(model.id, model.number, model.amount).where(begins_with(column, words)).limit(HITS)):
            found[row.id] = row
    hidden = "amount" in hidden_names(view.name, current_actor().roles)
    return [
        Hit(row.number, url_for(f"{view.__name__}.show", pk=row.id), kind, "" if hidden else yuan(row.amount), "wallet")
        for row in list(found.values())[:HITS]
    ]
