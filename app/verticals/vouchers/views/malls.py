"""Malls: the platform's list, with the stores in each."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FloatField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import clock
from app.core.errors import Invalid
from app.framework.console.columns import Column, Section, Tab
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.view import ConsoleView
from app.framework.database import get
from app.verticals.vouchers.models import Mall, MallStore
from app.verticals.vouchers.operations.malls import add_mall, change_mall, put_into_mall, take_out_of_mall
from app.verticals.vouchers.queries import spots_of, stores_outside_malls


class MallForm(FlaskForm):
    """A mall as customers find it."""

    name = StringField(_l("商场名"), validators=[DataRequired(_l("写商场名")), Length(max=40)])
    address = StringField(_l("地址"), validators=[DataRequired(_l("写地址")), Length(max=120)])
    notice = StringField(_l("公告"), validators=[Length(max=200)])
    latitude = FloatField(_l("纬度"), default=0, validators=[InputRequired(_l("写数字"))])
    longitude = FloatField(_l("经度"), default=0, validators=[InputRequired(_l("写数字"))])


def _inside(mall: Mall) -> dict[str, Any]:
    puts = may(MallStorePage, "put")
    return {"spots": spots_of(mall.id), "others": stores_outside_malls() if puts else {}, "puts": puts, "takes": may(MallStorePage, "take")}


class MallView(ConsoleView):
    """Every mall."""

    name = "vouchers.malls"
    route_base = "/vouchers/malls"
    model = Mall
    title = _l("商场")
    singular = _l("商场")
    subtitle = _l("把几家商户的门店放进一个商场，顾客一起逛；同一商场的商户可以互相接待券、联合搞活动")
    measure = _l("个")
    icon = "building"
    label = "name"
    list_columns = (
        Column("name", _l("商场名"), link=True, sub="address"),
        Column("status", _l("状态"), kind="state"),
        Column("stores", _l("门店"), kind="count", value=lambda mall: len(spots_of(mall.id))),
        Column("created_at", _l("什么时候开的"), kind="when", sort=True, phone=False),
    )
    search_columns = ("name", "address")
    search_hint = _l("商场名、地址")
    tabs = (Tab("open", _l("开放"), status="open"), Tab("closed", _l("已关闭"), status="closed"))
    facts = (
        Column("address", _l("地址"), wide=True), Column("notice", _l("公告"), wide=True), Column("latitude", _l("纬度")), Column("longitude", _l("经度")),
    )
    sections = (Section(_l("门店"), template="vouchers/mall_stores.html", name="stores", context=_inside),)
    form = MallForm
    create = staticmethod(add_mall)
    update = staticmethod(change_mall)
    add_label = _l("加商场")
    create_label = _l("保存")
    empty_title = _l("还没有商场")
    empty_text = _l("加一个商场，再把商户的门店放进去")


class MallStorePage(Page):
    """Put a store into a mall, take it out: buttons of the mall's page."""

    name = "vouchers.mall_stores"
    route_base = "/vouchers/malls/stores"
    title = _l("商场的门店")
    icon = "building"
    words = {"put": _l("把门店放进商场"), "take": _l("把门店移出商场")}

    @expose("/<int:mall_id>", methods=["POST"])
    @page_access("can_put")
    def put(self, mall_id: int) -> Response:
        """The store chosen is in the mall."""
        store = request.form.get("store_id", "")
        if not store.isdecimal() or not store.isascii() or len(store) > 15:
            raise Invalid(errors=[{"field": "store_id", "code": "required", "message": _("选一家门店")}])
        place = request.form.get("place", "").replace("\x00", "").strip()[:20]
        put_into_mall(mall_id, int(store), place, actor=self.actor, now=clock.now())
        return self.done(_("门店放进商场了"), "MallView.show", pk=mall_id)

    @expose("/<int:pk>/take", methods=["POST"])
    @page_access("can_take")
    def take(self, pk: int) -> Response:
        """Out of it."""
        spot = get(MallStore, pk)
        mall_id = spot.mall_id
        take_out_of_mall(spot, actor=self.actor, now=clock.now())
        return self.done(_("门店移出商场了"), "MallView.show", pk=mall_id)
