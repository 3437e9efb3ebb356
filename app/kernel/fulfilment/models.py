"""A job: one order that somebody carries to its customer. Amounts in fen, times UTC."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.roles import FRONT

COURIER, SYSTEM = frozenset({"Courier"}), frozenset({"system"})
HELD, LIVE = ("taken", "carried"), ("waiting", "taken", "carried")
EFFECTS = "app.kernel.fulfilment.operations"

JOB_FLOW = Flow(
    name="fulfil_job",
    title=_l("配送单"),
    states=(
        State("waiting", _l("等人接"), "wait"),
        State("taken", _l("已接单"), "run"),
        State("carried", _l("配送中"), "run"),
        State("done", _l("已送达"), "ok", final=True),
        State("own", _l("店里自己送"), "mute", final=True),
        State("cancelled", _l("已取消"), "mute", final=True),
    ),
    moves=(
        Move("take", _l("接单"), ("waiting",), "taken", COURIER, effect=late(f"{EFFECTS}.carrying:on_taken"), style="primary"),
        Move("assign", _l("派单"), ("waiting",), "taken", FRONT, effect=late(f"{EFFECTS}.assigning:on_assigned"), style="primary"),
        Move("reassign", _l("改派"), ("taken",), "taken", FRONT, effect=late(f"{EFFECTS}.assigning:on_assigned")),
        Move("hand_on", _l("途中改派"), ("carried",), "carried", FRONT, effect=late(f"{EFFECTS}.assigning:on_assigned")),
        Move("give_back", _l("退回"), ("taken",), "waiting", COURIER, effect=late(f"{EFFECTS}.carrying:on_given_back")),
        Move("pick_up", _l("已取餐"), ("taken",), "carried", COURIER, effect=late(f"{EFFECTS}.carrying:on_picked_up"), style="primary"),
        Move(
            "deliver", _l("已送达"), ("carried",), "done", COURIER, asks=(Ask("code", _l("收货码"), "code", max_length=8),),
            effect=late(f"{EFFECTS}.carrying:on_delivered"), style="primary",
        ),
        Move("arrive", _l("确认送达"), ("carried",), "done", SYSTEM, effect=late(f"{EFFECTS}.carrying:on_arrived")),
        Move("keep", _l("自己送"), ("waiting", "taken"), "own", FRONT | SYSTEM, effect=late(f"{EFFECTS}.assigning:on_kept")),
        Move("cancel", _l("取消"), LIVE, "cancelled", SYSTEM, effect=late(f"{EFFECTS}.assigning:on_ended")),
    ),
)


class Job(Dated, Model):
    """An order to carry. `label_text` is what the kitchen calls it; `code` is what the customer shows; `place` and `phone` are for its courier alone.

    `courier_id` is the user who has it; name and phone are as they were when the job was taken. `pay` is what the courier is to earn, in fen,
    as promised when the job was first taken; what was earned in the end stands on the order's line.
    """

    __tablename__ = "fulfil_job"
    __access__ = owned()
    __table_args__ = (
        Index("ix_fulfil_job_merchant", "merchant_id", "status", "id"),
        Index("ix_fulfil_job_courier", "courier_id", "id"),
        Index("ix_fulfil_job_live", "merchant_id", "courier_id", postgresql_where=text("status IN ('waiting', 'taken', 'carried')")),
        CheckConstraint("status NOT IN ('taken', 'carried', 'done') OR courier_id IS NOT NULL", name="somebody_has_it"),
        CheckConstraint("pay >= 0", name="pay"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id"), unique=True)
    order_number: Mapped[str] = mapped_column(String(24, "C"))
    trade: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    carrier: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    courier_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    courier_name: Mapped[str] = mapped_column(String(130), default="")
    courier_phone: Mapped[str] = mapped_column(String(20), default="")
    label_text: Mapped[str] = mapped_column(String(20), default="")
    customer_name: Mapped[str] = mapped_column(String(60), default="")
    place: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    code: Mapped[str] = mapped_column(String(4))
    code_tries: Mapped[int] = mapped_column(default=0)
    pay: Mapped[int] = mapped_column(BigInteger, default=0)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    arrived_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """`A086 · D261129000123`."""
        return f"{self.label_text} · {self.order_number}"


guard_status(Job, JOB_FLOW)
