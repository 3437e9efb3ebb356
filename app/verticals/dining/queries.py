"""Reads of dining worth a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import contains_eager, selectinload

from app.extensions import db
from app.framework.json_api.cursors import cursor_of, mark_of
from app.kernel.places.operations import Need, missing
from app.kernel.reviews.models import WHOLE
from app.kernel.reviews.scores import ratings
from app.verticals.dining.models import Category, DiningOrder, Dish, OptionGroup, Shop, Size
from app.verticals.dining.rules import within_hours

_SHOPS = """
    SELECT s.id, s.merchant_id, s.name, s.cuisine, s.address, s.cover, s.status, s.hours, s.closed_days, s.services, s.delivery_fee, s.delivery_least, d.metres
    FROM dining_shop s
    CROSS JOIN LATERAL (SELECT CASE WHEN CAST(:latitude AS float) IS NULL THEN 0 ELSE round(2 * 6371000 * asin(least(1, sqrt(
        power(sin(radians(s.latitude - :latitude) / 2), 2)
        + cos(radians(:latitude)) * cos(radians(s.latitude)) * power(sin(radians(s.longitude - :longitude) / 2), 2))))) END::bigint AS metres) d
    WHERE s.status = 'open'
      AND (CAST(:service AS text) IS NULL OR s.services ? CAST(:service AS text))
      AND (CAST(:pattern AS text) IS NULL OR s.name ILIKE :pattern OR s.cuisine ILIKE :pattern
           OR EXISTS (SELECT 1 FROM dining_dish x WHERE x.shop_id = s.id AND x.status = 'on_sale' AND x.name ILIKE :pattern))
      AND (CAST(:metres AS bigint) IS NULL OR (d.metres, s.id) > (:metres, :id))
    ORDER BY d.metres, s.id LIMIT :limit
"""


def shops_near(
    *, place: tuple[float, float] | None, words: str | None, service: str | None, after: str | None, limit: int, now: datetime
) -> tuple[list[dict[str, Any]], str | None]:
    """Shops on sale, nearest first (by id without a place), and the mark of the next page. Words match names, cuisines, and dishes."""
    metres, last_id = cursor_of(after) if after else (None, None)
    pattern = f"%{like_escaped(words)}%" if words else None
    rows = db.session.execute(text(_SHOPS), {
        "latitude": place[0] if place else None, "longitude": place[1] if place else None, "service": service, "pattern": pattern,
        "metres": metres, "id": last_id, "limit": limit + 1,
    }).mappings().all()
    found = [
        {**row, "open": row["status"] == "open" and within_hours(row["hours"], row["closed_days"], now), "metres": row["metres"] if place else None}
        for row in rows[:limit]
    ]
    matches = _dishes_matching([row["id"] for row in found], pattern) if pattern else {}
    scores = ratings("dining", [row["merchant_id"] for row in found])
    for shop in found:
        score = scores.get((shop["merchant_id"], WHOLE))
        shop |= {"dishes": matches.get(shop["id"], []), "stars": score.tenths if score else None, "reviews": score.reviews if score else 0}
    more = rows[limit - 1] if len(rows) > limit else None
    return found, mark_of(more["metres"], more["id"]) if more else None


def shop_of(merchant_id: int | None) -> Shop | None:
    """The merchant's restaurant, None before it has one."""
    return db.session.scalars(select(Shop).where(Shop.merchant_id == merchant_id)).one_or_none() if merchant_id else None


def missing_before_opening(shop: Shop) -> list[Need]:
    """What a shop lacks before it can sell."""
    selling = select(Dish.id).where(Dish.shop_id == shop.id, Dish.status == "on_sale").limit(1)
    return missing((
        (shop.address and (shop.latitude or shop.longitude), Need("address", _l("店铺地址和位置"), "ShopPage.index")),
        (shop.hours, Need("hours", _l("营业时间"), "ShopPage.index")),
        (shop.services, Need("services", _l("就餐方式"), "ShopPage.index")),
        (db.session.scalars(selling).first(), Need("dishes", _l("在售的菜"), "MenuPage.index")),
    ))


def like_escaped(words: str) -> str:
    """Text for LIKE in which %, _ and \\ stand for themselves."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _dishes_matching(shop_ids: list[int], pattern: str) -> dict[int, list[str]]:
    rows = db.session.execute(
        text("SELECT shop_id, name FROM dining_dish WHERE shop_id = ANY(:ids) AND status = 'on_sale' AND name ILIKE :pattern ORDER BY shop_id, position"),
        {"ids": shop_ids, "pattern": pattern},
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.shop_id, []).append(row.name)
    return {key: names[:3] for key, names in found.items()}


def menu_of(shop: Shop) -> list[Category]:
    """The categories with dishes, sizes, and choices, in four queries; dishes outside the reader's scope are left out."""
    statement = (
        select(Category)
        .where(Category.shop_id == shop.id)
        .order_by(Category.position, Category.id)
        .options(
            selectinload(Category.dishes).selectinload(Dish.sizes),
            selectinload(Category.dishes).selectinload(Dish.groups).selectinload(OptionGroup.options),
        )
    )
    return list(db.session.scalars(statement))


def orders_of_customer(customer_id: int, *, after: int | None, limit: int) -> list[DiningOrder]:
    """The customer's orders, newest first, with lines and shop."""
    statement = (
        select(DiningOrder)
        .where(DiningOrder.customer_id == customer_id, *((DiningOrder.id < after,) if after else ()))
        .order_by(DiningOrder.id.desc())
        .limit(limit)
        .options(selectinload(DiningOrder.lines), selectinload(DiningOrder.shop))
    )
    return list(db.session.scalars(statement))


OPEN_STATES = ("waiting", "cooking", "ready", "delivering")


def board_of(shop_id: int, since: datetime) -> list[DiningOrder]:
    """What the order board shows: everything open, and what was finished since `since`; oldest first, with lines."""
    statement = (
        select(DiningOrder)
        .where(
            DiningOrder.shop_id == shop_id,
            DiningOrder.status.in_(OPEN_STATES) | ((DiningOrder.status == "done") & (DiningOrder.completed_at >= since)),
        )
        .order_by(DiningOrder.id)
        .options(selectinload(DiningOrder.lines))
    )
    return list(db.session.scalars(statement))


def low_stock_of(merchant_id: int) -> list[Any]:
    """Sizes at or below their warning: rows of (dish, size, stock), least first."""
    return list(db.session.execute(
        text(
            "SELECT d.id AS dish_id, d.name AS dish, z.name AS size, z.stock FROM dining_size z JOIN dining_dish d ON d.id = z.dish_id"
            " WHERE z.merchant_id = :merchant_id AND d.status = 'on_sale' AND z.stock IS NOT NULL AND z.stock <= z.low_stock ORDER BY z.stock, d.position"
        ),
        {"merchant_id": merchant_id},
    ))


def dish_names(merchant_id: int) -> dict[int, str]:
    """What the merchant has on its menus: dish id → name, in their order."""
    rows = db.session.execute(select(Dish.id, Dish.name).where(Dish.merchant_id == merchant_id).order_by(Dish.shop_id, Dish.position, Dish.id))
    return {row.id: row.name for row in rows}


def sizes_of_merchant(merchant_id: int) -> list[Size]:
    """Every size that the merchant has on its menus, with its dish, in their order."""
    statement = (
        select(Size).join(Size.dish).where(Size.merchant_id == merchant_id).options(contains_eager(Size.dish))
        .order_by(Dish.shop_id, Dish.position, Dish.id, Size.position, Size.id)
    )
    return list(db.session.scalars(statement))
