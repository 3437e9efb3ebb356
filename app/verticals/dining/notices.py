"""What restaurants and their customers are told."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.parties.roles import RUNNERS
from app.verticals.dining.models import DiningOrder, Dish, Shop

TO = _l("餐厅的店主和店长")
SHOP = Variable("shop", _l("餐厅"), _l("老巷子砂锅粥"))
DISH = Variable("dish", _l("菜名"), _l("鲜虾粥"), required=True)
REASON = Variable("reason", _l("原因"), _l("图片和菜名不符"), required=True)
CUSTOMER = _l("下单的顾客")
ORDER = (Variable("order", _l("订单号"), "D26112400001234"), SHOP)
TICKET, CODE = Variable("ticket", _l("取餐号"), "018"), Variable("code", _l("取餐码"), "4711", required=True)
AMOUNT, WHY = Variable("amount", _l("金额"), "¥36.00", required=True), Variable("reason", _l("原因"), _l("今天打烊了"))


def _about_dish(dish: Dish, happening: Happening) -> Told:
    values = {"dish": dish.name, "shop": dish.shop.name, "reason": happening.reason}
    return Told("MenuPage.edit", {"pk": dish.id}, values, dish.merchant_id, RUNNERS)


def _about_shop(shop: Shop, happening: Happening) -> Told:
    return Told("ShopPage.index", values={"shop": shop.name, "reason": happening.reason}, merchant_id=shop.merchant_id, roles=RUNNERS)


def _to_customer(order: DiningOrder, happening: Happening) -> Told:
    values = {
        "order": order.number, "shop": order.shop.name, "ticket": order.ticket, "code": order.code, "amount": yuan(order.paid), "reason": happening.reason,
    }
    return Told("pages/dining/order", {"id": order.id}, values, order.merchant_id, customer_id=order.customer_id)


def _to_who_collects(order: DiningOrder, happening: Happening) -> Told | None:
    return _to_customer(order, happening) if order.service == "pickup" else None


NOTICES = (
    NoticeKind(
        "dining.dish_rejected", _l("菜品未通过审核"), TO, ("dining_dish.reject", "dining_dish.change_rejected"), _about_dish, _l("“{dish}”未通过审核"),
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
    NoticeKind(
        "dining.accepted", _l("商家已接单"), CUSTOMER, ("dining_order.accept",), _to_customer, _l("{shop}接单了"),
        _l("订单 {order}，{ticket} 号，正在做。"), (*ORDER, TICKET), customers=True,
    ),
    NoticeKind(
        "dining.ready", _l("可以取餐"), CUSTOMER, ("dining_order.ready",), _to_who_collects, _l("{shop}：可以取餐了"),
        _l("{ticket} 号，取餐码 {code}。"), (*ORDER, TICKET, CODE), customers=True,
    ),
    NoticeKind(
        "dining.ended", _l("订单取消，已退款"), CUSTOMER, ("dining_order.reject", "dining_order.time_out", "dining_order.abandon"), _to_customer,
        _l("{shop}没能接这一单，{amount} 已退"), _l("订单 {order} 已取消，{amount} 原路退回。{reason}"), (*ORDER, AMOUNT, WHY), customers=True,
    ),
)
