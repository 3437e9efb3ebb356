"""A house: where it is, its hours, its rules, and what calling a stay off costs."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import catalogue
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.kernel.parties.roles import OPERATORS, RUNNERS
from app.verticals.stays.rules import Ladder, Step

REASON = (Ask("reason", _l("原因")),)
DEPOSITS = {"all": _l("一次付清"), "first_night": _l("先付首晚"), "part": _l("先付一部分")}
FACILITIES = {
    "wifi": _l("无线网"), "parking": _l("停车场"), "breakfast": _l("早餐"), "kitchen": _l("厨房"), "washer": _l("洗衣机"), "heating": _l("暖气"),
    "cooling": _l("空调"), "lift": _l("电梯"), "pets": _l("可带宠物"), "children": _l("儿童用品"), "garden": _l("院子"), "hot_spring": _l("温泉"),
    "projector": _l("投影"), "bathtub": _l("浴缸"), "barrier_free": _l("无障碍"),
}
LADDER: dict[str, Any] = {
    "steps": [{"hours": 72, "of": "first", "ppm": 0}, {"hours": 24, "of": "first", "ppm": 500_000}, {"hours": 0, "of": "first", "ppm": 1_000_000}],
    "no_show": {"hours": 0, "of": "all", "ppm": 1_000_000}, "early_leave_ppm": 500_000,
}

HOUSE_FLOW = Flow(
    name="stays_house",
    title=_l("房源"),
    states=(
        State("preparing", _l("筹备中"), "mute"),
        State("open", _l("营业中"), "ok"),
        State("paused", _l("暂停接单"), "wait"),
        State("off", _l("已下架"), "bad"),
    ),
    moves=(
        Move(
            "open", _l("开始营业"), ("preparing", "paused"), "open", RUNNERS | {"system"}, style="primary",
            effect=late("app.verticals.stays.operations.houses:be_ready"),
        ),
        Move("pause", _l("暂停接单"), ("open",), "paused", RUNNERS, undo="open"),
        Move("take_off", _l("下架"), ("preparing", "open", "paused"), "off", OPERATORS | {"system"}, asks=REASON, style="danger"),
        Move("put_back", _l("恢复上架"), ("off",), "paused", OPERATORS | {"system"}, asks=REASON),
    ),
)


class House(Dated, Model):
    """A house of a host. `arrive_from` and `leave_by` are hours on Shanghai's clock; `ladder` is what calling off costs, as `Ladder` reads it.

    `deposit` says what makes a stay stand: all, the first night, or `deposit_ppm` of all. A house that does not confirm by itself answers within
    `confirm_minutes`, or the stay is refused and refunded.
    """

    __tablename__ = "stays_house"
    __access__ = catalogue(where=lambda cls: cls.status.in_(("open", "paused")))
    __table_args__ = (
        Index("ix_stays_house_place", "latitude", "longitude"),
        Index("ix_stays_house_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="place"),
        CheckConstraint("deposit IN ('all', 'first_night', 'part') AND deposit_ppm BETWEEN 0 AND 1000000", name="deposit"),
        CheckConstraint("confirm_minutes BETWEEN 5 AND 1440", name="confirm_minutes"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(12), default="preparing")
    intro: Mapped[str] = mapped_column(String(500), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    region: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(120), default="")
    latitude: Mapped[float] = mapped_column(default=0.0)
    longitude: Mapped[float] = mapped_column(default=0.0)
    cover: Mapped[str] = mapped_column(String(64), default="")
    arrive_from: Mapped[str] = mapped_column(String(5), default="14:00")
    leave_by: Mapped[str] = mapped_column(String(5), default="12:00")
    house_rules: Mapped[str] = mapped_column(String(1000), default="")
    facilities: Mapped[list[str]] = mapped_column(JSONB, default=list)
    deposit: Mapped[str] = mapped_column(String(12), default="all")
    deposit_ppm: Mapped[int] = mapped_column(default=300_000)
    ladder: Mapped[dict[str, Any]] = mapped_column(JSONB, default=lambda: dict(LADDER))
    confirms_by_itself: Mapped[bool] = mapped_column(default=True)
    confirm_minutes: Mapped[int] = mapped_column(default=60)

    merchant: Mapped[Merchant] = relationship()

    @property
    def label(self) -> str:
        """The name over the door."""
        return self.name


def ladder_of(kept: dict[str, Any]) -> Ladder:
    """What calling off costs, as the house or an order keeps it."""
    steps = tuple(Step(each["hours"], each["of"], each["ppm"]) for each in kept["steps"])
    return Ladder(steps, Step(0, kept["no_show"]["of"], kept["no_show"]["ppm"]), kept["early_leave_ppm"])


guard_status(House, HOUSE_FLOW)
