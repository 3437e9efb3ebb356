"""What restaurants are told."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.verticals.dining.models import Dish, Shop

RUNNERS = frozenset({"Owner", "Manager"})
TO = _l("餐厅的店主和店长")
SHOP = Variable("shop", _l("餐厅"), _l("老巷子砂锅粥"))
DISH = Variable("dish", _l("菜名"), _l("鲜虾粥"), required=True)
REASON = Variable("reason", _l("原因"), _l("图片和菜名不符"), required=True)


def _about_dish(dish: Dish, happening: Happening) -> Told:
    values = {"dish": dish.name, "shop": dish.shop.name, "reason": happening.reason}
    return Told("MenuPage.edit", {"pk": dish.id}, values, dish.merchant_id, RUNNERS)


def _about_shop(shop: Shop, happening: Happening) -> Told:
    return Told("ShopPage.index", values={"shop": shop.name, "reason": happening.reason}, merchant_id=shop.merchant_id, roles=RUNNERS)


NOTICES = (
    NoticeKind(
        "dining.dish_rejected", _l("菜品未通过审核"), TO, ("dining_dish.reject",), _about_dish, _l("“{dish}”未通过审核"),
        _l("{shop}的“{dish}”未通过：{reason}。改好后会再送审，也可以申诉。"), (SHOP, DISH, REASON),
    ),
    NoticeKind(
        "dining.dish_recalled", _l("菜品被送回重审"), TO, ("dining_dish.recall",), _about_dish, _l("“{dish}”停售，等重新审核"),
        _l("{shop}的“{dish}”要重新审核：{reason}。通过前不出售。"), (SHOP, DISH, REASON),
    ),
    NoticeKind(
        "dining.shop_taken_off", _l("餐厅被下架"), TO, ("dining_shop.take_off",), _about_shop, _l("{shop}已被平台下架"),
        _l("{shop}现在不能接单：{reason}"), (SHOP, REASON), texted=True,
    ),
    NoticeKind(
        "dining.shop_put_back", _l("餐厅恢复上架"), TO, ("dining_shop.put_back",), _about_shop, _l("{shop}已恢复上架"),
        _l("{shop}可以重新开门接单了。"), (SHOP,),
    ),
)
