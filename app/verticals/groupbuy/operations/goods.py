"""Goods: brought by suppliers at their price, priced by the platform, counted. Amounts in fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core.actors import Actor
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.settings import value_of
from app.kernel.audit.operations import append
from app.kernel.listings.moderation import change_listing, submit_listing
from app.kernel.orders.models import Order
from app.kernel.orders.stock import Counted, pieces_of
from app.verticals.groupbuy.models import Goods
from app.verticals.groupbuy.models.goods import CATEGORIES
from app.verticals.groupbuy.queries import is_supplier
from app.verticals.groupbuy.rules import suggested_price

REVIEWED = ("title", "spec", "category", "description", "images")
PLAIN = ("supply_price", "stock", "each", "days")
IMAGES_AT_MOST = 6
STOCK = Counted("groupbuy_goods", counters=("taken", "sold"), on_sale="status = 'on_sale'")


class NotASupplier(Refusal):
    """Only suppliers bring goods."""

    code = "groupbuy.not_a_supplier"
    status = 403
    sentence = _l("只有供应商能上架商品，先申请成为供应商")


class SoldOut(Refusal):
    """Not enough is left of a good."""

    code = "groupbuy.sold_out"
    status = 409
    sentence = _l("“%(goods)s”只剩 %(left)d 件了")


class TitleTaken(Refusal):
    """The supplier has a good of that title and size."""

    code = "groupbuy.title_taken"
    status = 409
    sentence = _l("“%(title)s”已经有了，换一个名称或规格")


def bring_goods(merchant_id: int, *, actor: Actor, now: datetime, **values: Any) -> Goods:
    """A supplier's good with the price that the mark-up of the settings suggests; on its way to the reviewers, or on sale where policy asks for none.

    Raises Invalid with its fields, NotASupplier, TitleTaken.
    """
    if not is_supplier(merchant_id):
        raise NotASupplier
    _check(values)
    goods = Goods(
        merchant_id=merchant_id, sale_price=suggested_price(values["supply_price"], value_of("groupbuy.markup")),
        **{name: values[name] for name in (*REVIEWED, *PLAIN) if name in values},
    )
    try:
        with db.session.begin_nested():
            save(goods)
    except IntegrityError as twice:
        raise TitleTaken(field="title", title=goods.label) from twice
    append("groupbuy_goods.brought", goods, actor=actor, now=now, changes={"supply_price": [None, goods.supply_price]})
    submit_listing(goods, actor=actor, now=now)
    return goods


def change_goods(goods: Goods, *, actor: Actor, now: datetime, version: int | None = None, **values: Any) -> Goods:
    """The supplier's changes: words and pictures by way of the reviewers, price, stock, and limits at once. Raises Invalid.

    A supply price above the sale price lifts the sale price to what the mark-up suggests: the platform never sells below what it pays.
    """
    goods = lock(Goods, goods.id, version=version)
    _check({**goods.values, "supply_price": goods.supply_price, **values})
    before = {name: getattr(goods, name) for name in PLAIN}
    for name in PLAIN:
        if name in values and values[name] != before[name]:
            setattr(goods, name, values[name])
    if goods.supply_price != before["supply_price"] and goods.sale_price < goods.supply_price:
        goods.sale_price = suggested_price(goods.supply_price, value_of("groupbuy.markup"))
    changed = {name: [before[name], getattr(goods, name)] for name in PLAIN if before[name] != getattr(goods, name)}
    if changed:
        append("groupbuy_goods.changed", goods, actor=actor, now=now, changes=changed)
    db.session.flush()
    wanted = {name: values[name] for name in REVIEWED if name in values}
    if any(getattr(goods, name) != value for name, value in wanted.items()):
        change_listing(goods, wanted, actor=actor, now=now)
    return goods


def price_goods(goods: Goods, sale_price: int, *, actor: Actor, now: datetime) -> Goods:
    """What residents pay from the next order on. Raises Invalid below the supplier's price."""
    goods = lock(Goods, goods.id)
    if not goods.supply_price <= sale_price <= 99_999_999:
        raise Invalid(errors=[{"field": "sale_price", "code": "range", "message": str(_l("售价不能低于供货价"))}])
    if sale_price != goods.sale_price:
        append("groupbuy_goods.priced", goods, actor=actor, now=now, changes={"sale_price": [goods.sale_price, sale_price]})
        goods.sale_price = sale_price
    return goods


def take_stock(quantities: Mapping[int, int]) -> None:
    """Reduce the stock of each good (id → pieces), or refuse with SoldOut and reduce nothing. Runs elevated."""
    missing = STOCK.take(quantities)
    if missing:
        title, left, status = db.session.execute(select(Goods.title, Goods.stock, Goods.status).where(Goods.id == min(missing))).one()
        raise SoldOut(field="lines", goods=title, left=(left or 0) if status == "on_sale" else 0)


def return_stock(order: Order) -> None:
    """Put back what an order that was not bought for had taken."""
    with elevated():
        STOCK.give_back(pieces_of(order))


def _check(values: Mapping[str, Any]) -> None:
    days: Sequence[int] = values.get("days") or ()
    problems = (
        ("title", not values.get("title") or len(values["title"]) > 60, _l("写商品名，60 字以内")),
        ("spec", len(values.get("spec") or "") > 30, _l("规格 30 字以内")),
        ("category", values.get("category") not in CATEGORIES, _l("从列表里选分类")),
        ("description", len(values.get("description") or "") > 300, _l("说明 300 字以内")),
        ("supply_price", not 0 < (values.get("supply_price") or 0) <= 99_999_999, _l("写供货价")),
        ("stock", values.get("stock") is not None and not 0 <= values["stock"] <= 1_000_000, _l("库存填 0 到 1000000 的整数，不限就空着")),
        ("each", not 0 <= (values.get("each") or 0) <= 999, _l("限购填 0 到 999，0 是不限")),
        ("days", any(day not in range(7) for day in days), _l("从周一到周日里选")),
        ("images", len(values.get("images") or ()) > IMAGES_AT_MOST, _l("最多 6 张图片")),
    )
    errors = [{"field": field, "code": "value", "message": str(words)} for field, wrong, words in problems if wrong]
    if errors:
        raise Invalid(errors=errors)
