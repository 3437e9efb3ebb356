"""Reads of parties worth a name."""

from __future__ import annotations

from sqlalchemy import or_, select

from app.extensions import db
from app.kernel.parties.models import Merchant


def merchants_called(words: str) -> list[tuple[int, str]]:
    """Up to 20 merchants whose name or code holds the words, in the reader's scope: (id, name)."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    statement = select(Merchant.id, Merchant.name).where(or_(Merchant.name.ilike(pattern), Merchant.code.ilike(pattern)))
    return [(row.id, row.name) for row in db.session.execute(statement.order_by(Merchant.name).limit(20))]


def merchant_named(key: int) -> str | None:
    """The name of a merchant in the reader's scope, None when there is none."""
    return db.session.scalars(select(Merchant.name).where(Merchant.id == key)).one_or_none()
