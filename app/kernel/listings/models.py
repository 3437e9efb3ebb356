"""What every listing has, the index that customers search, and their reports. Amounts in fen, places in degrees (WGS 84), times UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import catalogue, owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status
from app.kernel.listings.flows import REPORT_FLOW
from app.kernel.parties.models import Customer, Merchant

REASONS = {
    "false": _l("信息不实"), "forbidden": _l("违禁内容"), "fraud": _l("疑似诈骗"), "price": _l("价格欺骗"), "infringing": _l("侵权盗图"), "other": _l("其他"),
}


class Listed:
    """Mixed into a model that is put on sale, beside its own `merchant_id` and a `label`.

    `approved_as` is the version that a reviewer or the policy let pass last; `proposed` the fields of a change that waits for a reviewer while
    that version stays on sale, empty when none waits; `refusal` what the last reviewer said against it.
    """

    status: Mapped[str] = mapped_column(String(12), default="draft")
    approved_as: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    proposed: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'::jsonb"))
    refusal: Mapped[str] = mapped_column(String(200), default="")


class Entry(Model):
    """What customers find of a listing on sale: `grams` are the pairs of characters and the words of title and detail. `heat` counts what sells."""

    __tablename__ = "listing_entry"
    __access__ = catalogue()
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_listing_entry_grams", "grams", postgresql_using="gin"),
        Index("ix_listing_entry_title", "title", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}),
        Index("ix_listing_entry_place", "latitude", "longitude", postgresql_where=text("latitude IS NOT NULL")),
        Index("ix_listing_entry_trade", "trade", "id"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180 AND (latitude IS NULL) = (longitude IS NULL)", name="place"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    trade: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    detail: Mapped[str] = mapped_column(String(600), default="")
    cover: Mapped[str] = mapped_column(String(64), default="")
    price: Mapped[int | None] = mapped_column(BigInteger)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    grams: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    listed_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """What it is called."""
        return self.title


class ListingReport(Dated, Model):
    """A customer says that something on sale should not be. One open report a customer and listing; the merchant does not see who."""

    __tablename__ = "listing_report"
    __access__ = owned(merchant=None, customer="customer_id")
    __table_args__ = (
        Index("uq_listing_report_open", "kind", "subject_id", "customer_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_listing_report_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    trade: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    subject_label: Mapped[str] = mapped_column(String(200))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"), index=True)
    status: Mapped[str] = mapped_column(String(12), default="open")
    reason: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(String(300), default="")
    answer: Mapped[str] = mapped_column(String(200), default="")
    reported_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    merchant: Mapped[Merchant | None] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def number(self) -> str:
        """How the report is called: `JB000142`."""
        return f"JB{self.id:06d}"

    @property
    def label(self) -> str:
        """Number and subject."""
        return f"{self.number} {self.subject_label}"


guard_status(ListingReport, REPORT_FLOW)
