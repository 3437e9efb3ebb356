"""Find a shop, read its menu."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.database import get
from app.framework.json_api.cursors import BadCursor
from app.kernel.files.links import public_address
from app.kernel.reviews.scores import rating
from app.verticals.dining import schemas
from app.verticals.dining.api import api
from app.verticals.dining.models import Category, Dish, Shop
from app.verticals.dining.queries import menu_of, shops_near
from app.verticals.dining.rules import within_hours, within_sale_hours


@api.get("/shops", summary=_l("附近的店，搜店和菜"), who="public", query=schemas.ShopQuery, response=schemas.ShopPage, errors=(BadCursor,))
def list_shops(query: schemas.ShopQuery, actor: Actor, now: datetime) -> schemas.ShopPage:
    """Open shops, nearest first; `q` searches names, cuisines and dishes in Chinese."""
    place = tuple(float(part) for part in query.near.split(",")) if query.near else None
    found, mark = shops_near(place=place, words=query.q, service=query.service, after=query.after, limit=query.limit, now=now)
    cards = [schemas.ShopCard(**{**row, "cover": public_address(row["cover"])}) for row in found]
    return schemas.ShopPage(items=cards, next=mark)


@api.get("/shops/<int:shop_id>", summary=_l("店铺详情"), who="public", response=schemas.ShopDetail, etag=True)
def show_shop(shop_id: int, actor: Actor, now: datetime) -> schemas.ShopDetail:
    """Address, hours, services, and fees of a shop."""
    shop = get(Shop, shop_id)
    score = rating("dining", shop.merchant_id)
    return schemas.ShopDetail(
        id=shop.id, name=shop.name, cuisine=shop.cuisine, address=shop.address, cover=public_address(shop.cover), open=_is_open(shop, now),
        services=shop.services, delivery_fee=shop.delivery_fee, delivery_least=shop.delivery_least, metres=None, dishes=[], stars=score.tenths,
        reviews=score.reviews, notice=shop.notice,
        phone=shop.phone, latitude=shop.latitude, longitude=shop.longitude, hours=shop.hours, cook_minutes=shop.cook_minutes, packing_fee=shop.packing_fee,
    )


@api.get("/shops/<int:shop_id>/menu", summary=_l("菜单"), who="public", response=schemas.MenuOut, etag=True)
def show_menu(shop_id: int, actor: Actor, now: datetime) -> schemas.MenuOut:
    """Categories, dishes, sizes, and choices. Ask again with `If-None-Match` to learn cheaply that nothing changed."""
    shop = get(Shop, shop_id)
    categories = [_category(category, now) for category in menu_of(shop)]
    return schemas.MenuOut(shop_id=shop.id, open=_is_open(shop, now), categories=[category for category in categories if category.dishes])


def _is_open(shop: Shop, now: datetime) -> bool:
    return shop.status == "open" and within_hours(shop.hours, shop.closed_days, now)


def _category(category: Category, now: datetime) -> schemas.CategoryOut:
    return schemas.CategoryOut(id=category.id, name=category.name, dishes=[_dish(dish, now) for dish in category.dishes])


def _dish(dish: Dish, now: datetime) -> schemas.DishOut:
    sizes = [
        schemas.SizeOut(
            id=size.id, name=size.name, price=size.price, available=size.for_sale,
            left=size.stock if size.stock is not None and size.stock <= size.low_stock else None,
        )
        for size in dish.sizes
    ]
    groups = [
        schemas.GroupOut(
            id=group.id, name=group.name, least=group.least, most=group.most,
            options=[schemas.OptionOut(id=each.id, name=each.name, price=each.price, available=not each.sold_out) for each in group.options],
        )
        for group in dish.groups
    ]
    available = any(size.available for size in sizes) and within_sale_hours(dish.sale_hours, now)
    return schemas.DishOut(
        id=dish.id, name=dish.name, description=dish.description, image=public_address(dish.image),
        images=[address for key in dish.images if (address := public_address(key))], available=available, sizes=sizes, groups=groups,
    )
