"""Acts and fields of group buying as the audit says them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.verticals.groupbuy.models.goods import CATEGORIES
from app.verticals.groupbuy.models.people import LEVELS

DAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))


def _days(days: Any) -> str:
    return "、".join(str(DAYS[day]) for day in days or ())


WORDS = {
    "groupbuy_order.placed": _l("下单，锁定差价和佣金"), "groupbuy_leader.made": _l("成为团长"), "groupbuy_leader.changed": _l("改自提点"),
    "groupbuy_leader.level_set": _l("调等级"), "groupbuy_supplier.made": _l("成为供应商"), "groupbuy_zone.added": _l("加片区"),
    "groupbuy_zone.changed": _l("改片区"), "groupbuy_community.added": _l("加小区"), "groupbuy_community.changed": _l("改小区"),
    "groupbuy_goods.brought": _l("提交商品"), "groupbuy_goods.changed": _l("改商品"), "groupbuy_goods.priced": _l("定售价"),
    "groupbuy_sheet.made": _l("生成单据"), "groupbuy_sheet.received": _l("仓库收货"), "groupbuy_sheet.sent": _l("发车"),
    "groupbuy_sheet.counted": _l("团长点货"), "groupbuy_sheet.short": _l("到货短少"),
}
FIELDS = {
    "groupbuy_goods.supply_price": Column("supply_price", _l("供货价"), kind="money"),
    "groupbuy_goods.sale_price": Column("sale_price", _l("售价"), kind="money"),
    "groupbuy_goods.stock": Column("stock", _l("库存")), "groupbuy_goods.each": Column("each", _l("每人限购")),
    "groupbuy_goods.days": Column("days", _l("哪几天发货"), value=_days), "groupbuy_goods.category": Column("category", _l("分类"), choices=CATEGORIES),
    "groupbuy_leader.name": Column("name", _l("团长")), "groupbuy_leader.phone": Column("phone", _l("电话")),
    "groupbuy_leader.community_id": Column("community_id", _l("小区号")), "groupbuy_leader.point": Column("point", _l("自提点")),
    "groupbuy_leader.hours": Column("hours", _l("取货时间")), "groupbuy_leader.notice": Column("notice", _l("公告")),
    "groupbuy_leader.delivers": Column("delivers", _l("送货上门")), "groupbuy_leader.level": Column("level", _l("等级"), choices=LEVELS),
    "groupbuy_zone.name": Column("name", _l("片区名")), "groupbuy_zone.cutoff_minute": Column("cutoff_minute", _l("截单（零点后几分钟）")),
    "groupbuy_zone.days": Column("days", _l("哪几天截单"), value=_days),
    "groupbuy_community.name": Column("name", _l("小区名")), "groupbuy_community.address": Column("address", _l("地址")),
    "groupbuy_community.zone_id": Column("zone_id", _l("片区号")), "groupbuy_community.latitude": Column("latitude", _l("纬度")),
    "groupbuy_community.longitude": Column("longitude", _l("经度")), "groupbuy_community.active": Column("active", _l("在服务")),
}
