"""Stock that never falls below zero, whoever buys at the same instant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app.core.actors import Actor
from app.core.errors import Conflict, Invalid, Refusal
from app.extensions import db
from app.framework.database import lock
from app.framework.live import announce
from app.kernel.audit.operations import append
from app.kernel.orders.models import Order
from app.verticals.dining.models import Dish, Size


class SoldOut(Refusal):
    """Not enough is left of a dish."""

    code = "dining.sold_out"
    status = 409
    sentence = _l("“%(dish)s”只剩 %(left)d 份了")


def take_stock(quantities: Mapping[int, int]) -> None:
    """Reduce the stock of each size (id → portions), in key order, or refuse with SoldOut and reduce nothing."""
    for size_id in sorted(quantities):
        wanted = quantities[size_id]
        statement = (
            update(Size)
            .where(Size.id == size_id, ~Size.sold_out, (Size.stock.is_(None)) | (Size.stock >= wanted))
            .values(stock=Size.stock - wanted, taken=Size.taken + wanted)
            .returning(Size.stock)
            .execution_options(synchronize_session=False)
        )
        if not db.session.execute(statement).all():
            name, size, left, sold_out = db.session.execute(
                select(Dish.name, Size.name, Size.stock, Size.sold_out).join(Dish, Dish.id == Size.dish_id).where(Size.id == size_id)
            ).one()
            raise SoldOut(field="lines", dish=f"{name}（{size}）", left=0 if sold_out else (left or 0))


def return_stock(order: Order) -> None:
    """Put back what an order that is not cooked had taken, in key order."""
    quantities: dict[int, int] = {}
    for line in order.lines:
        if line.kind == "goods" and line.subject_id:
            quantities[line.subject_id] = quantities.get(line.subject_id, 0) + line.quantity
    for size_id in sorted(quantities):
        db.session.execute(
            update(Size).where(Size.id == size_id, Size.stock.is_not(None))
            .values(stock=Size.stock + quantities[size_id], taken=Size.taken - quantities[size_id])
            .execution_options(synchronize_session=False)
        )


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
