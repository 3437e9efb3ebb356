"""Restaurants: the platform's list, and the page on which a restaurant sets itself up."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.core.errors import Invalid
from app.core.money import figures
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.view import ConsoleView
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.places.rules import Problem, degrees, fen, whole
from app.kernel.places.views import PlacePage, texts
from app.verticals.dining.models import Shop
from app.verticals.dining.models.orders import SERVICES
from app.verticals.dining.operations.shops import update_shop
from app.verticals.dining.queries import missing_before_opening, shop_of
from app.verticals.dining.shop_rules import PERIODS_A_DAY

DAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))
TEXTS = ("name", "cuisine", "notice", "phone", "address")
COUNTS = ("accept_minutes", "cook_minutes", "delivery_metres")
FENS = ("packing_fee", "delivery_fee", "delivery_least")
PLACES = ("latitude", "longitude")


def _services(shop: Shop) -> str:
    return "、".join(str(SERVICES[name]) for name in SERVICES if name in shop.services)


class ShopView(ConsoleView):
    """All restaurants, for the platform."""

    name = "dining.shops"
    route_base = "/dining/shops"
    model = Shop
    title = _l("餐厅")
    singular = _l("门店")
    measure = _l("家")
    icon = "bowl"
    search_columns = ("name", "address", "cuisine")
    search_hint = _l("店名、地址、菜系")
    list_columns = (
        Column("name", _l("店名"), link=True, sub="address"),
        Column("merchant.name", _l("商户"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("cuisine", _l("菜系"), phone=False),
        Column("services", _l("就餐方式"), value=_services),
        Column("created_at", _l("开店时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER, DateFilter("created_at"))
    tabs = (Tab("open", _l("营业中"), status="open"), Tab("paused", _l("暂停接单"), status="paused"), Tab("off", _l("已下架"), status="off"))
    facts = (
        Column("merchant.name", _l("商户")),
        Column("cuisine", _l("菜系")),
        Column("services", _l("就餐方式"), value=_services),
        Column("phone", _l("电话")),
        Column("accept_minutes", _l("接单期限（分钟）"), kind="count"),
        Column("packing_fee", _l("打包费"), kind="money"),
        Column("delivery_fee", _l("配送费"), kind="money"),
        Column("delivery_least", _l("起送价"), kind="money"),
        Column("address", _l("地址"), wide=True),
        Column("notice", _l("公告"), wide=True),
    )


class ShopPage(PlacePage):
    """`/dining/shop`: open or pause, and everything customers read about the restaurant."""

    name = "dining.shop"
    route_base = "/dining/shop"
    title = _l("店铺设置")
    list_view = ShopView
    template = "dining/shop.html"
    blank = ("bowl", _l("还没有餐厅"), _l("入驻申请通过后，这里可以设置营业时间和就餐方式。"))
    off = _l("店铺被平台下架，顾客看不到。按通知补好证照后由平台恢复。")
    place = staticmethod(shop_of)
    missing = staticmethod(missing_before_opening)
    update = staticmethod(update_shop)

    def typed_of(self, place: Shop) -> dict[str, Any]:
        """Texts, numbers, fees in yuan, hours by day and period."""
        typed: dict[str, Any] = {name: getattr(place, name) for name in TEXTS} | {name: str(getattr(place, name)) for name in (*COUNTS, *PLACES)}
        typed |= {name: figures(getattr(place, name)).replace(",", "") for name in FENS}
        typed |= {"services": list(place.services), "closed_days": "\n".join(place.closed_days), "accepts_by_itself": place.accepts_by_itself}
        for day in range(7):
            for number, entry in enumerate(each for each in place.hours if each["day"] == day):
                typed[f"hours-{day}-{number}-from"], typed[f"hours-{day}-{number}-to"] = entry["from"], entry["to"]
        return typed

    def typed_back(self, form: MultiDict[str, str]) -> dict[str, Any]:
        """The ways to eat, and whether orders are accepted by themselves."""
        return {"services": form.getlist("services"), "accepts_by_itself": form.get("accepts_by_itself") == "1"}

    def values(self, form: MultiDict[str, str]) -> dict[str, Any]:
        """Settings for `update_shop`."""
        faults: list[Problem] = []
        values: dict[str, Any] = texts(form, TEXTS)
        values |= {name: whole(name, form.get(name, ""), faults) for name in COUNTS}
        values |= {name: degrees(name, form.get(name, ""), faults) for name in PLACES}
        values |= {name: fen(name, form.get(name, ""), faults) for name in FENS}
        values["services"] = [name for name in SERVICES if name in form.getlist("services")]
        values["accepts_by_itself"] = form.get("accepts_by_itself") == "1"
        values["closed_days"] = re.split(r"[\s,，、;；]+", form.get("closed_days", "").strip()) if form.get("closed_days", "").strip() else []
        values["hours"] = _hours(form)
        if faults:
            raise Invalid(errors=faults)
        return values

    def around(self) -> dict[str, Any]:
        """Days, periods of a day, ways to eat."""
        return {"DAYS": DAYS, "SERVICES": SERVICES, "periods": PERIODS_A_DAY}


def _hours(form: MultiDict[str, str]) -> list[dict[str, Any]]:
    found = []
    for day in range(7):
        for number in range(PERIODS_A_DAY):
            begins, ends = (form.get(f"hours-{day}-{number}-{side}", "").strip().replace("：", ":") for side in ("from", "to"))
            if begins or ends:
                found.append({"day": day, "from": begins.zfill(5), "to": ends.zfill(5)})
    return found
