"""The order of a resident at a leader, its flow, and the pictures of what was wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.aftersales.models import RefundCase
from app.kernel.orders.models import Order
from app.kernel.parties.roles import FRONT, OPERATORS
from app.verticals.groupbuy.models.people import Leader
from app.verticals.groupbuy.models.rounds import Round

SYSTEM = frozenset({"system"})
REASON = (Ask("reason", _l("原因")),)
SERVICES = {"pickup": _l("自提"), "delivery": _l("团长送货")}
UNDER_WAY = ("paid", "waiting", "ordered", "sent", "arrived")


def _effect(name: str) -> Callable[..., Any]:
    return late(f"app.verticals.groupbuy.operations.serving:{name}")


ORDER_FLOW = Flow(
    name="groupbuy_order",
    title=_l("团购订单"),
    states=(
        State("unpaid", _l("待付款"), "mute"),
        State("paid", _l("待成团"), "wait"),
        State("waiting", _l("待截单"), "run"),
        State("ordered", _l("备货中"), "run"),
        State("sent", _l("在路上"), "run"),
        State("arrived", _l("待取货"), "wait"),
        State("done", _l("已完成"), "ok", final=True),
        State("cancelled", _l("已取消"), "mute", final=True),
        State("failed", _l("未成团"), "bad", final=True),
    ),
    moves=(
        Move("pay", _l("付款"), ("unpaid",), "paid", SYSTEM, effect=_effect("on_paid")),
        Move("enter", _l("排进团期"), ("paid",), "waiting", SYSTEM, effect=_effect("on_entered")),
        Move("cancel", _l("取消"), ("unpaid",), "cancelled", frozenset({"customer", "system"}), effect=_effect("on_cancelled"), api=True),
        Move("call_off", _l("取消并退款"), ("paid", "waiting"), "cancelled", frozenset({"customer"}), effect=_effect("on_called_off"), api=True),
        Move("fail", _l("没拼满，退款"), ("paid",), "failed", SYSTEM, effect=_effect("on_failed")),
        Move("cut_off", _l("截单"), ("waiting",), "ordered", SYSTEM),
        Move("send", _l("发车"), ("ordered",), "sent", SYSTEM),
        Move("arrive", _l("到货"), ("sent",), "arrived", SYSTEM, effect=_effect("on_arrived")),
        Move("run_short", _l("全部缺货，已退款"), ("sent",), "cancelled", SYSTEM, effect=_effect("on_short")),
        Move(
            "hand_over", _l("核对取货码"), ("arrived",), "done", FRONT, asks=(Ask("code", _l("取货码"), "code", max_length=8),),
            effect=_effect("on_handed_over"), style="primary", applies=lambda order: order.service == "pickup",
        ),
        Move(
            "deliver", _l("已送到"), ("arrived",), "done", FRONT, effect=_effect("on_done"), style="primary",
            applies=lambda order: order.service == "delivery",
        ),
        Move("confirm", _l("确认收到"), ("arrived",), "done", frozenset({"customer"}), effect=_effect("on_done"), api=True),
        Move("close", _l("到期自动完成"), ("arrived",), "done", SYSTEM, effect=_effect("on_done")),
        Move(
            "abandon", _l("取消并退款"), ("ordered", "sent", "arrived"), "cancelled", OPERATORS, asks=REASON, effect=_effect("on_abandoned"), style="danger",
            confirm=_l("没退的钱会全部退给顾客"),
        ),
    ),
)


class GroupbuyOrder(Order):
    """What a resident ordered at a leader. It enters a round when it is paid, or when its group is full. `code` is what the resident shows at pick-up."""

    __tablename__ = "groupbuy_order"
    __mapper_args__ = {"polymorphic_identity": "groupbuy"}
    __table_args__ = (
        CheckConstraint("service IN ('pickup', 'delivery')", name="service"),
        Index("ix_groupbuy_order_arrived", "arrived_at", postgresql_where=text("done_at IS NULL AND arrived_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(ForeignKey("order_order.id"), primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("groupbuy_leader.id"), index=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("groupbuy_community.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("groupbuy_round.id"), index=True)
    service: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(8))
    code_tries: Mapped[int] = mapped_column(default=0)
    address: Mapped[str] = mapped_column(String(120), default="")
    contact_phone: Mapped[str] = mapped_column(String(20), default="")
    arrived_at: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_because: Mapped[str] = mapped_column(String(200), default="")

    leader: Mapped[Leader] = relationship(lazy="raise_on_sql")
    round: Mapped[Round | None] = relationship(lazy="raise_on_sql")


class RefundPhotos(Dated, Model):
    """Pictures that came with a refund request; `at_once` says that it was small enough to go back without anybody."""

    __tablename__ = "groupbuy_refund_photos"
    __access__ = owned(customer="customer_id")

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("after_refund_case.id"), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"), index=True)
    pictures: Mapped[list[str]] = mapped_column(JSONB, default=list)
    at_once: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime] = mapped_column(Moment)

    case: Mapped[RefundCase] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The case's number."""
        return self.case.number


guard_status(GroupbuyOrder, ORDER_FLOW)
