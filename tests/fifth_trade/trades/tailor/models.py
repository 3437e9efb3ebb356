"""Alterations on sale, and orders of them."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.flows import Flow, Move, State
from app.framework.access import catalogue
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.listings.flows import listing_flow
from app.kernel.listings.models import Listed
from app.kernel.orders.models import Order

EFFECTS = "app.verticals.tailor.operations"
FRONT = frozenset({"Owner", "Manager"})
ALTERATION_FLOW = listing_flow("tailor_alteration", "改衣项目")
ORDER_FLOW = Flow(
    name="tailor_order",
    title="改衣订单",
    states=(
        State("unpaid", "待付款", "mute"), State("sewing", "在改", "run"), State("done", "已取走", "ok", final=True),
        State("cancelled", "已取消", "mute", final=True),
    ),
    moves=(
        Move("pay", "付款", ("unpaid",), "sewing", frozenset({"system"})),
        Move("cancel", "取消", ("unpaid",), "cancelled", frozenset({"customer", "system"}), effect=late(f"{EFFECTS}:on_cancelled"), api=True),
        Move("hand_over", "交衣", ("sewing",), "done", FRONT, effect=late(f"{EFFECTS}:on_done"), style="primary"),
    ),
)


class Alteration(Listed, Dated, Model):
    """Something that a tailor does to a garment, for so much a piece."""

    __tablename__ = "tailor_alteration"
    __access__ = catalogue(where=lambda cls: cls.status == "on_sale")
    __table_args__ = (CheckConstraint("price > 0", name="price"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    price: Mapped[int] = mapped_column(BigInteger)

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


guard_status(Alteration, ALTERATION_FLOW)


class TailorOrder(Order):
    """An order of alterations; a hurried one is done by tomorrow."""

    __tablename__ = "tailor_order"
    __mapper_args__ = {"polymorphic_identity": "tailor"}
    __table_args__ = ()  # those of every order belong to its own table

    id: Mapped[int] = mapped_column(ForeignKey("order_order.id"), primary_key=True)
    hurry: Mapped[bool] = mapped_column(default=False)


guard_status(TailorOrder, ORDER_FLOW)
