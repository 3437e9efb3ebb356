"""A stay: an `Order` with one line a night, the nights with their rooms, the guests, and its flow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.flows import Ask, Flow, Move, State
from app.core.periods import business_day
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.orders.models import Order, OrderLine
from app.kernel.parties.roles import FRONT, OPERATORS, RUNNERS
from app.verticals.stays.models.houses import House
from app.verticals.stays.models.rooms import RoomType, Unit

REASON = (Ask("reason", _l("原因")),)
SUBJECT = "stays_order"  # how bookings name a stay
CHANNELS = {"app": _l("小程序"), "desk": _l("前台")}
ID_KINDS = {"id_card": _l("身份证"), "passport": _l("护照"), "permit": _l("港澳台通行证")}


def _effect(name: str) -> Callable[..., Any]:
    return late(f"app.verticals.stays.operations.{name}")


ORDER_FLOW = Flow(
    name="stays_order",
    title=_l("住宿订单"),
    states=(
        State("unpaid", _l("待付款"), "mute"),
        State("waiting", _l("待确认"), "wait"),
        State("booked", _l("待入住"), "run"),
        State("in_house", _l("在住"), "run"),
        State("done", _l("已离店"), "ok", final=True),
        State("cancelled", _l("已取消"), "mute", final=True),
        State("rejected", _l("已拒单"), "bad", final=True),
        State("no_show", _l("未到店"), "bad", final=True),
    ),
    moves=(
        Move("pay", _l("付款"), ("unpaid",), "waiting", frozenset({"system"}), effect=_effect("staying:on_paid")),
        Move("cancel", _l("取消"), ("unpaid",), "cancelled", frozenset({"customer", "system"}) | FRONT, effect=_effect("cancelling:on_cancelled"), api=True),
        Move("confirm", _l("确认有房"), ("waiting",), "booked", FRONT | {"system"}, effect=_effect("staying:on_confirmed"), style="primary"),
        Move(
            "reject", _l("拒单"), ("waiting",), "rejected", FRONT, asks=REASON, effect=_effect("cancelling:on_given_back"), style="danger",
            confirm=_l("拒单会全额退款给客人"),
        ),
        Move("time_out", _l("超时拒单"), ("waiting",), "rejected", frozenset({"system"}), asks=REASON, effect=_effect("cancelling:on_given_back")),
        Move(
            "check_in", _l("办理入住"), ("booked",), "in_house", FRONT, effect=_effect("staying:on_arrived"), style="primary",
            applies=lambda order: bool(order.guests_named),
        ),
        Move("check_out", _l("办理离店"), ("in_house",), "done", FRONT | {"system"}, effect=_effect("staying:on_left"), style="primary"),
        Move(
            "call_off", _l("按规则取消"), ("waiting", "booked"), "cancelled", FRONT | {"customer", "system"}, effect=_effect("cancelling:on_called_off"),
            style="danger", confirm=_l("按取消规则扣款，余下的退给客人"), api=True,
        ),
        Move(
            "abandon", _l("取消并全额退款"), ("waiting", "booked"), "cancelled", RUNNERS | OPERATORS, asks=REASON, effect=_effect("cancelling:on_given_back"),
            style="danger", confirm=_l("没退的钱会全部退给客人"),
        ),
        Move(
            "miss", _l("记为未到店"), ("booked",), "no_show", FRONT | {"system"}, effect=_effect("cancelling:on_missed"), style="danger",
            confirm=_l("按取消规则的最后一档扣款"), applies=lambda order: order.is_overdue,
        ),
    ),
)


class StayOrder(Order):
    """A stay in a house from the night of `arrives` up to but without that of `leaves`. `ladder` is what calling off costs, as it stood when it was booked;
    `guests_named` counts the guests whose documents the desk has seen."""

    __tablename__ = "stays_order"
    __mapper_args__ = {"polymorphic_identity": "stays"}
    __table_args__ = (
        CheckConstraint("arrives < leaves", name="nights"),
        CheckConstraint("people BETWEEN 1 AND 30", name="people"),
        Index("ix_stays_order_arrives", "house_id", "arrives"),
        Index("ix_stays_order_leaves", "house_id", "leaves"),
    )

    id: Mapped[int] = mapped_column(ForeignKey("order_order.id"), primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("stays_house.id"))
    type_id: Mapped[int] = mapped_column(ForeignKey("stays_type.id"), index=True)
    type_name: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[int] = mapped_column(ForeignKey("stays_unit.id"), index=True)
    unit_name: Mapped[str] = mapped_column(String(20))
    arrives: Mapped[date] = mapped_column(Date)
    leaves: Mapped[date] = mapped_column(Date)
    people: Mapped[int] = mapped_column(default=1)
    contact_name: Mapped[str] = mapped_column(String(30))
    contact_phone: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(10), default="app")
    ladder: Mapped[dict[str, Any]] = mapped_column(JSONB)
    arrive_from: Mapped[str] = mapped_column(String(5), default="14:00")
    confirm_by: Mapped[datetime | None] = mapped_column(Moment)
    arrived_at: Mapped[datetime | None] = mapped_column(Moment)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    guests_named: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_because: Mapped[str] = mapped_column(String(200), default="")

    house: Mapped[House] = relationship(lazy="raise_on_sql")
    room_type: Mapped[RoomType] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")

    @property
    def nights(self) -> int:
        """How many nights."""
        return (self.leaves - self.arrives).days

    @property
    def is_overdue(self) -> bool:
        """True once the day of arrival is over: who has not come is not coming."""
        return business_day(clock.now()) > self.arrives

    def lines_of(self, day: date) -> list[OrderLine]:
        """What the night is charged by, the newest line first: its price, and differences for other rooms."""
        return sorted((line for line in self.lines if line.details.get("night") == day.isoformat()), key=lambda line: -line.seq)

    @property
    def days(self) -> list[date]:
        """The nights, in order."""
        return [self.arrives + timedelta(days=number) for number in range(self.nights)]


class StayNight(Model):
    """A night of a stay: its line, its room, the time in bookings that keeps it, what it cost when it was booked. `gone_at` is when it was called off.
    One room has one live night: the database refuses a second."""

    __tablename__ = "stays_night"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("line_id"),
        Index("uq_stays_night_live", "unit_id", "day", unique=True, postgresql_where=text("gone_at IS NULL")),
        Index("ix_stays_night_order", "order_id", "day"),
        Index("ix_stays_night_house", "merchant_id", "day"),
        Index("ix_stays_night_type", "type_id"),
        Index("ix_stays_night_reservation", "reservation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("stays_order.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    reservation_id: Mapped[int] = mapped_column(ForeignKey("booking_reservation.id"))
    type_id: Mapped[int] = mapped_column(ForeignKey("stays_type.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("stays_unit.id"))
    day: Mapped[date] = mapped_column(Date)
    price: Mapped[int] = mapped_column(BigInteger)
    gone_at: Mapped[datetime | None] = mapped_column(Moment)


class Guest(Dated, Model):
    """Somebody who stays, as the document said that the desk saw. The number is sealed; `masked` is what may be shown."""

    __tablename__ = "stays_guest"
    __access__ = owned()
    __table_args__ = (
        Index("ix_stays_guest_order", "order_id"),
        Index("ix_stays_guest_merchant", "merchant_id"),
        CheckConstraint("id_kind IN ('id_card', 'passport', 'permit')", name="id_kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("stays_order.id"))
    name: Mapped[str] = mapped_column(String(30))
    id_kind: Mapped[str] = mapped_column(String(10))
    sealed: Mapped[str] = mapped_column(Text)
    masked: Mapped[str] = mapped_column(String(40))

    @property
    def label(self) -> str:
        """The name."""
        return self.name


guard_status(StayOrder, ORDER_FLOW)
