"""Deals in the console: what is sold for less, how far groups have come, which orders took what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.actors import Actor
from app.core.clock import now as clock_now
from app.core.money import yuan
from app.core.periods import SHANGHAI, local
from app.framework.console.columns import Column, Related, Tab
from app.framework.console.fields import CountField, MoneyField
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.links import order_link, trade_title
from app.framework.console.view import ConsoleView
from app.framework.identity import current_actor
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.marketing.deals.models import KINDS, Deal, Grab, Team
from app.kernel.marketing.deals.operations import propose_deal
from app.kernel.marketing.deals.queries import dealables, trades_with_deals
from app.kernel.marketing.presenting import bearer_of
from app.kernel.parties.filters import MERCHANT_FILTER


class DealForm(FlaskForm):
    """Which thing, for how much, how many, when; and of a group how many people."""

    kind = SelectField(_l("活动"), choices=list(KINDS.items()))
    subject = SelectField(_l("商品"))
    price = MoneyField(_l("活动价"), validators=[InputRequired(_l("写金额"))])
    units = CountField(_l("一共卖多少件"), unit=_l("件"), validators=[InputRequired(_l("写数字")), NumberRange(1, 100_000)])
    per_customer = CountField(_l("每人限购"), unit=_l("件"), default=1, validators=[InputRequired(_l("写数字")), NumberRange(1, 99)])
    size = CountField(_l("几人成团（拼团填）"), unit=_l("人"), validators=[Optional(), NumberRange(2, 100)])
    fill_hours = CountField(
        _l("多久要拼满（拼团填）"), unit=_l("小时"), validators=[Optional(), NumberRange(1, 72)], description=_l("到时间没拼满，自动全部退款"),
    )
    begins_at = DateTimeLocalField(_l("开始"), format="%Y-%m-%dT%H:%M", validators=[DataRequired(_l("选时间"))], default=lambda: local(clock_now()))
    ends_at = DateTimeLocalField(_l("结束"), format="%Y-%m-%dT%H:%M", validators=[DataRequired(_l("选时间"))])
    reason = StringField(_l("为什么"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


def _propose(
    *, subject: str, begins_at: datetime, ends_at: datetime, size: int | None = None, fill_hours: int | None = None, actor: Actor, now: datetime, **typed: Any,
) -> Deal:
    trade, _slash, key = subject.partition("/")
    return propose_deal(
        merchant_id=actor.merchant_id, trade=trade, subject_id=int(key), size=size or 0, fill_hours=fill_hours or 0,
        begins_at=begins_at.replace(tzinfo=SHANGHAI), ends_at=ends_at.replace(tzinfo=SHANGHAI), actor=actor, now=now, **typed,
    )


class GrabView(ConsoleView):
    """Which order took what."""

    name = "marketing.grabs"
    route_base = "/deals/grabs"
    model = Grab
    title = _l("活动名额")
    singular = _l("活动名额")
    icon = "list"
    list_columns = (
        Column("order_number", _l("订单号"), kind="ref", to=lambda grab: order_link(grab.trade, grab.order_id)),
        Column("deal.title", _l("活动"), link=True),
        Column("group.code", _l("团号"), phone=False),
        Column("customer.name", _l("顾客"), phone=False),
        Column("quantity", _l("件数"), kind="count", sort=True),
        Column("status", _l("状态"), kind="state"),
        Column("taken_at", _l("什么时候"), kind="when", sort=True),
    )
    search_columns = ("order_number",)
    search_hint = _l("订单号")
    filters = (ChoiceFilter("status"), DateFilter("taken_at", _l("什么时候")))
    tabs = (Tab("held", _l("待付款"), status="held"), Tab("paid", _l("已付款"), status="paid"), Tab("released", _l("已放回"), status="released"))
    facts = list_columns
    empty_title = _l("还没有人参加活动")
    empty_text = _l("顾客下单抢到名额后，会出现在这里")


class GroupView(ConsoleView):
    """Groups: who opened them, how many seats are paid."""

    name = "marketing.groups"
    route_base = "/deals/groups"
    model = Team
    title = _l("团")
    singular = _l("团")
    measure = _l("个")
    icon = "people"
    list_columns = (
        Column("code", _l("团号"), link=True, kind="ref"),
        Column("deal.title", _l("商品")),
        Column("opener.name", _l("开团的人"), phone=False),
        Column("paid", _l("已付"), kind="count", sort=True),
        Column("size", _l("几人成团"), kind="count"),
        Column("status", _l("状态"), kind="state"),
        Column("closes_at", _l("截止"), kind="when", sort=True),
    )
    search_columns = ("code",)
    search_hint = _l("团号")
    filters = (ChoiceFilter("status"), DateFilter("closes_at", _l("截止")))
    tabs = (Tab("open", _l("拼团中"), status="open"), Tab("full", _l("已成团"), status="full"), Tab("failed", _l("未成团"), status="failed"))
    facts = (*list_columns, Column("seats", _l("占了几个座"), kind="count"), Column("filled_at", _l("成团时间"), kind="when"))
    related = (Related(GrabView, "group_id"),)
    empty_title = _l("还没有人开团")
    empty_text = _l("顾客用拼团价下单，就开了一个团")


class DealView(ConsoleView):
    """Deals of the merchant, or of all and of the platform."""

    name = "marketing.deals"
    route_base = "/deals"
    model = Deal
    title = _l("秒杀和拼团")
    singular = _l("限时活动")
    subtitle = _l("限时限量的低价。平台的活动由平台承担差价，要第二个人批准；没拼满的团自动退款")
    measure = _l("个")
    icon = "clock"
    label = "title"
    list_columns = (
        Column("title", _l("商品"), link=True),
        Column("rule", _l("活动"), value=lambda deal: deal.rule),
        Column("merchant.name", _l("谁承担"), value=bearer_of, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("taken", _l("已抢"), kind="count", sort=True),
        Column("units", _l("一共"), kind="count", phone=False),
        Column("begins_at", _l("开始"), kind="when", sort=True, phone=False),
        Column("ends_at", _l("结束"), kind="when", sort=True),
    )
    search_columns = ("title",)
    search_hint = _l("商品")
    filters = (ChoiceFilter("status"), ChoiceFilter("kind", _l("活动"), choices=KINDS), DateFilter("begins_at", _l("开始")), MERCHANT_FILTER)
    tabs = (
        Tab("draft", _l("待启用"), urgent=True, status="draft"), Tab("approved", _l("进行中"), status="approved"), Tab("paused", _l("已暂停"), status="paused"),
        Tab("ended", _l("已结束"), status="ended"),
    )
    facts = (
        Column("rule", _l("活动"), value=lambda deal: deal.rule, wide=True),
        Column("trade", _l("行业"), value=lambda deal: trade_title(deal.trade)),
        Column("list_price", _l("平时的价"), kind="money"),
        Column("price", _l("活动价"), kind="money"),
        Column("most_given", _l("卖完一共让利"), kind="money", value=lambda deal: deal.most_given),
        Column("merchant.name", _l("谁承担"), value=bearer_of),
        Column("units", _l("一共"), kind="count"),
        Column("taken", _l("已抢"), kind="count"),
        Column("begins_at", _l("开始"), kind="when"),
        Column("ends_at", _l("结束"), kind="when"),
        PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    related = (Related(GroupView, "deal_id"), Related(GrabView, "deal_id"))
    form = DealForm
    create = staticmethod(_propose)
    add_label = _l("做一个活动")
    create_label = _l("保存")
    form_note = _l("保存后还不能买：本店的活动在详情页点“启用”，平台的活动等财务批准")
    empty_title = _l("还没有限时活动")
    empty_text = _l("做一个秒杀或拼团，顾客到时间就能抢")

    def make_form(self, record: Any = None) -> Any:
        """Members choose among their own goods, staff among those of all merchants in a trade that has deals."""
        form, merchant_id = DealForm(), current_actor().merchant_id
        form.subject.choices = [
            (f"{trade}/{key}", f"{trade_title(trade)} · {each.title} · {yuan(each.price)}")
            for trade, _title in trades_with_deals() for key, each in dealables(trade, merchant_id).items()
        ]
        return form
