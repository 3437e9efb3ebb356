"""Things that one party at a time may have, and who has them when."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import owned
from app.framework.database import Dated, Moment

LIVE = text("released_at IS NULL")


class Resource(Dated, Model):
    """Something that one party at a time may have. `subject_type` and `subject_id` name the record of the trade that it is (a room); `kind` is what
    the trade calls such things, `group_id` which of them are alike (the rooms of a type)."""

    __tablename__ = "booking_resource"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("subject_type", "subject_id"),
        Index("ix_booking_resource_group", "kind", "group_id"),
        Index("ix_booking_resource_merchant", "merchant_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    kind: Mapped[str] = mapped_column(String(40))
    group_id: Mapped[int] = mapped_column(BigInteger, default=0)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


class Reservation(Dated, Model):
    """A stretch of time of a resource, from a moment up to but without another. It is live until `released_at`; of the live ones of a resource no two
    share a moment: the database refuses it.

    `purpose` says what for: `use` of somebody whom the trade knows by `subject_type` and `subject_id` (an order), `block` by the owner for a `reason`,
    `external` as another channel's calendar (`source`) says under `uid`. A use with `hold_until` is a hold: it goes by itself when that is over.
    """

    __tablename__ = "booking_reservation"
    __access__ = owned()
    __table_args__ = (
        ExcludeConstraint(("resource_id", "="), ("during", "&&"), using="gist", where=LIVE, name="ex_booking_reservation_overlap"),
        CheckConstraint("NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)", name="half_open"),
        CheckConstraint("NOT lower_inf(during) AND NOT upper_inf(during)", name="finite"),
        CheckConstraint("purpose IN ('use', 'block', 'external')", name="purpose"),
        CheckConstraint("(purpose = 'use') = (subject_id IS NOT NULL) AND (hold_until IS NULL OR purpose = 'use')", name="used_by_somebody"),
        CheckConstraint("(purpose = 'external') = (uid <> '')", name="external_named"),
        Index("ix_booking_reservation_subject", "subject_type", "subject_id"),
        Index("ix_booking_reservation_merchant", "merchant_id"),
        Index("ix_booking_reservation_resource", "resource_id"),
        Index("ix_booking_reservation_holds", "hold_until", postgresql_where=text("hold_until IS NOT NULL AND released_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("booking_resource.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    purpose: Mapped[str] = mapped_column(String(10))
    subject_type: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    hold_until: Mapped[datetime | None] = mapped_column(Moment)
    released_at: Mapped[datetime | None] = mapped_column(Moment)
    name: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(String(40), default="")
    uid: Mapped[str] = mapped_column(String(255), default="")

    resource: Mapped[Resource] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Who or what for."""
        return self.name or self.reason

    @property
    def begins(self) -> datetime:
        """The first moment."""
        assert self.during.lower is not None  # finite by constraint
        return self.during.lower

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        assert self.during.upper is not None
        return self.during.upper
