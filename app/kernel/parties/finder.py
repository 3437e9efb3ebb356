"""Merchants and customers in the global search: by name, code, or the last four of a phone."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.extensions import db
from app.framework.console.find import Hit
from app.framework.console.page import may
from app.framework.console.prefix import begins_with
from app.kernel.parties.models import Customer, Merchant
from app.kernel.parties.views.people import CustomerView, MerchantView

HITS = 4


def find_parties(words: str, actor: Actor) -> list[Hit]:
    """Merchants and customers that fit, for those who may open them."""
    return [*_merchants(words), *_customers(words)]


def _merchants(words: str) -> list[Hit]:
    if not may(MerchantView, "show"):
        return []
    fits = Merchant.name.contains(words, autoescape=True) | begins_with(Merchant.code, words.upper())
    rows = db.session.execute(select(Merchant.id, Merchant.name, Merchant.code).where(fits).order_by(Merchant.id).limit(HITS))
    return [Hit(row.name, url_for("MerchantView.show", pk=row.id), _l("商户"), row.code, "building") for row in rows]


def _customers(words: str) -> list[Hit]:
    if not may(CustomerView, "show"):
        return []
    tail = len(words) == 4 and words.isascii() and words.isdecimal()
    fits = Customer.phone_tail == words if tail else begins_with(Customer.name, words)
    rows = db.session.scalars(select(Customer).where(fits).limit(HITS))
    return [Hit(row.label, url_for("CustomerView.show", pk=row.id), _l("顾客"), row.phone_masked, "people") for row in rows]
