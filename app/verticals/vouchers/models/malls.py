"""Malls: a group of stores of several merchants, run by the platform's staff."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.framework.access import reference
from app.framework.database import Dated
from app.framework.flow import guard_status
from app.kernel.parties.roles import OPERATORS
from app.kernel.redemption.models import RedeemStore

MALL_FLOW = Flow(
    name="vouchers_mall",
    title=_l("商场"),
    states=(State("open", _l("开放"), "ok"), State("closed", _l("已关闭"), "mute")),
    moves=(
        Move(
            "close", _l("关闭"), ("open",), "closed", OPERATORS, style="danger", undo="reopen",
            confirm=_l("关闭后顾客在小程序里找不到这个商场，商户和券不变"),
        ),
        Move("reopen", _l("恢复"), ("closed",), "open", OPERATORS, style="primary", undo="close"),
    ),
)


class Mall(Dated, Model):
    """A place with stores of several merchants, that customers look into as one."""

    __tablename__ = "vouchers_mall"
    __access__ = reference()
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="place"),
        CheckConstraint("status IN ('open', 'closed')", name="status"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[str] = mapped_column(String(8), default="open")
    address: Mapped[str] = mapped_column(String(120))
    notice: Mapped[str] = mapped_column(String(200), default="")
    latitude: Mapped[float] = mapped_column(default=0.0)
    longitude: Mapped[float] = mapped_column(default=0.0)

    stores: Mapped[list[MallStore]] = relationship(order_by="MallStore.id", back_populates="mall")

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


class MallStore(Model):
    """A store's place in a mall: `3F-12`. A store is in one mall at most."""

    __tablename__ = "vouchers_mall_store"
    __access__ = reference()

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    mall_id: Mapped[int] = mapped_column(ForeignKey("vouchers_mall.id"), index=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("redeem_store.id"), unique=True)
    place: Mapped[str] = mapped_column(String(20), default="")

    mall: Mapped[Mall] = relationship(back_populates="stores")
    store: Mapped[RedeemStore] = relationship()


guard_status(Mall, MALL_FLOW)
