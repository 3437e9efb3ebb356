"""Shops, their areas, and their tables with codes."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import catalogue, owned
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.kernel.parties.roles import OPERATORS, RUNNERS

REASON = (Ask("reason", _l("原因")),)

SHOP_FLOW = Flow(
    name="dining_shop",
    title=_l("餐厅"),
    states=(
        State("preparing", _l("筹备中"), "mute"),
        State("open", _l("营业中"), "ok"),
        State("paused", _l("暂停接单"), "wait"),
        State("off", _l("已下架"), "bad"),
    ),
    moves=(
        Move(
            "open", _l("开门营业"), ("preparing", "paused"), "open", RUNNERS | {"system"}, style="primary",
            effect=late("app.verticals.dining.operations.shops:be_ready"),
        ),
        Move("pause", _l("暂停接单"), ("open",), "paused", RUNNERS | {"Cashier"}, undo="open"),
        Move("take_off", _l("下架"), ("preparing", "open", "paused"), "off", OPERATORS | {"system"}, asks=REASON, style="danger"),
        Move("put_back", _l("恢复上架"), ("off",), "paused", OPERATORS | {"system"}, asks=REASON),
    ),
)


class Shop(Dated, Model):
    """A restaurant of a merchant. `hours` lists {day 0–6 from Monday, from, to}; a `to` before `from` ends after midnight."""

    __tablename__ = "dining_shop"
    __access__ = catalogue(where=lambda cls: cls.status.in_(("open", "paused")))
    __table_args__ = (
        Index("ix_dining_shop_place", "latitude", "longitude"),
        Index("ix_dining_shop_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="place"),
        CheckConstraint("accept_minutes BETWEEN 1 AND 60", name="accept_minutes"),
        CheckConstraint("delivery_fee >= 0 AND delivery_least >= 0 AND packing_fee >= 0 AND delivery_metres >= 0", name="fees"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(12), default="preparing")
    cuisine: Mapped[str] = mapped_column(String(20), default="")
    notice: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    address: Mapped[str] = mapped_column(String(120), default="")
    latitude: Mapped[float] = mapped_column(default=0.0)
    longitude: Mapped[float] = mapped_column(default=0.0)
    cover: Mapped[str] = mapped_column(String(64), default="")
    hours: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    closed_days: Mapped[list[str]] = mapped_column(JSONB, default=list)
    services: Mapped[list[str]] = mapped_column(JSONB, default=lambda: ["dine_in", "pickup"])
    accept_minutes: Mapped[int] = mapped_column(default=5)
    accepts_by_itself: Mapped[bool] = mapped_column(default=False)
    cook_minutes: Mapped[int] = mapped_column(default=20)
    packing_fee: Mapped[int] = mapped_column(BigInteger, default=0)
    delivery_fee: Mapped[int] = mapped_column(BigInteger, default=0)
    delivery_least: Mapped[int] = mapped_column(BigInteger, default=0)
    delivery_metres: Mapped[int] = mapped_column(default=3000)

    merchant: Mapped[Merchant] = relationship()
    areas: Mapped[list[Area]] = relationship(back_populates="shop", order_by="Area.position, Area.id")

    @property
    def label(self) -> str:
        """The name over the door."""
        return self.name

    def closed_on(self, day: date) -> bool:
        """True on days off."""
        return day.isoformat() in self.closed_days


guard_status(Shop, SHOP_FLOW)


class Area(Model):
    """A part of the restaurant: 大堂, 包间, 露台."""

    __tablename__ = "dining_area"
    __access__ = owned()
    __table_args__ = (UniqueConstraint("shop_id", "name"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    shop_id: Mapped[int] = mapped_column(ForeignKey("dining_shop.id"))
    name: Mapped[str] = mapped_column(String(30))
    position: Mapped[int] = mapped_column(default=0)

    shop: Mapped[Shop] = relationship(back_populates="areas")
    tables: Mapped[list[Table]] = relationship(back_populates="area", order_by="Table.position, Table.id")

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


class Table(Dated, Model):
    """A table whose QR code holds `code`: unguessable, so that nobody orders to a table without standing at it."""

    __tablename__ = "dining_table"
    __access__ = catalogue(where=lambda cls: cls.active)
    __table_args__ = (UniqueConstraint("shop_id", "name"), CheckConstraint("seats BETWEEN 1 AND 99", name="seats"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    shop_id: Mapped[int] = mapped_column(ForeignKey("dining_shop.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("dining_area.id"), index=True)
    name: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(16), unique=True)
    seats: Mapped[int] = mapped_column(default=4)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)

    area: Mapped[Area] = relationship(back_populates="tables")

    @property
    def label(self) -> str:
        """Its name."""
        return self.name
