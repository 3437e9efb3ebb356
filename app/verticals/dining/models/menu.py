"""The menu: categories, dishes, sizes with price and stock, choices and toppings."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates
from sqlalchemy.orm.attributes import flag_modified

from app.framework.access import catalogue, owned
from app.framework.database import Dated
from app.framework.flow import guard_status
from app.kernel.listings.flows import listing_flow
from app.kernel.listings.models import Listed
from app.verticals.dining.models.shops import Shop

DISH_FLOW = listing_flow("dining_dish", _l("菜品"))


class Category(Model):
    """A heading of the menu, sorted by hand."""

    __tablename__ = "dining_category"
    __access__ = catalogue()
    __table_args__ = (UniqueConstraint("shop_id", "name"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    shop_id: Mapped[int] = mapped_column(ForeignKey("dining_shop.id"), index=True)
    name: Mapped[str] = mapped_column(String(30))
    position: Mapped[int] = mapped_column(default=0)

    dishes: Mapped[list[Dish]] = relationship(back_populates="category", order_by="Dish.position, Dish.id")

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


class Dish(Listed, Dated, Model):
    """Something to eat. `sale_hours` lists {from, to}; empty is whenever the shop is open. `images` are keys of public pictures in order."""

    __tablename__ = "dining_dish"
    __access__ = catalogue(where=lambda cls: cls.status == "on_sale")
    __table_args__ = (
        UniqueConstraint("shop_id", "name"),
        Index("ix_dining_dish_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("dining_shop.id"), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("dining_category.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    description: Mapped[str] = mapped_column(String(300), default="")
    images: Mapped[list[str]] = mapped_column(JSONB, default=list)
    position: Mapped[int] = mapped_column(default=0)
    sale_hours: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)

    category: Mapped[Category] = relationship(back_populates="dishes")
    shop: Mapped[Shop] = relationship()
    sizes: Mapped[list[Size]] = relationship(back_populates="dish", order_by="Size.position, Size.id", cascade="all, delete-orphan")
    groups: Mapped[list[OptionGroup]] = relationship(
        back_populates="dish", order_by="OptionGroup.position, OptionGroup.id", cascade="all, delete-orphan"
    )

    @property
    def label(self) -> str:
        """Its name."""
        return self.name

    @property
    def image(self) -> str:
        """The key of the cover; empty without pictures."""
        return self.images[0] if self.images else ""


guard_status(Dish, DISH_FLOW)


class Size(Dated, Model):
    """A size of a dish, the thing that has a price and a stock. `stock` None is unlimited; it never falls below zero. `cost` is what making a
    portion costs the merchant, None where it was not said; customers never see it.

    `counted` is what the kitchen said last that there is, `taken` what orders took since, less what they gave back: a proof
    says that the stock is the difference.
    """

    __tablename__ = "dining_size"
    __access__ = catalogue()
    __table_args__ = (
        UniqueConstraint("dish_id", "name"),
        CheckConstraint("price BETWEEN 0 AND 99999999", name="price"),
        CheckConstraint("stock >= 0", name="stock_not_below_zero"),
        CheckConstraint("low_stock >= 0", name="low_stock"),
        CheckConstraint("cost BETWEEN 0 AND 99999999", name="cost"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    dish_id: Mapped[int] = mapped_column(ForeignKey("dining_dish.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(20), default="标准")
    price: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[int | None] = mapped_column(BigInteger)
    stock: Mapped[int | None]
    counted: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0)
    low_stock: Mapped[int] = mapped_column(default=5)
    sold_out: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

    dish: Mapped[Dish] = relationship(back_populates="sizes")

    @validates("stock")
    def _count(self, _name: str, stock: int | None) -> int | None:
        """A stock set by hand is a count: what orders take is counted from here on. Orders themselves move stock by SQL."""
        self.counted, self.taken = stock, 0
        for name in ("counted", "taken"):
            flag_modified(self, name)  # written even where they are as this session read them: an order may have moved them since
        return stock

    @property
    def label(self) -> str:
        """Dish and size."""
        return f"{self.dish.name}（{self.name}）"

    @property
    def for_sale(self) -> bool:
        """True while there is any."""
        return not self.sold_out and (self.stock is None or self.stock > 0)


class OptionGroup(Model):
    """A question about the dish: 辣度, 加料; between `least` and `most` answers."""

    __tablename__ = "dining_option_group"
    __access__ = catalogue()
    __table_args__ = (UniqueConstraint("dish_id", "name"), CheckConstraint("0 <= least AND least <= most AND most BETWEEN 1 AND 20", name="limits"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    dish_id: Mapped[int] = mapped_column(ForeignKey("dining_dish.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(20))
    least: Mapped[int] = mapped_column(default=0)
    most: Mapped[int] = mapped_column(default=1)
    position: Mapped[int] = mapped_column(default=0)

    dish: Mapped[Dish] = relationship(back_populates="groups")
    options: Mapped[list[Option]] = relationship(back_populates="group", order_by="Option.position, Option.id", cascade="all, delete-orphan")


class Option(Model):
    """An answer: 微辣, 加蛋 +2.00."""

    __tablename__ = "dining_option"
    __access__ = catalogue()
    __table_args__ = (UniqueConstraint("group_id", "name"), CheckConstraint("price BETWEEN 0 AND 99999999", name="price"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("dining_option_group.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(20))
    price: Mapped[int] = mapped_column(BigInteger, default=0)
    sold_out: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

    group: Mapped[OptionGroup] = relationship(back_populates="options")


class MenuImport(Dated, Model):
    """A menu spreadsheet as it was sent, and what became of its rows: `outcomes` lists [row number, words] once it was imported."""

    __tablename__ = "dining_menu_import"
    __access__ = owned()

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    shop_id: Mapped[int] = mapped_column(ForeignKey("dining_shop.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    imported: Mapped[bool] = mapped_column(default=False)
    outcomes: Mapped[list[list[Any]]] = mapped_column(JSONB, default=list)

    @property
    def label(self) -> str:
        """What the sender called the file."""
        return self.name
