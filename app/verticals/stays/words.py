"""The fields of houses, rooms, and stays as the audit says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import percent, yuan
from app.framework.console.columns import Column
from app.verticals.stays.models.houses import DEPOSITS, FACILITIES

OF = {"first": _l("首晚"), "all": _l("全部房费")}


def ladder_words(ladder: Mapping[str, Any] | None) -> str:
    """`入住前 72 小时免费；24 小时扣首晚 50 %；…；未到店扣全部房费 100 %；提前离店退 50 %`."""
    if not ladder:
        return ""
    steps = [str(_l("入住前 %(hours)d 小时以上：%(kept)s", hours=each["hours"], kept=_kept(each))) for each in ladder["steps"]]
    return "；".join((
        *steps, str(_l("未到店：%(kept)s", kept=_kept(ladder["no_show"]))), str(_l("提前离店退没住的 %(rate)s", rate=percent(ladder["early_leave_ppm"]))),
    ))


def _kept(step: Mapping[str, Any]) -> str:
    return str(_l("扣%(of)s的 %(rate)s", of=OF[step["of"]], rate=percent(step["ppm"]))) if step["ppm"] else str(_l("不扣钱"))


def _facilities(names: Any) -> str:
    return "、".join(str(FACILITIES[name]) for name in names or () if name in FACILITIES)


def _steps(steps: Any) -> str:
    return "；".join(str(_l("连住 %(nights)d 晚减 %(rate)s", nights=each["nights"], rate=percent(each["ppm"]))) for each in steps or ())


def _weekdays(prices: Mapping[str, int] | None) -> str:
    return "；".join(f"{int(day) + 1}: {yuan(price)}" for day, price in sorted((prices or {}).items()))


FIELDS = {
    "stays_house.name": Column("name", _l("名字")),
    "stays_house.intro": Column("intro", _l("介绍")),
    "stays_house.phone": Column("phone", _l("电话")),
    "stays_house.region": Column("region", _l("地区")),
    "stays_house.address": Column("address", _l("地址")),
    "stays_house.latitude": Column("latitude", _l("纬度")),
    "stays_house.longitude": Column("longitude", _l("经度")),
    "stays_house.cover": Column("cover", _l("封面")),
    "stays_house.arrive_from": Column("arrive_from", _l("几点后入住")),
    "stays_house.leave_by": Column("leave_by", _l("几点前离店")),
    "stays_house.house_rules": Column("house_rules", _l("入住须知")),
    "stays_house.facilities": Column("facilities", _l("设施"), value=_facilities),
    "stays_house.deposit": Column("deposit", _l("付款方式"), kind="choice", choices=DEPOSITS),
    "stays_house.deposit_ppm": Column("deposit_ppm", _l("定金比例"), kind="percent"),
    "stays_house.ladder": Column("ladder", _l("取消规则"), value=ladder_words),
    "stays_house.confirms_by_itself": Column("confirms_by_itself", _l("付款后自动确认")),
    "stays_house.confirm_minutes": Column("confirm_minutes", _l("几分钟内确认")),
    "stays_type.name": Column("name", _l("房型")),
    "stays_type.description": Column("description", _l("介绍")),
    "stays_type.images": Column("images", _l("图片"), value=lambda keys: str(_l("%(count)d 张", count=len(keys or ())))),
    "stays_type.video": Column("video", _l("视频")),
    "stays_type.facilities": Column("facilities", _l("设施"), value=_facilities),
    "stays_type.people": Column("people", _l("可住人数")),
    "stays_type.beds": Column("beds", _l("床")),
    "stays_type.area": Column("area", _l("面积")),
    "stays_type.base": Column("base", _l("平日价"), kind="money"),
    "stays_type.weekdays": Column("weekdays", _l("按星期几的价"), value=_weekdays),
    "stays_type.steps": Column("steps", _l("连住优惠"), value=_steps),
    "stays_type.least": Column("least", _l("最少住几晚")),
    "stays_type.most": Column("most", _l("最多住几晚")),
    "stays_type.units": Column("units", _l("房间")),
    "stays_type.nights": Column("nights", _l("哪些晚上")),
    "stays_type.price": Column("price", _l("价格"), kind="money"),
    "stays_type.closed": Column("closed", _l("停卖")),
    "stays_type.clear": Column("clear", _l("恢复照常")),
    "stays_unit.name": Column("name", _l("房号")),
    "stays_unit.lock_number": Column("lock_number", _l("锁号")),
    "stays_unit.feed": Column("feed", _l("渠道日历")),
    "order_order.leaves": Column("leaves", _l("离店")),
    "order_order.arrives": Column("arrives", _l("入住")),
    "order_order.unit_name": Column("unit_name", _l("房间")),
    "order_order.room_difference": Column("room_difference", _l("换房差价"), kind="money"),
    "order_order.difference_waived": Column("difference_waived", _l("不算的差价"), kind="money"),
    "order_order.guest": Column("guest", _l("住客")),
    "order_order.payable": Column("payable", _l("应付"), kind="money"),
    "booking_resource.during": Column("during", _l("哪段时间")),
}

ACTS = {
    "stays_house.opened": _l("建了房源"), "stays_house.changed": _l("改了房源设置"), "stays_type.added": _l("加房型"), "stays_type.changed": _l("改房型"),
    "stays_type.units_added": _l("加房间"), "stays_type.days_priced": _l("改日历价"), "stays_type.season_added": _l("加季节价"),
    "stays_type.season_removed": _l("删季节价"), "stays_type.prices_imported": _l("导入房价"), "stays_promotion.added": _l("加优惠"),
    "stays_promotion.started": _l("启用优惠"),
    "stays_promotion.stopped": _l("停用优惠"), "stays_unit.changed": _l("改房间"), "stays_unit.activated": _l("启用房间"),
    "stays_unit.deactivated": _l("停用房间"), "stays_unit.calendar_renewed": _l("换日历地址"), "stays_unit.feed_added": _l("跟一个渠道日历"),
    "stays_unit.feed_removed": _l("不再跟渠道日历"), "stays_order.placed": _l("下单，锁定费用"), "stays_order.extended": _l("续住"),
    "stays_order.room_changed": _l("换房"), "stays_order.dates_moved": _l("改期"), "stays_order.guest_named": _l("登记住客"),
    "stays_order.guest_struck": _l("删住客"), "stays_order.number_read": _l("看了证件号"), "stays_order.reminded": _l("提醒明天入住"),
    "stays_door.told": _l("门锁密码生效"), "stays_feed.clashed": _l("渠道日历撞房"),
}
