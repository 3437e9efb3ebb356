"""Dishes as listings: which fields reviewers see, what customers find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.framework.settings import value_of
from app.kernel.approvals.rules import RISK_WORDS
from app.kernel.listings.kinds import Found, ListingKind
from app.verticals.dining.menu_rules import FOOD_RISK_WORDS, WATCHED, watched_changes
from app.verticals.dining.menu_values import readable, snapshot, values_of_dish
from app.verticals.dining.models import Dish
from app.verticals.dining.operations.menu import put_version


def _values(dish: Dish) -> dict[str, Any]:
    return snapshot(values_of_dish(dish))


def _changes(approved: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    return watched_changes(approved, values, value_of("dining.price_up"))


def _found(dish: Dish) -> Found:
    """A dish is where its shop is; it begins at its cheapest size."""
    shop = dish.shop
    place = (shop.latitude, shop.longitude) if shop.latitude or shop.longitude else None
    return Found(
        dish.name, f"{shop.name} {dish.category.name} {dish.description}", min((size.price for size in dish.sizes), default=None), place, dish.image,
    )


DISH_LISTING = ListingKind(
    "dining.dish", _l("菜品"), Dish,
    fields={"name": _l("菜名"), "description": _l("描述"), "image": _l("图片"), "sizes": _l("规格和价格"), "groups": _l("加料与选择")},
    values=_values, readable=readable, changes=_changes, apply=put_version, found=_found, label=lambda dish: f"{dish.name} · {dish.shop.name}",
    link=lambda key: f"/dining/dishes/{key}", pictures="image", words=(*RISK_WORDS, *FOOD_RISK_WORDS), watched=WATCHED,
)
