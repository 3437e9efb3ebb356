"""Reads of parties worth a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import or_, select

from app.extensions import db
from app.framework.database import elevated
from app.kernel.audit.words import person_in_words
from app.kernel.parties.models import Customer, Merchant, StaffUser


def merchants_called(words: str) -> list[tuple[int, str]]:
    """Up to 20 merchants whose name or code holds the words, in the reader's scope: (id, name)."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    statement = select(Merchant.id, Merchant.name).where(or_(Merchant.name.ilike(pattern), Merchant.code.ilike(pattern)))
    return [(row.id, row.name) for row in db.session.execute(statement.order_by(Merchant.name).limit(20))]


def merchant_named(key: int) -> str | None:
    """The name of a merchant in the reader's scope, None when there is none."""
    return db.session.scalars(select(Merchant.name).where(Merchant.id == key)).one_or_none()


def customer_named(key: int) -> str | None:
    """A customer as they are called, with the end of the phone."""
    customer = db.session.get(Customer, key)
    return f"{customer.label} {customer.phone_masked}".strip() if customer else None


def customers_called(words: str) -> list[tuple[int, str]]:
    """Up to 20 customers whose name begins with the words or whose phone ends so."""
    found = select(Customer).where((Customer.name.istartswith(words, autoescape=True)) | (Customer.phone_tail == words)).order_by(Customer.id).limit(20)
    return [(each.id, f"{each.label} {each.phone_masked}".strip()) for each in db.session.scalars(found)]


def merchants_by_code(codes: Iterable[str]) -> dict[str, int]:
    """Code → key of the open merchants of these codes, in the reader's scope."""
    statement = select(Merchant.code, Merchant.id).where(Merchant.code.in_(list(codes)), Merchant.status == "open")
    return dict(db.session.execute(statement).tuples().all())


def person_named(maker: str | None) -> Any:
    """The person behind `staff:7`, as makers and checkers of money rules are written down; a part of the system in words."""
    key = (maker or "").partition(":")[2]
    if not key.isdecimal():
        return person_in_words(maker)
    with elevated():  # a member sees whom the platform's people name, not their accounts
        user = db.session.get(StaffUser, int(key))
    return user.label if user else maker


def staff_with_role(role: str) -> list[StaffUser]:
    """People of the platform who hold the role and may sign in, by id."""
    of_role = StaffUser.roles.any(StaffUser.roles.property.mapper.class_.name == role)
    return list(db.session.scalars(select(StaffUser).where(of_role, StaffUser.active).order_by(StaffUser.id)))


def customers_with_phone_tail(tail: str, limit: int = 500) -> list[int]:
    """Ids of the customers whose phone ends so, whoever asks: for finding the asker's own orders, which the scope then narrows."""
    with elevated():
        return list(db.session.scalars(select(Customer.id).where(Customer.phone_tail == tail).limit(limit)))


def phone_tails(customer_ids: Iterable[int]) -> dict[int, str]:
    """Customer → the last four digits of the phone, whoever asks: for telling apart those who come for what they bought."""
    with elevated():
        return dict(db.session.execute(select(Customer.id, Customer.phone_tail).where(Customer.id.in_(list(customer_ids)))).tuples().all())
