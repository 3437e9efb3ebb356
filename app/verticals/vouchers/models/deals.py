"""Deals: what is bought, what it costs, how often, when, and at which stores it can be used. Amounts in fen."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.framework.access import catalogue, owned
from app.framework.database import Dated
from app.framework.flow import guard_status
from app.kernel.listings.flows import SYSTEM, listing_flow
from app.kernel.listings.models import Listed
from app.kernel.parties.models import Merchant
from app.kernel.parties.roles import RUNNERS
from app.kernel.redemption.models import RedeemStore

KINDS = {"goods": _l("商品"), "service": _l("服务"), "coupon": _l("代金券"), "card": _l("多次卡")}

DEAL_FLOW = listing_flow("vouchers_deal", _l("团购商品"))
PARTNER_FLOW = Flow(
    name="vouchers_partner",
    title=_l("可用门店"),
    states=(
        State("asked", _l("待同意"), "wait"), State("accepted", _l("已同意"), "ok"), State("declined", _l("已拒绝"), "bad"),
        State("ended", _l("已停止"), "mute"),
    ),
    moves=(
        Move(
            "accept", _l("同意"), ("asked", "declined"), "accepted", RUNNERS | SYSTEM, style="primary",
            confirm=_l("以后买的券可以在你的店核销，核销的钱归你"),
        ),
        Move("decline", _l("不同意"), ("asked",), "declined", RUNNERS, style="danger"),
        Move("end", _l("停止"), ("accepted", "asked"), "ended", RUNNERS | SYSTEM, style="danger", confirm=_l("以后买的券不能在这家店用，已经卖出的照旧")),
        Move("ask", _l("再次邀请"), ("ended", "declined"), "asked", SYSTEM),
    ),
)


class VoucherDeal(Listed, Dated, Model):
    """Something to buy now and use later: `uses` times within `valid_days` of buying and not after `last_day`, at its stores.

    `quantity` is how many pieces are offered in all (None: any number), `sold` how many orders took; `per_customer` 0 is no limit. A piece costs
    `price`; `market_price` is what it costs without the deal.
    """

    __tablename__ = "vouchers_deal"
    __access__ = catalogue(where=lambda cls: cls.status == "on_sale")
    __table_args__ = (
        CheckConstraint("kind IN ('goods', 'service', 'coupon', 'card')", name="kind"),
        CheckConstraint("uses BETWEEN 1 AND 60 AND (kind = 'card' OR uses = 1)", name="uses"),
        CheckConstraint("price BETWEEN uses AND 99999999 AND market_price >= price", name="price"),
        CheckConstraint("sold >= 0 AND (quantity IS NULL OR sold <= quantity)", name="within_quantity"),
        CheckConstraint("per_customer >= 0 AND valid_days BETWEEN 1 AND 366", name="limits"),
        Index("ix_vouchers_deal_merchant", "merchant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(600), default="")
    images: Mapped[list[str]] = mapped_column(JSONB, default=list)
    price: Mapped[int] = mapped_column(BigInteger)
    market_price: Mapped[int] = mapped_column(BigInteger)
    uses: Mapped[int] = mapped_column(default=1)
    quantity: Mapped[int | None]
    sold: Mapped[int] = mapped_column(default=0)
    per_customer: Mapped[int] = mapped_column(default=0)
    valid_days: Mapped[int] = mapped_column(default=90)
    last_day: Mapped[date | None] = mapped_column(Date)
    closed_weekdays: Mapped[list[int]] = mapped_column(JSONB, default=list)
    closed_days: Mapped[list[str]] = mapped_column(JSONB, default=list)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    stores: Mapped[list[DealPlace]] = relationship(order_by="DealPlace.id", back_populates="deal")

    @property
    def label(self) -> str:
        """Its title."""
        return self.title

    @property
    def left(self) -> int | None:
        """How many pieces are left; None without a limit."""
        return None if self.quantity is None else self.quantity - self.sold


class DealPlace(Dated, Model):
    """A store at which a deal can be used. One's own is agreed at once; another merchant agrees first: what its store redeems is its money."""

    __tablename__ = "vouchers_deal_store"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("deal_id", "store_id"), Index("ix_vouchers_deal_store_merchant", "merchant_id", "status", "id"),
        Index("ix_vouchers_deal_store_store", "store_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("vouchers_deal.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("redeem_store.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    status: Mapped[str] = mapped_column(String(8), default="asked")
    title: Mapped[str] = mapped_column(String(60))
    price: Mapped[int] = mapped_column(BigInteger)

    deal: Mapped[VoucherDeal] = relationship(back_populates="stores")
    store: Mapped[RedeemStore] = relationship()
    seller: Mapped[Merchant] = relationship(lazy="raise_on_sql", foreign_keys="DealPlace.seller_id")

    @property
    def label(self) -> str:
        """`双人下午茶 · 万象城店`."""
        return f"{self.title} · {self.store.name}"


guard_status(VoucherDeal, DEAL_FLOW)
guard_status(DealPlace, PARTNER_FLOW)
