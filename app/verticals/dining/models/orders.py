"""The dining order: an `Order` with a table or an address, a kitchen ticket, a pick-up code, and its flow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import STAFF_ONLY
from app.framework.database import Moment
from app.framework.flow import guard_status, late
from app.kernel.fulfilment.queries import courier_has
from app.kernel.orders.models import Order
from app.kernel.parties.roles import FRONT, OPERATORS, RUNNERS
from app.verticals.dining.models.shops import Shop, Table

KITCHEN = FRONT | {"Kitchen"}
REASON = (Ask("reason", _l("原因")),)
SERVICES = {"dine_in": _l("堂食"), "pickup": _l("自取"), "delivery": _l("外卖")}


def _effect(name: str) -> Callable[..., Any]:
    return late(f"app.verticals.dining.operations.serving:{name}")


ORDER_FLOW = Flow(
    name="dining_order",
    title=_l("点餐订单"),
    states=(
        State("unpaid", _l("待付款"), "mute"),
        State("waiting", _l("待接单"), "wait"),
        State("cooking", _l("制作中"), "run"),
        State("ready", _l("待取餐"), "run"),
        State("delivering", _l("配送中"), "run"),
        State("done", _l("已完成"), "ok", final=True),
        State("cancelled", _l("已取消"), "mute", final=True),
        State("rejected", _l("已拒单"), "bad", final=True),
        State("timed_out", _l("超时拒单"), "bad", final=True),
    ),
    moves=(
        Move("pay", _l("付款"), ("unpaid",), "waiting", frozenset({"system"}), effect=_effect("on_paid")),
        Move("cancel", _l("取消"), ("unpaid",), "cancelled", frozenset({"customer", "system"}), effect=_effect("on_cancelled"), api=True),
        Move("call_off", _l("取消并退款"), ("waiting",), "cancelled", frozenset({"customer"}), effect=_effect("on_ended"), api=True),
        Move("accept", _l("接单"), ("waiting",), "cooking", FRONT | {"system"}, effect=_effect("on_accepted"), style="primary"),
        Move(
            "reject", _l("拒单"), ("waiting",), "rejected", FRONT, asks=REASON, effect=_effect("on_ended"), style="danger",
            confirm=_l("拒单会全额退款给顾客"),
        ),
        Move("time_out", _l("超时拒单"), ("waiting",), "timed_out", frozenset({"system"}), effect=_effect("on_ended")),
        Move("ready", _l("出餐"), ("cooking",), "ready", KITCHEN, effect=_effect("on_ready"), style="primary"),
        Move(
            "serve", _l("上齐"), ("ready",), "done", FRONT | {"system"}, applies=lambda order: order.service == "dine_in", effect=_effect("on_done"),
            style="primary",
        ),
        Move(
            "hand_over", _l("核对取餐码"), ("ready",), "done", FRONT, applies=lambda order: order.service == "pickup",
            asks=(Ask("code", _l("取餐码"), "code", max_length=8),), effect=_effect("on_handed_over"), style="primary",
        ),
        Move(
            "send_out", _l("自己送"), ("ready",), "delivering", FRONT, applies=lambda order: order.service == "delivery" and not courier_has(order.id),
            effect=_effect("on_sent_out"), style="primary",
        ),
        Move("depart", _l("配送员取餐"), ("ready",), "delivering", frozenset({"system"}), applies=lambda order: order.service == "delivery"),
        Move("arrive", _l("已送达"), ("delivering",), "done", FRONT | {"system", "customer"}, effect=_effect("on_done"), style="primary", api=True),
        Move("close", _l("自动完成"), ("ready",), "done", frozenset({"system"}), effect=_effect("on_done")),
        Move(
            "abandon", _l("取消并退款"), ("cooking", "ready", "delivering"), "cancelled", RUNNERS | OPERATORS, asks=REASON,
            effect=_effect("on_ended"), style="danger", confirm=_l("没退的钱会全部退给顾客"),
        ),
    ),
)


class DiningOrder(Order):
    """An order at a restaurant. `ticket` is what the kitchen calls out (A086); `code` is what the customer shows at pick-up. `round` says which order of
    its table's sitting it is, once it is paid: the second is the first that was added (加菜 1)."""

    __tablename__ = "dining_order"
    __mapper_args__ = {"polymorphic_identity": "dining"}
    __table_args__ = (
        Index("ix_dining_order_accept_by", "accept_by"),
        CheckConstraint("service IN ('dine_in', 'pickup', 'delivery')", name="service"),
        CheckConstraint("service <> 'dine_in' OR table_id IS NOT NULL", name="table_when_dining_in"),
    )

    id: Mapped[int] = mapped_column(ForeignKey("order_order.id"), primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("dining_shop.id"), index=True)
    service: Mapped[str] = mapped_column(String(10))
    table_id: Mapped[int | None] = mapped_column(ForeignKey("dining_table.id"))
    table_name: Mapped[str] = mapped_column(String(20), default="")
    sitting_id: Mapped[int | None] = mapped_column(ForeignKey("dining_sitting.id"), index=True)
    round: Mapped[int] = mapped_column(default=0)
    ticket: Mapped[str] = mapped_column(String(8), default="")
    code: Mapped[str] = mapped_column(String(8), default="")
    code_tries: Mapped[int] = mapped_column(default=0)
    guests: Mapped[int] = mapped_column(default=0)
    address: Mapped[str] = mapped_column(String(120), default="")
    contact_phone: Mapped[str] = mapped_column(String(20), default="")
    accept_by: Mapped[datetime | None] = mapped_column(Moment)
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    promised_at: Mapped[datetime | None] = mapped_column(Moment)
    ready_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_because: Mapped[str] = mapped_column(String(200), default="")

    shop: Mapped[Shop] = relationship()
    table: Mapped[Table | None] = relationship()

    @property
    def added(self) -> int:
        """Which addition (加菜) to its table's meal it is; 0 for the first order, and for all that are no table's."""
        return max(self.round - 1, 0)


guard_status(DiningOrder, ORDER_FLOW)


class TicketCounter(Model):
    """The last ticket number of a shop on a day."""

    __tablename__ = "dining_ticket_counter"
    __access__ = STAFF_ONLY

    shop_id: Mapped[int] = mapped_column(ForeignKey("dining_shop.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)
