"""Codes of smart locks: one for each room of a stay, good from arriving to leaving."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.flows import Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status

SYSTEM = frozenset({"system"})

DOOR_FLOW = Flow(
    name="stays_door",
    title=_l("门锁密码"),
    states=(
        State("asked", _l("待下发"), "wait"),
        State("live", _l("可开门"), "ok"),
        State("ending", _l("待收回"), "wait"),
        State("ended", _l("已失效"), "mute", final=True),
    ),
    moves=(
        Move("issue", _l("下发"), ("asked",), "live", SYSTEM),
        Move("end", _l("收回"), ("asked", "live"), "ending", SYSTEM),
        Move("revoke", _l("已收回"), ("ending",), "ended", SYSTEM),
    ),
)


class DoorCode(Dated, Model):
    """A code that opens a lock from `begins` to `ends`. The code is sealed; `reference` is what the lock's maker calls it; `problem` what it said last."""

    __tablename__ = "stays_door"
    __access__ = owned()
    __table_args__ = (Index("ix_stays_door_order", "order_id"), Index("ix_stays_door_merchant", "merchant_id"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("stays_order.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("stays_unit.id"), index=True)
    unit_name: Mapped[str] = mapped_column(String(20))
    lock_number: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10), default="asked")
    sealed: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[str] = mapped_column(String(80), default="")
    begins: Mapped[datetime] = mapped_column(Moment)
    ends: Mapped[datetime] = mapped_column(Moment)
    problem: Mapped[str] = mapped_column(String(200), default="")

    @property
    def label(self) -> str:
        """The room."""
        return self.unit_name


guard_status(DoorCode, DOOR_FLOW)
