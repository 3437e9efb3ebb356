"""Spreadsheets in the making and made."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import owned
from app.framework.database import Dated, Moment

STATES = {"waiting": _l("排队中"), "running": _l("生成中"), "done": _l("可下载"), "failed": _l("没有做成")}


class Export(Dated, Model):
    """A spreadsheet of a cycle, or of one statement; `rows_done` of `rows` are written. The file lies there until `expires_at`."""

    __tablename__ = "settle_export"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("(cycle_id IS NULL) <> (statement_id IS NULL)", name="of_one_thing"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
        Index("ix_settle_export_cycle", "cycle_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(String(48), unique=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    cycle_id: Mapped[int | None] = mapped_column(ForeignKey("settle_cycle.id"))
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("settle_statement.id"))
    name: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_done: Mapped[int] = mapped_column(BigInteger, default=0)
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    asked_by: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """The file's name."""
        return self.name

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return 100 if self.state == "done" else (self.rows_done * 100 // self.rows if self.rows else 0)
