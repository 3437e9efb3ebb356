"""Places for advertising, who booked them for which days, and how often they were seen and opened."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import now
from app.core.flows import Ask, Flow, Move, State
from app.core.periods import business_day
from app.framework.access import STAFF_ONLY, owned, reference
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.kernel.parties.roles import OPERATORS
from app.kernel.plans.rules import earned_until

SYSTEM, OWNER = frozenset({"system"}), frozenset({"Owner"})
REVIEWERS = frozenset({"Reviewer", "Admin", "system"})
EFFECTS = "app.kernel.plans.operations.placements"
REASON = (Ask("reason", _l("原因")),)

BOOKING_FLOW = Flow(
    name="plan_booking",
    title=_l("广告投放"),
    states=(
        State("waiting", _l("待支付"), "wait"),
        State("pending", _l("素材待审"), "wait"),
        State("rejected", _l("素材未通过"), "bad"),
        State("live", _l("已排期"), "ok"),
        State("ended", _l("已结束"), "mute", final=True),
        State("taken_down", _l("已下架"), "bad", final=True),
        State("cancelled", _l("已取消"), "mute", final=True),
        State("lapsed", _l("未过审，已退款"), "mute", final=True),
    ),
    moves=(
        Move("pay", _l("付清"), ("waiting",), "pending", SYSTEM, effect=late(f"{EFFECTS}:ask_review")),
        Move("approve", _l("通过"), ("pending",), "live", REVIEWERS, effect=late(f"{EFFECTS}:note_approval")),
        Move("reject", _l("驳回"), ("pending",), "rejected", REVIEWERS, asks=REASON, effect=late(f"{EFFECTS}:note_refusal")),
        Move("hand_in", _l("再送审"), ("rejected",), "pending", OWNER, effect=late(f"{EFFECTS}:ask_review"), style="primary"),
        Move(
            "cancel", _l("取消投放"), ("waiting", "pending", "rejected"), "cancelled", OWNER | SYSTEM, effect=late(f"{EFFECTS}:release"), style="danger",
            confirm=_l("付过的钱退回可提现"),
        ),
        Move("lapse", _l("到日未过审"), ("pending", "rejected"), "lapsed", SYSTEM, effect=late(f"{EFFECTS}:release")),
        Move(
            "take_down", _l("下架"), ("pending", "rejected", "live"), "taken_down", OPERATORS, asks=REASON, effect=late(f"{EFFECTS}:release"), style="danger",
            confirm_amount="refundable", confirm=_l("没投完的天数按天退给商户"),
        ),
        Move("finish", _l("投完"), ("live",), "ended", SYSTEM),
    ),
)


class Slot(Dated, Model):
    """A place on a page of a trade, in one region or everywhere (empty), for `capacity` advertisements a day.

    Its price is the price list's fee `kind` of the trade. `members_only` keeps it for those whose plan unlocks it.
    """

    __tablename__ = "plan_slot"
    __access__ = reference()
    __table_args__ = (
        UniqueConstraint("trade", "page", "region"),
        ForeignKeyConstraint(["trade", "kind"], ["fee_kind.trade", "fee_kind.kind"], name="fk_plan_slot_kind"),
        CheckConstraint("capacity BETWEEN 1 AND 50", name="capacity"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(20))
    page: Mapped[str] = mapped_column(String(40))
    region: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(40))
    capacity: Mapped[int]
    members_only: Mapped[bool] = mapped_column(default=False)
    on_sale: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        """`新菜推荐 · 青溪镇`."""
        return f"{self.title} · {self.region}" if self.region else self.title


class Booking(Dated, Model):
    """An advertisement in a slot for `days` days from `starts_on`, `free_days` of them from a plan. The creative: title, picture, link.

    `quota` says which entitlements the free days were taken from, to give them back when it is never paid.
    """

    __tablename__ = "plan_booking"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("days BETWEEN 1 AND 90 AND free_days BETWEEN 0 AND days", name="days"),
        CheckConstraint("price >= 0 AND given_back BETWEEN 0 AND price", name="amounts"),
        Index("ix_plan_booking_merchant", "merchant_id", "id"),
        Index("ix_plan_booking_status", "status", "starts_on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("plan_slot.id"), index=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    starts_on: Mapped[date] = mapped_column(Date)
    days: Mapped[int]
    free_days: Mapped[int] = mapped_column(default=0)
    quota: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    price: Mapped[int] = mapped_column(BigInteger)
    given_back: Mapped[int] = mapped_column(BigInteger, default=0)
    title: Mapped[str] = mapped_column(String(40))
    link: Mapped[str] = mapped_column(String(200))
    image: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    refusal: Mapped[str] = mapped_column(String(200), default="")
    approved_at: Mapped[datetime | None] = mapped_column(Moment)

    slot: Mapped[Slot] = relationship(lazy="joined")
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """`G261129000001 新菜上市`."""
        return f"{self.number} {self.title}"

    @property
    def last_day(self) -> date:
        """The last day on which it stands."""
        return self.starts_on + timedelta(days=self.days - 1)

    @property
    def span(self) -> tuple[date, int]:
        """First day and number of days over which its price is earned."""
        return self.starts_on, self.days

    def used_days(self, today: date) -> int:
        """How many days it has used up: those that are over, and today where it stands. A day without an approval is lost too once it is over."""
        return min(max((today - self.starts_on).days + (1 if self.approved_at else 0), 0), self.days)

    @property
    def refundable(self) -> int:
        """Fen that go back when it ends today; nothing before it is paid."""
        if self.status not in ("pending", "rejected", "live"):
            return 0
        return self.price - earned_until(self.price, self.days, self.used_days(business_day(now())))


class SlotDay(Model):
    """One of a slot's places on one day, taken by a booking: the unique constraint keeps it from being sold twice."""

    __tablename__ = "plan_slot_day"
    __access__ = STAFF_ONLY
    __table_args__ = (UniqueConstraint("slot_id", "day", "place"), CheckConstraint("place >= 1", name="place"), Index("ix_plan_slot_day_booking", "booking_id"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("plan_slot.id"))
    day: Mapped[date] = mapped_column(Date)
    place: Mapped[int]
    booking_id: Mapped[int] = mapped_column(ForeignKey("plan_booking.id"))


class Hit(Model):
    """An advertisement was shown or opened. Appended by the API, counted and removed by a job each minute."""

    __tablename__ = "plan_hit"
    __access__ = STAFF_ONLY

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    booking_id: Mapped[int] = mapped_column(BigInteger)
    day: Mapped[date] = mapped_column(Date)
    opened: Mapped[bool]


class HitCount(Model):
    """How often an advertisement was shown and opened on a day."""

    __tablename__ = "plan_hit_count"
    __access__ = owned()
    __table_args__ = (UniqueConstraint("booking_id", "day"), CheckConstraint("views >= 0 AND clicks >= 0", name="counts"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("plan_booking.id"))
    day: Mapped[date] = mapped_column(Date)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    views: Mapped[int] = mapped_column(BigInteger, default=0)
    clicks: Mapped[int] = mapped_column(BigInteger, default=0)


guard_status(Booking, BOOKING_FLOW)
