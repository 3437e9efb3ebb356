"""Restaurants: the platform's list, and the page on which a restaurant sets itself up."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.core.money import NotAnAmount, figures, parse_yuan
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.refused import said_beside, take_back, version_given
from app.framework.console.view import ConsoleView
from app.kernel.files.links import public_address
from app.kernel.files.operations import store_image
from app.kernel.parties.filters import MERCHANT_FILTER
from app.verticals.dining.models import Shop
from app.verticals.dining.models.orders import SERVICES
from app.verticals.dining.models.shops import SHOP_FLOW
from app.verticals.dining.operations.shops import update_shop
from app.verticals.dining.shop_rules import PERIODS_A_DAY, Problem, problem
from app.verticals.dining.views.board import shop_of

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
    singular = _l("餐厅")
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


class ShopPage(Page):
    """`/dining/shop`: open or pause, and everything customers read about the restaurant."""

    name = "dining.shop"
    route_base = "/dining/shop"
    title = _l("店铺设置")
    icon = "building"
    words = {"index": _l("查看店铺"), "edit": _l("改店铺设置")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The settings as they are."""
        shop = shop_of(self.actor.merchant_id)
        return self._page(shop, typed_of_shop(shop) if shop else {})

    @expose("/", methods=["POST"])
    @page_access("can_edit")
    def save(self) -> Response:
        """Save the settings; what does not fit is said beside its input, and nothing typed is lost."""
        shop, now = self._shop(), clock.now()
        try:
            values = values_of_form(request.form)
            picture = request.files.get("picture")
            if picture is not None and picture.filename:
                values["cover"] = store_image(picture.stream, picture.filename, actor=self.actor, now=now, field="picture").key
            update_shop(shop, version=version_given(request.form), actor=self.actor, now=now, **values)
        except Refusal as refusal:
            take_back(refusal)
            return self._page(self._shop(), _typed(request.form), refusal)
        return self.done(_("店铺设置已保存"), f"{self.endpoint}.index")

    def _page(self, shop: Shop | None, typed: dict[str, Any], refusal: Refusal | None = None) -> Response:
        moves = [move for move in SHOP_FLOW.open_moves(shop, self.actor.roles) if may(ShopView, move.name)] if shop else []
        return self.render(
            "dining/shop.html", refusal.status if refusal else 200, shop=shop, typed=typed,
            errors=said_beside(refusal),
            flow=SHOP_FLOW, moves=moves, cover=public_address(shop.cover) if shop else None, DAYS=DAYS, SERVICES=SERVICES, periods=PERIODS_A_DAY,
            edits=self.may("edit"),
        )

    def _shop(self) -> Shop:
        shop = shop_of(self.actor.merchant_id)
        if shop is None:
            raise NotFound
        return shop


# ---- between the form and the operation ------------------------------------------------------------------------------

def typed_of_shop(shop: Shop) -> dict[str, Any]:
    """What the form shows of the shop."""
    typed: dict[str, Any] = {name: getattr(shop, name) for name in TEXTS} | {name: str(getattr(shop, name)) for name in (*COUNTS, *PLACES)}
    typed |= {name: figures(getattr(shop, name)).replace(",", "") for name in FENS}
    typed |= {"services": list(shop.services), "closed_days": "\n".join(shop.closed_days)}
    typed |= {"version": str(shop.version), "accepts_by_itself": shop.accepts_by_itself}
    for day in range(7):
        for number, entry in enumerate(each for each in shop.hours if each["day"] == day):
            typed[f"hours-{day}-{number}-from"], typed[f"hours-{day}-{number}-to"] = entry["from"], entry["to"]
    return typed


def _typed(form: MultiDict[str, str]) -> dict[str, Any]:
    return {**form.to_dict(), "services": form.getlist("services"), "accepts_by_itself": form.get("accepts_by_itself") == "1"}


def values_of_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """Settings for `update_shop`. Raises Invalid with what is no number or amount."""
    errors: list[Problem] = []
    values: dict[str, Any] = {name: form.get(name, "").replace("\x00", "").strip() for name in TEXTS}
    values |= {name: _number(name, form.get(name, ""), int, errors) for name in COUNTS}
    values |= {name: _number(name, form.get(name, ""), float, errors) for name in PLACES}
    values |= {name: _fen(name, form.get(name, ""), errors) for name in FENS}
    values["services"] = [name for name in SERVICES if name in form.getlist("services")]
    values["accepts_by_itself"] = form.get("accepts_by_itself") == "1"
    values["closed_days"] = re.split(r"[\s,，、;；]+", form.get("closed_days", "").strip()) if form.get("closed_days", "").strip() else []
    values["hours"] = _hours(form)
    if errors:
        raise Invalid(errors=errors)
    return values


def _number(name: str, text: str, kind: type[int] | type[float], errors: list[Problem]) -> float:
    pattern = r"-?\d{1,6}(\.\d{1,9})?" if kind is float else r"\d{1,6}"
    if re.fullmatch(pattern, text.strip(), flags=re.ASCII):
        return kind(text)
    errors.append(problem(name, "not_a_number", _l("填数字")))
    return 0


def _fen(name: str, text: str, errors: list[Problem]) -> int:
    try:
        return parse_yuan(text or "0")
    except NotAnAmount as refusal:
        errors.append(problem(name, refusal.code, refusal))
        return 0


def _hours(form: MultiDict[str, str]) -> list[dict[str, Any]]:
    found = []
    for day in range(7):
        for number in range(PERIODS_A_DAY):
            begins, ends = (form.get(f"hours-{day}-{number}-{side}", "").strip().replace("：", ":") for side in ("from", "to"))
            if begins or ends:
                found.append({"day": day, "from": begins.zfill(5), "to": ends.zfill(5)})
    return found
