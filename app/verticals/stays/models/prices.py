"""The price calendar: seasons, single days, promotions. What a room costs usually stands on its type."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import func, literal_column

from app.framework.access import catalogue
from app.framework.database import Dated

PROMOTIONS = {"always": _l("限时优惠"), "early": _l("早订优惠"), "late": _l("临近特价")}
NIGHTS = func.daterange(literal_column("first"), literal_column("last"), literal_column("'[]'"))


class SeasonRow(Dated, Model):
    """A season of a room type, `first` and `last` night included: a price of its own, or the usual one changed by `ppm`. Seasons of a type do not overlap."""

    __tablename__ = "stays_season"
    __access__ = catalogue()
    __table_args__ = (
        ExcludeConstraint((literal_column("type_id"), "="), (NIGHTS, "&&"), using="gist", name="ex_stays_season_overlap"),
        CheckConstraint("first <= last", name="order"),
        CheckConstraint("(price IS NULL) <> (ppm = 0) AND price BETWEEN 1 AND 99999999 AND ppm BETWEEN -900000 AND 9000000", name="price"),
        CheckConstraint("least BETWEEN 0 AND 90", name="least"),
        Index("ix_stays_season_type", "type_id", "first"),
        Index("ix_stays_season_merchant", "merchant_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    type_id: Mapped[int] = mapped_column(ForeignKey("stays_type.id"))
    name: Mapped[str] = mapped_column(String(20))
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    price: Mapped[int | None] = mapped_column(BigInteger)
    ppm: Mapped[int] = mapped_column(default=0)
    least: Mapped[int] = mapped_column(default=0)

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


class PriceDay(Model):
    """What was said for one night of a room type: a price, the least nights of who arrives then (0: as usual), or that it is closed."""

    __tablename__ = "stays_price_day"
    __access__ = catalogue()
    __table_args__ = (
        UniqueConstraint("type_id", "day"),
        CheckConstraint("price BETWEEN 1 AND 99999999 AND least BETWEEN 0 AND 90", name="values"),
        Index("ix_stays_price_day_merchant", "merchant_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("stays_type.id"))
    day: Mapped[date] = mapped_column(Date)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    price: Mapped[int | None] = mapped_column(BigInteger)
    least: Mapped[int] = mapped_column(default=0)
    closed: Mapped[bool] = mapped_column(default=False)


class PromotionRow(Dated, Model):
    """`ppm` off the nights from `first` to `last` of one room type, or of all of the house (None): always, for early bookers, or at the last minute."""

    __tablename__ = "stays_promotion"
    __access__ = catalogue(where=lambda cls: cls.active)
    __table_args__ = (
        CheckConstraint("first <= last AND ppm BETWEEN 1 AND 900000 AND days BETWEEN 0 AND 365", name="values"),
        CheckConstraint("kind IN ('always', 'early', 'late')", name="kind"),
        Index("ix_stays_promotion_house", "house_id", "last"),
        Index("ix_stays_promotion_merchant", "merchant_id"),
        Index("ix_stays_promotion_type", "type_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    house_id: Mapped[int] = mapped_column(ForeignKey("stays_house.id"))
    type_id: Mapped[int | None] = mapped_column(ForeignKey("stays_type.id"))
    name: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10), default="always")
    ppm: Mapped[int]
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    days: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        """Its name."""
        return self.name
