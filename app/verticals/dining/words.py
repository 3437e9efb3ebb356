"""The fields of shops, tables, and dishes as the audit says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.console.columns import Column
from app.verticals.dining.models.orders import SERVICES

DAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))


def _groups(groups: Mapping[str, Any] | None) -> str:
    """`辣度（1–1）：不辣、特辣 +¥1.00` for each group of choices."""
    return "；".join(
        f"{name}（{least}–{most}）：" + "、".join(f"{option} +{yuan(price)}" if price else option for option, price in options.items())
        for name, (least, most, options) in (groups or {}).items()
    )


def _hours(hours: Any) -> str:
    """`周一 09:00–21:00` for each stretch of opening."""
    return "；".join(f"{DAYS[each['day']]} {each.get('from', '')}–{each.get('to', '')}" for each in hours or ())


def _stock(stock: Mapping[str, Any] | None) -> str:
    """`标准 20` for each size; 不限 where nobody counts."""
    return "；".join(f"{size} {_('不限') if left is None else left}" for size, (left, _low) in (stock or {}).items())


def _sizes(sizes: Mapping[str, int] | None) -> str:
    return "；".join(f"{size} {yuan(price)}" for size, price in (sizes or {}).items())


def _pictures(keys: str) -> str:
    return str(_l("%(count)d 张", count=len(keys.split())))


FIELDS = {
    "dining_dish.sizes": Column("sizes", _l("规格"), value=_sizes),
    "dining_dish.groups": Column("groups", _l("加料与选择"), value=_groups),
    "dining_dish.stock": Column("stock", _l("库存"), value=_stock),
    "dining_dish.sale_hours": Column("sale_hours", _l("售卖时段")),
    "dining_dish.description": Column("description", _l("描述")),
    "dining_dish.image": Column("image", _l("图片"), value=_pictures),
    "dining_dish.name": Column("name", _l("菜名")),
    "dining_dish.category_id": Column("category_id", _l("分类号")),
    "dining_shop.name": Column("name", _l("店名")),
    "dining_shop.cuisine": Column("cuisine", _l("菜系")),
    "dining_shop.notice": Column("notice", _l("公告")),
    "dining_shop.phone": Column("phone", _l("电话")),
    "dining_shop.address": Column("address", _l("地址")),
    "dining_shop.cover": Column("cover", _l("门店照片")),
    "dining_shop.latitude": Column("latitude", _l("纬度")),
    "dining_shop.longitude": Column("longitude", _l("经度")),
    "dining_shop.hours": Column("hours", _l("营业时间"), value=_hours),
    "dining_shop.closed_days": Column("closed_days", _l("休息日")),
    "dining_shop.services": Column("services", _l("就餐方式"), choices=SERVICES),
    "dining_shop.accept_minutes": Column("accept_minutes", _l("几分钟内接单")),
    "dining_shop.accepts_by_itself": Column("accepts_by_itself", _l("自动接单")),
    "dining_shop.cook_minutes": Column("cook_minutes", _l("出餐分钟数")),
    "dining_shop.packing_fee": Column("packing_fee", _l("打包费"), kind="money"),
    "dining_shop.delivery_fee": Column("delivery_fee", _l("配送费"), kind="money"),
    "dining_shop.delivery_least": Column("delivery_least", _l("起送价"), kind="money"),
    "dining_shop.delivery_metres": Column("delivery_metres", _l("配送范围（米）")),
    "dining_shop.new": Column("new", _l("新增菜品")),
    "dining_shop.changed": Column("changed", _l("修改菜品")),
    "dining_shop.faulty_rows": Column("faulty_rows", _l("出错行数")),
    "dining_category.name": Column("name", _l("分类名")),
    "dining_area.name": Column("name", _l("区域名")),
    "dining_area.tables": Column("tables", _l("桌台")),
    "dining_sitting.people": Column("people", _l("分成几份")),
    "dining_table.name": Column("name", _l("桌名")),
    "dining_table.seats": Column("seats", _l("座位")),
}
