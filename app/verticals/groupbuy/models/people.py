"""Zones with their cut-off, communities in them, leaders who serve a community, suppliers."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import catalogue, owned, reference
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.kernel.parties.roles import OPERATORS, RUNNERS

REASON = (Ask("reason", _l("原因")),)
LEVELS = {"new": _l("新团长"), "silver": _l("银牌团长"), "gold": _l("金牌团长")}

LEADER_FLOW = Flow(
    name="groupbuy_leader",
    title=_l("团长"),
    states=(
        State("preparing", _l("筹备中"), "mute"),
        State("open", _l("开团中"), "ok"),
        State("paused", _l("休息中"), "wait"),
        State("off", _l("已停用"), "bad"),
    ),
    moves=(
        Move(
            "open", _l("开始接单"), ("preparing", "paused"), "open", RUNNERS | {"system"}, style="primary",
            effect=late("app.verticals.groupbuy.operations.people:be_ready"),
        ),
        Move("pause", _l("休息"), ("open",), "paused", RUNNERS, undo="open"),
        Move("take_off", _l("停用"), ("preparing", "open", "paused"), "off", OPERATORS | {"system"}, asks=REASON, style="danger"),
        Move("put_back", _l("恢复"), ("off",), "paused", OPERATORS | {"system"}, asks=REASON),
    ),
)


class Zone(Dated, Model):
    """Communities that are served together. A round of the zone closes `cutoff_minute` minutes after midnight in Shanghai on each of `days` (0–6 from
    Monday)."""

    __tablename__ = "groupbuy_zone"
    __access__ = reference()
    __table_args__ = (CheckConstraint("cutoff_minute BETWEEN 0 AND 1439", name="cutoff"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(30), unique=True)
    cutoff_minute: Mapped[int] = mapped_column(default=1380)
    days: Mapped[list[int]] = mapped_column(JSONB, default=lambda: list(range(7)))

    @property
    def label(self) -> str:
        """Its name."""
        return self.name

    @property
    def cutoff(self) -> str:
        """`23:00`."""
        return f"{self.cutoff_minute // 60:02d}:{self.cutoff_minute % 60:02d}"


class Community(Dated, Model):
    """Where residents live; degrees (GCJ-02)."""

    __tablename__ = "groupbuy_community"
    __access__ = reference()
    __table_args__ = (
        Index("ix_groupbuy_community_place", "latitude", "longitude"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="place"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("groupbuy_zone.id"), index=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    address: Mapped[str] = mapped_column(String(120), default="")
    latitude: Mapped[float] = mapped_column(default=0.0)
    longitude: Mapped[float] = mapped_column(default=0.0)
    active: Mapped[bool] = mapped_column(default=True)

    zone: Mapped[Zone] = relationship()

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


class Leader(Dated, Model):
    """A merchant that serves a community: takes in what comes, hands it out, earns a share by its level. `share_code` leads residents to it."""

    __tablename__ = "groupbuy_leader"
    __access__ = catalogue(where=lambda cls: cls.status.in_(("open", "paused")))
    __table_args__ = (CheckConstraint("level IN ('new', 'silver', 'gold')", name="level"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), unique=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("groupbuy_community.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20), default="")
    status: Mapped[str] = mapped_column(String(12), default="preparing")
    level: Mapped[str] = mapped_column(String(8), default="new")
    share_code: Mapped[str] = mapped_column(String(12, "C"), unique=True)
    point: Mapped[str] = mapped_column(String(120), default="")
    hours: Mapped[str] = mapped_column(String(60), default="")
    notice: Mapped[str] = mapped_column(String(200), default="")
    delivers: Mapped[bool] = mapped_column(default=False)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    community: Mapped[Community | None] = relationship()

    @property
    def label(self) -> str:
        """The name that residents know."""
        return self.name


class Supplier(Dated, Model):
    """A merchant that supplies goods."""

    __tablename__ = "groupbuy_supplier"
    __access__ = owned()

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), unique=True)
    name: Mapped[str] = mapped_column(String(80))

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


guard_status(Leader, LEADER_FLOW)
