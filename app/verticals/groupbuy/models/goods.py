"""What suppliers sell: their price, the platform's price, stock, limits. Amounts in fen."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates
from sqlalchemy.orm.attributes import flag_modified

from app.framework.access import catalogue
from app.framework.database import Dated
from app.framework.flow import guard_status
from app.kernel.listings.flows import listing_flow
from app.kernel.listings.models import Listed
from app.kernel.parties.models import Merchant

CATEGORIES = {
    "fruit": _l("水果"), "vegetable": _l("蔬菜"), "meat": _l("肉禽蛋"), "seafood": _l("水产"), "dairy": _l("乳品烘焙"), "grain": _l("粮油调味"),
    "daily": _l("日用"),
}
GOODS_FLOW = listing_flow("groupbuy_goods", _l("团购商品"))


class Goods(Listed, Dated, Model):
    """One thing to buy. `supply_price` is the supplier's and the only one that it sees; `sale_price` is what residents pay.

    `stock` None is unlimited; `counted` is what was said last that there is, `taken` what orders took since. `each` bounds what one person has under way
    (0: no limit). It goes with rounds that close on `days` (empty: all of the zone's).
    """

    __tablename__ = "groupbuy_goods"
    __access__ = catalogue(where=lambda cls: cls.status == "on_sale")
    __table_args__ = (
        UniqueConstraint("merchant_id", "title", "spec"),
        CheckConstraint("supply_price > 0 AND sale_price >= supply_price AND sale_price <= 99999999", name="prices"),
        CheckConstraint("stock >= 0", name="stock_not_below_zero"),
        CheckConstraint("each BETWEEN 0 AND 999 AND sold >= 0", name="each"),
        Index("ix_groupbuy_goods_on_sale", "category", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    title: Mapped[str] = mapped_column(String(60))
    spec: Mapped[str] = mapped_column(String(30), default="")
    category: Mapped[str] = mapped_column(String(12))
    description: Mapped[str] = mapped_column(String(300), default="")
    images: Mapped[list[str]] = mapped_column(JSONB, default=list)
    supply_price: Mapped[int] = mapped_column(BigInteger)
    sale_price: Mapped[int] = mapped_column(BigInteger)
    stock: Mapped[int | None]
    counted: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0)
    each: Mapped[int] = mapped_column(default=0)
    days: Mapped[list[int]] = mapped_column(JSONB, default=list)
    sold: Mapped[int] = mapped_column(default=0)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @validates("stock")
    def _count(self, _name: str, stock: int | None) -> int | None:
        """A stock set by hand is a count: what orders take is counted from here on. Orders themselves move stock by SQL."""
        self.counted, self.taken = stock, 0
        for name in ("counted", "taken"):
            flag_modified(self, name)
        return stock

    @property
    def label(self) -> str:
        """Title and how much it is."""
        return f"{self.title} {self.spec}".strip()

    @property
    def image(self) -> str:
        """The key of the cover; empty without pictures."""
        return self.images[0] if self.images else ""

    @property
    def margin(self) -> int:
        """Fen a piece that the platform keeps, the leader's share in it."""
        return self.sale_price - self.supply_price

    @property
    def values(self) -> dict[str, Any]:
        """What reviewers look at."""
        return {name: getattr(self, name) for name in ("title", "spec", "category", "description", "images")}


guard_status(Goods, GOODS_FLOW)
