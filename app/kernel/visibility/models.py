"""What is hidden from a role on a page."""

from __future__ import annotations

from collections.abc import Iterable

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import reference
from app.framework.database import Dated


class VisibilityRule(Dated, Model):
    """What members of `role` do not see of the console view `page`: `hidden` holds `page:name` for columns, facts, and sections."""

    __tablename__ = "visibility_rule"
    __access__ = reference()
    __table_args__ = (UniqueConstraint("page", "role"), CheckConstraint("jsonb_typeof(hidden) = 'array'", name="hidden"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    page: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(20))
    hidden: Mapped[list[str]] = mapped_column(JSONB, default=list)

    @property
    def names(self) -> frozenset[str]:
        """The hidden names without their page."""
        return names_in(self.hidden)


def names_in(hidden: Iterable[str]) -> frozenset[str]:
    """Stored names (`page:name`) without their page."""
    return frozenset(each.partition(":")[2] for each in hidden)
