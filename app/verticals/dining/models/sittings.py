"""A table's sitting (开台): from the first order, or the cashier's word, until all is served and paid. What a table orders meanwhile belongs together."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.verticals.dining.models.shops import Shop, Table

SITTING_FLOW = Flow(
    name="dining_sitting",
    title=_l("开台"),
    states=(State("open", _l("用餐中"), "run"), State("closed", _l("已结台"), "ok", final=True)),
    moves=(
        Move(
            "close", _l("结台"), ("open",), "closed", frozenset({"Owner", "Manager", "Cashier", "system"}), style="primary",
            effect=late("app.verticals.dining.operations.sittings:on_closed"), confirm=_l("之后再点的菜算下一桌客人的"),
        ),
    ),
)


class Sitting(Dated, Model):
    """One party of guests at a table. `rounds` counts the orders that reached the kitchen; `quiet_since` is when everything was served and paid, None
    while something is open. One table has one open sitting: the database refuses a second."""

    __tablename__ = "dining_sitting"
    __access__ = owned()
    __table_args__ = (
        Index("uq_dining_sitting_open", "table_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_dining_sitting_merchant", "merchant_id", "id"),
        Index("ix_dining_sitting_quiet", "quiet_since", postgresql_where=text("status = 'open'")),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
        CheckConstraint("guests BETWEEN 0 AND 99 AND rounds >= 0", name="counts"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    shop_id: Mapped[int] = mapped_column(ForeignKey("dining_shop.id"), index=True)
    table_id: Mapped[int] = mapped_column(ForeignKey("dining_table.id"), index=True)
    table_name: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(12), default="open")
    guests: Mapped[int] = mapped_column(default=0)
    rounds: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    opened_by: Mapped[str] = mapped_column(String(60))
    quiet_since: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    shop: Mapped[Shop] = relationship(lazy="raise_on_sql")
    table: Mapped[Table] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The table's name."""
        return self.table_name


guard_status(Sitting, SITTING_FLOW)
