"""Patrons, segments, and broadcasts in the console of the merchant whose they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core import clock
from app.core.actors import Actor
from app.core.money import yuan
from app.framework.console.columns import Column, Related, Section, Tab
from app.framework.console.fields import CountField, MoneyField
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.view import ConsoleView
from app.framework.identity import current_actor
from app.kernel.audience.models import Broadcast, Patron, Segment
from app.kernel.audience.operations import describe_patron, draft_broadcast, save_segment
from app.kernel.audience.queries import result_of, segments_named, size_of


class PatronForm(FlaskForm):
    """The merchant's own words about a customer."""

    tags = StringField(_l("标签"), validators=[Length(max=120)], description=_l("用空格或逗号分开，例如：常客 不吃辣"))
    note = TextAreaField(_l("备注"), validators=[Length(max=200)], description=_l("只有本店看得到"))


class PatronView(ConsoleView):
    """Who bought, how often, how much, when last."""

    name = "audience.patrons"
    route_base = "/patrons"
    model = Patron
    title = _l("我的顾客")
    singular = _l("顾客")
    subtitle = _l("在本店完成过订单的人；别的商户看不到。打标签、分组，再给一组人发消息")
    measure = _l("人")
    icon = "people"
    search_columns = ("name", "phone_masked", "note")
    search_hint = _l("称呼、手机尾号、备注")
    list_columns = (
        Column("name", _l("顾客"), link=True, value=lambda patron: patron.label, sub="phone_masked"),
        Column("orders", _l("完成订单"), kind="count", sort=True),
        Column("spent", _l("一共花了"), kind="money", sort=True, total=True),
        Column("last_at", _l("最近一次"), kind="when", sort=True),
        Column("first_at", _l("第一次"), kind="when", sort=True, phone=False),
        Column("tags", _l("标签"), value=lambda patron: "、".join(patron.tags) or None, phone=False),
    )
    filters = (DateFilter("last_at", _l("最近一次")), DateFilter("first_at", _l("第一次")), MoneyFilter("spent", _l("一共花了")))
    order = "-last_at"
    facts = (
        Column("spent", _l("一共花了"), kind="money", big=True),
        Column("orders", _l("完成订单"), kind="count", big=True),
        Column("each", _l("平均每单"), kind="money", value=lambda patron: patron.spent // patron.orders if patron.orders else 0),
        Column("first_at", _l("第一次"), kind="when"),
        Column("last_at", _l("最近一次"), kind="when"),
        Column("muted_at", _l("不收群发，从"), kind="when"),
        Column("tags", _l("标签"), value=lambda patron: "、".join(patron.tags) or None),
        Column("note", _l("备注"), wide=True),
    )
    form = PatronForm
    update = staticmethod(describe_patron)
    edit_label = _l("打标签、写备注")
    empty_title = _l("还没有顾客")
    empty_text = _l("有人完成第一单后，会出现在这里")

    def present(self, record: Any, name: str) -> Any:
        """Tags as they are typed."""
        return " ".join(record.tags) if name == "tags" else super().present(record, name)


class SegmentForm(FlaskForm):
    """Who is in the group; what is left empty asks for nothing."""

    name = StringField(_l("组名"), validators=[DataRequired(_l("写组名，例如：一个月没来的常客")), Length(max=30)])
    least_orders = CountField(_l("至少完成几单"), unit=_l("单"), default=0, validators=[InputRequired(_l("写数字")), NumberRange(0, 100_000)])
    most_orders = CountField(_l("最多完成几单"), unit=_l("单"), validators=[Optional(), NumberRange(0, 100_000)])
    least_spent = MoneyField(_l("至少花过"), default=0, validators=[Optional()])
    within_days = CountField(_l("几天内来过"), unit=_l("天"), validators=[Optional(), NumberRange(1, 3650)])
    silent_days = CountField(_l("几天没来"), unit=_l("天"), validators=[Optional(), NumberRange(1, 3650)])
    tag = StringField(_l("有标签"), validators=[Length(max=12)])


def _rule(segment: Segment) -> str:
    found = []
    if segment.most_orders is not None:
        found.append(_("完成 %(least)d 到 %(most)d 单", least=segment.least_orders, most=segment.most_orders))
    elif segment.least_orders:
        found.append(_("至少 %(count)d 单", count=segment.least_orders))
    if segment.least_spent:
        found.append(_("至少花过 %(amount)s", amount=yuan(segment.least_spent)))
    if segment.within_days:
        found.append(_("%(count)d 天内来过", count=segment.within_days))
    if segment.silent_days:
        found.append(_("%(count)d 天没来", count=segment.silent_days))
    if segment.tag:
        found.append(_("标签“%(tag)s”", tag=segment.tag))
    return "，".join(found) or _("所有顾客")


def _add(*, actor: Actor, now: datetime, least_spent: int | None = 0, **rules: Any) -> Segment:
    return save_segment(merchant_id=actor.merchant_id or 0, least_spent=least_spent or 0, actor=actor, now=now, **rules)


def _change(segment: Segment, *, actor: Actor, now: datetime, least_spent: int | None = 0, **rules: Any) -> Segment:
    return save_segment(segment=segment, least_spent=least_spent or 0, actor=actor, now=now, **rules)


class BroadcastForm(FlaskForm):
    """To whom, and what."""

    segment_id = SelectField(_l("发给哪一组"), coerce=int, validators=[InputRequired(_l("先建一个分组"))])
    title = StringField(_l("标题"), validators=[DataRequired(_l("写标题")), Length(max=40)])
    words = TextAreaField(_l("内容"), validators=[DataRequired(_l("写内容")), Length(max=300)])
    page = StringField(_l("点开去哪一页"), validators=[Length(max=200)], description=_l("小程序里的页面，例如 pages/dining/shop?id=1；可以不填"))


def _draft(*, actor: Actor, now: datetime, **said: Any) -> Broadcast:
    return draft_broadcast(merchant_id=actor.merchant_id or 0, actor=actor, now=now, **said)


class BroadcastView(ConsoleView):
    """What was written to whom, and what came of it."""

    name = "audience.broadcasts"
    route_base = "/broadcasts"
    model = Broadcast
    title = _l("群发消息")
    singular = _l("群发")
    subtitle = _l("发到顾客的收件箱。每位顾客一周最多收几条在平台设置里；拒收的不发")
    measure = _l("次")
    icon = "horn"
    list_columns = (
        Column("title", _l("标题"), link=True, sub="words"),
        Column("segment.name", _l("发给谁")),
        Column("status", _l("状态"), kind="state"),
        Column("reached", _l("送达"), kind="count", sort=True),
        Column("skipped", _l("没发"), kind="count", phone=False),
        Column("begun_at", _l("什么时候"), kind="when", sort=True, phone=False),
    )
    search_columns = ("title", "words")
    search_hint = _l("标题、内容")
    filters = (ChoiceFilter("status"), DateFilter("begun_at", _l("什么时候")))
    tabs = (Tab("draft", _l("待发送"), urgent=True, status="draft"), Tab("sent", _l("已发送"), status="sent"))
    order = "-id"
    facts = (
        Column("words", _l("内容"), wide=True),
        Column("segment.name", _l("发给谁")),
        Column("size", _l("这一组现在有"), kind="count", value=lambda broadcast: size_of(broadcast.segment, clock.now())),
        Column("page", _l("点开去哪一页")),
        Column("reached", _l("送达"), kind="count"),
        Column("skipped", _l("没发：拒收或这周收够了"), kind="count"),
        Column("made_by", _l("谁写的")),
        Column("begun_at", _l("什么时候"), kind="when"),
    )
    sections = (
        Section(
            _l("效果"), rows=lambda broadcast: [result_of(broadcast.id)], name="result", note=_l("收到后 7 天内付款的都算"),
            when=lambda broadcast: broadcast.status in ("sending", "sent"),
            columns=(
                Column("reached", _l("送达"), kind="count"), Column("read", _l("看了"), kind="count"), Column("bought", _l("来买的人"), kind="count"),
                Column("paid", _l("他们付了"), kind="money"),
            ),
        ),
    )
    form = BroadcastForm
    create = staticmethod(_draft)
    add_label = _l("写一条群发")
    create_label = _l("保存")
    form_note = _l("保存后还不会发：在详情页看清楚有多少人，再点“发送”")
    empty_title = _l("还没有群发")
    empty_text = _l("先在“顾客分组”里建一组，再写一条消息")

    def make_form(self, record: Any = None) -> Any:
        """The merchant's own segments."""
        form = BroadcastForm()
        form.segment_id.choices = segments_named(current_actor().merchant_id or 0)
        return form


class SegmentView(ConsoleView):
    """Groups of customers by what they did."""

    name = "audience.segments"
    route_base = "/segments"
    model = Segment
    title = _l("顾客分组")
    singular = _l("分组")
    subtitle = _l("按买了几次、花了多少、多久没来、什么标签分；谁在组里，看的时候现算")
    measure = _l("个")
    icon = "filter"
    list_columns = (
        Column("name", _l("组名"), link=True),
        Column("rule", _l("谁在里面"), value=_rule),
        Column("size", _l("多少人"), kind="count", value=lambda segment: size_of(segment, clock.now()), export=False),
        Column("updated_at", _l("改于"), kind="when", sort=True, phone=False),
    )
    search_columns = ("name",)
    search_hint = _l("组名")
    order = "name"
    facts = (Column("rule", _l("谁在里面"), value=_rule, wide=True), Column("size", _l("多少人"), kind="count", value=lambda each: size_of(each, clock.now())))
    related = (Related(BroadcastView, "segment_id"),)
    form = SegmentForm
    create = staticmethod(_add)
    update = staticmethod(_change)
    add_label = _l("建一个分组")
    create_label = _l("保存")
    empty_title = _l("还没有分组")
    empty_text = _l("例如：至少 3 单、30 天没来")
