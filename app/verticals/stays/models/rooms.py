"""Room types, which are put on sale, and rooms, which somebody has for a night."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import catalogue, owned
from app.framework.database import Dated
from app.framework.flow import guard_status
from app.kernel.bookings.models import Resource
from app.kernel.listings.flows import listing_flow
from app.kernel.listings.models import Listed
from app.verticals.stays.models.houses import House

ROOM = "stays_room"  # what rooms are called among the resources of bookings


TYPE_FLOW = listing_flow("stays_type", _l("房型"))


class RoomType(Listed, Dated, Model):
    """A kind of room of a house, as guests see it: pictures, a video, beds, how many people, facilities; and its usual prices (fen a night).

    `weekdays` maps the weekday ("0" is Monday) to a price of its own; `steps` lists {nights, ppm} of long stays.
    """

    __tablename__ = "stays_type"
    __access__ = catalogue(where=lambda cls: cls.status == "on_sale")
    __table_args__ = (
        UniqueConstraint("house_id", "name"),
        CheckConstraint("base BETWEEN 1 AND 99999999", name="base"),
        CheckConstraint("people BETWEEN 1 AND 30", name="people"),
        CheckConstraint("least BETWEEN 1 AND most AND most <= 90", name="nights"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("stays_house.id"))
    name: Mapped[str] = mapped_column(String(40))
    description: Mapped[str] = mapped_column(String(1000), default="")
    images: Mapped[list[str]] = mapped_column(JSONB, default=list)
    video: Mapped[str] = mapped_column(String(200), default="")
    facilities: Mapped[list[str]] = mapped_column(JSONB, default=list)
    people: Mapped[int] = mapped_column(default=2)
    beds: Mapped[str] = mapped_column(String(60), default="")
    area: Mapped[int] = mapped_column(default=0)
    base: Mapped[int] = mapped_column(BigInteger)
    weekdays: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    steps: Mapped[list[dict[str, int]]] = mapped_column(JSONB, default=list)
    least: Mapped[int] = mapped_column(default=1)
    most: Mapped[int] = mapped_column(default=30)
    position: Mapped[int] = mapped_column(default=0)

    house: Mapped[House] = relationship()
    units: Mapped[list[Unit]] = relationship(back_populates="room_type", order_by="Unit.position, Unit.id")

    @property
    def label(self) -> str:
        """Its name."""
        return self.name

    @property
    def image(self) -> str:
        """The key of the cover; empty without pictures."""
        return self.images[0] if self.images else ""


class Unit(Dated, Model):
    """A room with a door: what one party has for a night, through its resource in bookings. `calendar_code` is in the address of its calendar for other
    channels: whoever knows it sees when the room is taken, not by whom. `lock_number` names its smart lock; empty is a key."""

    __tablename__ = "stays_unit"
    __access__ = owned()
    __table_args__ = (UniqueConstraint("house_id", "name"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("stays_house.id"))
    type_id: Mapped[int] = mapped_column(ForeignKey("stays_type.id"), index=True)
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("booking_resource.id"), unique=True)
    name: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    calendar_code: Mapped[str] = mapped_column(String(40), unique=True)
    lock_number: Mapped[str] = mapped_column(String(40), default="")

    room_type: Mapped[RoomType] = relationship(back_populates="units")
    resource: Mapped[Resource | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


guard_status(RoomType, TYPE_FLOW)
