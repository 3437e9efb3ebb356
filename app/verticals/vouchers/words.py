"""The fields of deals and malls as the audit says them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.verticals.vouchers.models.deals import KINDS

DAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))


def weekdays(numbers: Any) -> str | None:
    """`周六、周日`; None for no day."""
    return "、".join(str(DAYS[number]) for number in numbers or ()) or None


def _pictures(keys: Any) -> str:
    return str(_l("%(count)d 张", count=len(keys or ())))


FIELDS = {
    "vouchers_deal.title": Column("title", _l("名称")),
    "vouchers_deal.kind": Column("kind", _l("种类"), choices=KINDS),
    "vouchers_deal.description": Column("description", _l("说明")),
    "vouchers_deal.images": Column("images", _l("图片"), value=_pictures),
    "vouchers_deal.price": Column("price", _l("团购价"), kind="money"),
    "vouchers_deal.market_price": Column("market_price", _l("门市价"), kind="money"),
    "vouchers_deal.uses": Column("uses", _l("能用几次")),
    "vouchers_deal.quantity": Column("quantity", _l("一共卖多少份")),
    "vouchers_deal.per_customer": Column("per_customer", _l("每人限购")),
    "vouchers_deal.valid_days": Column("valid_days", _l("买后几天内有效")),
    "vouchers_deal.last_day": Column("last_day", _l("最后一天")),
    "vouchers_deal.closed_weekdays": Column("closed_weekdays", _l("每周哪天不能用"), value=weekdays),
    "vouchers_deal.closed_days": Column("closed_days", _l("哪些日期不能用")),
    "vouchers_partner.store": Column("store", _l("门店")),
    "vouchers_mall.name": Column("name", _l("商场名")),
    "vouchers_mall.address": Column("address", _l("地址")),
    "vouchers_mall.notice": Column("notice", _l("公告")),
    "vouchers_mall.latitude": Column("latitude", _l("纬度")),
    "vouchers_mall.longitude": Column("longitude", _l("经度")),
    "vouchers_mall.store": Column("store", _l("门店")),
}
