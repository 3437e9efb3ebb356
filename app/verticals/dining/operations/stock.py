"""Stock that never falls below zero, whoever buys at the same instant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Conflict, Invalid, Refusal
from app.extensions import db
from app.framework.database import lock
from app.framework.live import announce
from app.kernel.audit.operations import append
from app.kernel.orders.models import Order
from app.kernel.orders.stock import Counted, pieces_of
from app.verticals.dining.models import Dish, Size

STOCK = Counted("dining_size", counters=("taken",), on_sale="NOT sold_out")


class SoldOut(Refusal):
    """Not enough is left of a dish."""

    code = "dining.sold_out"
    status = 409
    sentence = _l("“%(dish)s”只剩 %(left)d 份了")


def take_stock(quantities: Mapping[int, int]) -> None:
    """Reduce the stock of each size (id → portions), or refuse with SoldOut and reduce nothing. Runs elevated."""
    missing = STOCK.take(quantities)
    if missing:
        name, size, left, sold_out = db.session.execute(
            select(Dish.name, Size.name, Size.stock, Size.sold_out).join(Dish, Dish.id == Size.dish_id).where(Size.id == min(missing))
        ).one()
        raise SoldOut(field="lines", dish=f"{name}（{size}）", left=0 if sold_out else (left or 0))


def return_stock(order: Order) -> None:
    """Put back what an order that is not cooked had taken. Runs elevated."""
    STOCK.give_back(pieces_of(order))


def set_stock(size_id: int, stock: int | None, *, actor: Actor, now: datetime) -> Size:
    """The size now has `stock` portions, None for unlimited; having some ends a hand-set sold-out."""
    if stock is not None and not 0 <= stock <= 100_000:
        raise Invalid(errors=[{"field": "stock", "code": "range", "message": str(_l("库存填 0 到 100000 的整数"))}])
    size = lock(Size, size_id)
    before = size.stock
    size.stock = stock
    if stock is None or stock > 0:
        size.sold_out = False
    append("dining_size.stock_set", size.dish, actor=actor, now=now, changes={size.name: [before, stock]})
    announce(f"merchant:{size.merchant_id}:menu", size=size.id)
    return size


def set_sold_out(dish_id: int, sold_out: bool, *, only: Collection[int] | None = None, actor: Actor, now: datetime) -> tuple[Dish, list[int]]:
    """One click: every size of the dish, or those with the ids `only`, is sold out, or for sale again. Returns the dish and the ids
    of the sizes that changed; with `only`, Conflict when one of these is no longer as it was left."""
    dish = lock(Dish, dish_id)
    sizes = [size for size in dish.sizes if size.sold_out != sold_out and (only is None or size.id in only)]
    if only is not None and {size.id for size in sizes} != set(only):
        raise Conflict
    for size in sizes:
        size.sold_out = sold_out
    append("dining_dish.sold_out" if sold_out else "dining_dish.for_sale", dish, actor=actor, now=now)
    announce(f"merchant:{dish.merchant_id}:menu", dish=dish.id)
    return dish, [size.id for size in sizes]
