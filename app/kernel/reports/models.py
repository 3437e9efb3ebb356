"""A report as somebody saved it."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.kernel.workspace.models import PRIVATE, ROLE, Kept


class Report(Dated, Kept, Model):
    """The list `list_name` under the arguments of its address in `query`, grouped by `group_by` and in columns by `series`.

    `group_by` and `series` are a column, or a time and its period (`placed_at:week`); `measure` is `count`, `sum:<column>`, or `avg:<column>`.
    """

    __tablename__ = "report"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("shared IN ('private', 'role', 'side')", name="shared"),
        CheckConstraint("(shared = 'role') = (role <> '')", name="role"),
        CheckConstraint("shape IN ('bar', 'line', 'pie', 'table')", name="shape"),
        Index("ix_report_side", "merchant_id", "id"),
    )

    title: Mapped[str] = mapped_column(String(60))
    list_name: Mapped[str] = mapped_column(String(60))
    query: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    group_by: Mapped[str] = mapped_column(String(80))
    series: Mapped[str] = mapped_column(String(80), default="")
    measure: Mapped[str] = mapped_column(String(80), default="count")
    shape: Mapped[str] = mapped_column(String(8), default="bar")
    shared: Mapped[str] = mapped_column(String(8), default=PRIVATE)
    role: Mapped[str] = mapped_column(String(20), default="")
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """Its title."""
        return self.title

    @property
    def share(self) -> str:
        """Whom it is for, as the form says it: private, side, or the name of a role."""
        return self.role if self.shared == ROLE else self.shared
