"""A purchase of a deal, and the orders that its redemptions become."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.framework.flow import guard_status, late
from app.kernel.orders.models import Order
from app.verticals.vouchers.models.deals import VoucherDeal

SYSTEM = frozenset({"system"})
ORDER_KINDS = {"bought": _l("购买"), "redeemed": _l("核销")}
BOUGHT = "bought"


def _effect(name: str) -> Callable[..., Any]:
    return late(f"app.verticals.vouchers.operations.selling:{name}")


ORDER_FLOW = Flow(
    name="vouchers_order",
    title=_l("券订单"),
    states=(
        State("unpaid", _l("待付款"), "wait"),
        State("live", _l("待使用"), "run"),
        State("over", _l("已用完"), "ok"),
        State("refunded", _l("已退款"), "mute", final=True),
        State("cancelled", _l("已取消"), "mute", final=True),
        State("redeemed", _l("已核销，可撤销"), "run"),
        State("done", _l("核销完成"), "ok", final=True),
        State("undone", _l("核销撤销"), "bad", final=True),
    ),
    moves=(
        Move("pay", _l("付款"), ("unpaid",), "live", SYSTEM, effect=_effect("on_paid")),
        Move("cancel", _l("取消"), ("unpaid",), "cancelled", SYSTEM | {"customer"}, effect=_effect("on_cancelled"), api=True),
        Move("run_out", _l("用完"), ("live",), "over", SYSTEM, effect=_effect("on_nothing_left")),
        Move("go_back", _l("全部退款"), ("live",), "refunded", SYSTEM, effect=_effect("on_nothing_left")),
        Move("come_back", _l("撤销核销"), ("over",), "live", SYSTEM),
        Move("redeem", _l("核销"), ("unpaid",), "redeemed", SYSTEM),
        Move("finish", _l("完成"), ("redeemed",), "done", SYSTEM, effect=_effect("on_finished")),
        Move("undo", _l("撤销"), ("redeemed",), "undone", SYSTEM),
    ),
)


class VoucherOrder(Order):
    """`count` pieces of a deal, of which `returned` were refunded unused and are for sale again; or, split off such a
    purchase, what one redemption used of it (`deal_id` is empty then)."""

    __tablename__ = "vouchers_order"
    __mapper_args__ = {"polymorphic_identity": "vouchers"}
    __table_args__ = (CheckConstraint("count >= 0", name="count"), CheckConstraint("returned BETWEEN 0 AND count", name="returned"))

    id: Mapped[int] = mapped_column(ForeignKey("order_order.id"), primary_key=True)
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("vouchers_deal.id"), index=True)
    count: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)

    deal: Mapped[VoucherDeal | None] = relationship()


guard_status(VoucherOrder, ORDER_FLOW)
