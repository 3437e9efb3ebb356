"""Merchants, customers, and one's own people in the global search: by name, code, account, or the last four of a phone."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.extensions import db
from app.framework.console.find import Hit
from app.framework.console.page import may
from app.framework.console.prefix import begins_with
from app.kernel.parties.models import Customer, Membership, Merchant, StaffUser
from app.kernel.parties.views.members import MemberView
from app.kernel.parties.views.people import CustomerView, MerchantView
from app.kernel.parties.views.staff import StaffView

HITS = 4


def find_parties(words: str, actor: Actor) -> list[Hit]:
    """Merchants, customers, and people that fit, for those who may open them."""
    return [*_merchants(words), *_customers(words), *_people(words)]


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


def _people(words: str) -> list[Hit]:
    """Accounts for those who keep them; for others, the members of the merchants that they see."""
    if may(StaffView, "show"):
        named = (StaffUser.last_name + StaffUser.first_name).icontains(words, autoescape=True)
        users = db.session.scalars(select(StaffUser).where(named | (StaffUser.username == words.lower())).order_by(StaffUser.id).limit(HITS))
        return [Hit(user.label, url_for("StaffView.show", pk=user.id), StaffView.singular, user.username, "people") for user in users]
    if not may(MemberView, "show"):
        return []
    fits = Membership.name.icontains(words, autoescape=True) | (Membership.username == words.lower())
    members = db.session.scalars(select(Membership).where(fits).order_by(Membership.id).limit(HITS))
    return [Hit(each.name, url_for("MemberView.show", pk=each.id), MemberView.singular, each.username, "people") for each in members]
