"""The tailor's lists in the console."""

from __future__ import annotations

from app.verticals.tailor.models import Alteration, TailorOrder
from app.verticals.tailor.operations import change, put_up
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.framework.console.columns import Column, Tab
from app.framework.console.fields import MoneyField
from app.framework.console.filters import ChoiceFilter
from app.framework.console.view import ConsoleView
from app.kernel.insights.page import TradeInsights


class AlterationForm(FlaskForm):
    """What it is called and what it costs."""

    name = StringField("名称", validators=[DataRequired("写名称"), Length(max=40)])
    price = MoneyField("价格", validators=[DataRequired("写价格")])


class AlterationView(ConsoleView):
    """What the tailor does."""

    name = "tailor.alterations"
    route_base = "/tailor/alterations"
    model = Alteration
    title = singular = "改衣项目"
    icon = "list"
    list_columns = (Column("name", "名称", link=True), Column("price", "价格", kind="money", sort=True), Column("status", "状态", kind="state"))
    facts = list_columns
    filters = (ChoiceFilter("status"),)
    form = AlterationForm
    create, update = staticmethod(put_up), staticmethod(change)
    empty_title = "还没有改衣项目"


class TailorOrderView(ConsoleView):
    """Who ordered what."""

    name = "tailor.orders"
    route_base = "/tailor/orders"
    model = TailorOrder
    title = singular = "改衣订单"
    icon = "list"
    list_columns = (
        Column("number", "订单号", link=True), Column("customer_name", "顾客"), Column("payable", "金额", kind="money", sort=True, total=True),
        Column("status", "状态", kind="state"), Column("placed_at", "下单时间", kind="when", sort=True),
    )
    facts = list_columns
    tabs = (Tab("sewing", "在改", urgent=True, status="sewing"),)
    empty_title = "还没有订单"


class TailorInsights(TradeInsights):
    """How the tailor does."""

    name = "tailor.insights"
    route_base = "/tailor/insights"
    trade = "tailor"
    orders_endpoint = "TailorOrderView.list"
    thing = "改衣项目"
