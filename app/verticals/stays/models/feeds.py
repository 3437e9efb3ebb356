"""Calendars of other channels that a room follows."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.verticals.stays.models.rooms import Unit


class Feed(Dated, Model):
    """Another channel's calendar of a room: its address, or empty for one that is uploaded. `problem` is why the last reading failed, `clashes` how many of
    its stretches somebody of ours has already."""

    __tablename__ = "stays_feed"
    __access__ = owned()
    __table_args__ = (UniqueConstraint("unit_id", "name"), Index("ix_stays_feed_merchant", "merchant_id"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("stays_unit.id"))
    name: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(500), default="")
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    stretches: Mapped[int] = mapped_column(default=0)
    clashes: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(200), default="")

    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The channel."""
        return self.name
