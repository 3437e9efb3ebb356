"""Places for advertising, and what merchants booked there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp

from app.core import clock
from app.core.actors import Actor
from app.core.errors import Forbidden, Invalid
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.columns import Column, Lead, Section, Tab
from app.framework.console.fields import CountField, ImageField
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.home import Chart
from app.framework.console.links import trade_title
from app.framework.console.view import ConsoleView, page_link
from app.framework.database import get
from app.kernel.files.links import public_address, thumbnail_address
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.models import Merchant
from app.kernel.plans.models import Booking, Charge, Slot
from app.kernel.plans.operations.placements import LONGEST, add_slot, book, change_creative, change_slot
from app.kernel.plans.presenting import price_words
from app.kernel.plans.queries import days_of, fees_by_period, free_places
from app.kernel.plans.views.buying import SubscriptionView

SOON = 14


class SlotForm(FlaskForm):
    """Where, how many, at which price."""

    fee = SelectField(_l("按哪项费用定价"), description=_l("价格在费率台里，改价要另一个人批准"))
    page = StringField(
        _l("页面"), validators=[DataRequired(_l("写页面")), Length(max=40), Regexp(r"[a-z][a-z0-9_-]*\Z", message=_l("小写英文、数字、横线"))],
        description=_l("小程序取广告时用的名字，例如 home"),
    )
    region = StringField(_l("地区"), validators=[Length(max=40)], description=_l("不填就是全部地区"))
    title = StringField(_l("名称"), validators=[DataRequired(_l("写名称")), Length(max=60)])
    capacity = CountField(_l("每天几个"), validators=[InputRequired(_l("写数字")), NumberRange(1, 50)], default=3)
    members_only = BooleanField(_l("只给套餐里有它的商户"))
    on_sale = BooleanField(_l("可以订"), default=True)


def _add(*, fee: str, actor: Actor, now: datetime, **values: Any) -> Slot:
    trade, _slash, kind = fee.partition("/")
    return add_slot(trade=trade, kind=kind, actor=actor, now=now, **values)


def _change(
    slot: Slot, *, title: str, capacity: int, members_only: bool, on_sale: bool, actor: Actor, now: datetime, **_fixed: Any,
) -> Slot:
    return change_slot(slot, title=title, capacity=capacity, members_only=members_only, on_sale=on_sale, actor=actor, now=now)


def _price(slot: Slot) -> str:
    return price_words(slot.trade, slot.kind, 0, clock.now())


def _coming(slot: Slot) -> list[dict[str, Any]]:
    """The next two weeks: day, places left, places sold."""
    tomorrow = business_day(clock.now()) + timedelta(days=1)
    return [{"day": day, "left": left} for day, left in free_places(slot, tomorrow, SOON)]


class SlotView(ConsoleView):
    """Slots."""

    name = "plans.slots"
    route_base = "/ad-slots"
    model = Slot
    title = _l("广告位")
    subtitle = _l("每个页面、行业、地区一天卖几个；卖出的不会再卖")
    singular = _l("广告位")
    measure = _l("个")
    icon = "image"
    add_label = _l("新建广告位")
    list_columns = (
        Column("title", _l("名称"), link=True, value=lambda slot: slot.label),
        Column("trade", _l("行业"), value=lambda slot: trade_title(slot.trade)),
        Column("page", _l("页面")),
        Column("price", _l("价格"), value=_price),
        Column("capacity", _l("每天几个"), kind="count", sort=True),
        Column("on_sale", _l("可以订"), kind="flag"),
    )
    facts = (
        Column("price", _l("价格"), value=_price, big=True),
        Column("capacity", _l("每天几个"), kind="count", big=True),
        Column("trade", _l("行业"), value=lambda slot: trade_title(slot.trade)),
        Column("page", _l("页面")),
        Column("region", _l("地区"), value=lambda slot: slot.region or _l("全部地区")),
        Column("members_only", _l("只给套餐里有它的商户"), kind="flag"),
        Column("on_sale", _l("可以订"), kind="flag"),
    )
    sections = (
        Section(
            _l("接下来两周"), rows=_coming, name="coming",
            columns=(
                Column("day", _l("日期"), kind="day", value=lambda row: row["day"]),
                Column("left", _l("还剩几个"), kind="count", value=lambda row: row["left"]),
            ),
        ),
    )
    form = SlotForm
    create = staticmethod(_add)
    update = staticmethod(_change)
    empty_title = _l("还没有广告位")
    empty_text = _l("先定页面和每天几个，商户就能订")

    def make_form(self, record: Any = None) -> Any:
        """Where a slot is stays as it was made; the rest can change."""
        form = SlotForm(obj=record)
        form.fee.choices = fees_by_period(income="advertising")
        if record is not None:
            del form.fee, form.page, form.region
        return form


class BookingForm(FlaskForm):
    """Which slot, which days, what is shown."""

    slot_id = SelectField(_l("广告位"), coerce=int)
    starts_on = DateField(_l("从哪天开始"), validators=[InputRequired(_l("选日期"))])
    days = CountField(_l("几天"), unit=_l("天"), validators=[InputRequired(_l("写数字")), NumberRange(1, LONGEST)], default=7)
    title = StringField(_l("标题"), validators=[DataRequired(_l("写标题")), Length(max=40)])
    link = StringField(_l("点开去哪里"), validators=[DataRequired(_l("写链接")), Length(max=200)], description=_l("小程序页面（以 / 开头）或 https:// 网址"))
    image = ImageField(_l("图片"))


class CreativeForm(FlaskForm):
    """What is shown."""

    title = StringField(_l("标题"), validators=[DataRequired(_l("写标题")), Length(max=40)])
    link = StringField(_l("点开去哪里"), validators=[DataRequired(_l("写链接")), Length(max=200)], description=_l("小程序页面（以 / 开头）或 https:// 网址"))
    image = ImageField(_l("图片"), description=_l("不换就不选"))


def _given(image: FileStorage | None) -> Any:
    return (image.stream, image.filename) if image and image.filename else None


def _book(*, slot_id: int, starts_on: date, days: int, title: str, link: str, image: FileStorage | None, actor: Actor, now: datetime) -> Booking:
    if actor.merchant_id is None:
        raise Forbidden(right=str(_l("订广告位")))
    given = _given(image)
    if given is None:
        raise Invalid(errors=[{"field": "image", "code": "required", "message": str(_l("选一张图片"))}])
    return book(
        slot_id, starts_on=starts_on, days=days, title=title, link=link, image=given, merchant_id=actor.merchant_id, actor=actor, now=now,
    )


def _recreate(booking: Booking, *, title: str, link: str, image: FileStorage | None, actor: Actor, now: datetime) -> Booking:
    return change_creative(booking, title=title, link=link, image=_given(image), actor=actor, now=now)


def _report(booking: Booking) -> dict[str, Any]:
    """Each day with its numbers, as chart and table."""
    days = days_of(booking)
    chart = Chart(
        [f"{each.day:%m-%d}" for each in days], [(_l("曝光"), [each.views for each in days]), (_l("点击"), [each.clicks for each in days])],
        unit=_l("次"), grouped=True, head=_l("日期"), sums=[sum(each.views for each in days), sum(each.clicks for each in days)],
    )
    return {"chart": chart, "views": sum(each.views for each in days), "clicks": sum(each.clicks for each in days)}


class BookingView(ConsoleView):
    """Bookings."""

    name = "plans.bookings"
    route_base = "/ad-bookings"
    model = Booking
    title = _l("广告投放")
    subtitle = _l("付清并审过素材后按日期展示；下架按剩下的天数退")
    singular = _l("广告")
    measure = _l("条")
    icon = "image"
    add_label = _l("订广告位")
    create_label = _l("去支付")
    form_note = _l("位置先留着，付清后送审；到开始那天还没审过就全退")
    search_columns = ("number", "title")
    search_hint = _l("投放号、标题")
    list_columns = (
        Column("image", _l("图片"), kind="image", value=lambda booking: thumbnail_address(booking.image), export=False),
        Column("number", _l("投放号"), link=True, sub="title"),
        Column("merchant.name", _l("商户")),
        Column("slot.label", _l("广告位"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("starts_on", _l("开始"), kind="day", sort=True),
        Column("days", _l("天数"), kind="count", phone=False),
        Column("price", _l("价格"), kind="money", sort=True, total=True),
    )
    facts = (
        Column("price", _l("价格"), kind="money", big=True),
        Column("refundable", _l("现在下架退多少"), kind="money", big=True),
        Column("merchant.name", _l("商户")),
        Column("slot.label", _l("广告位")),
        Column("starts_on", _l("开始"), kind="day"),
        Column("last_day", _l("最后一天"), kind="day"),
        Column("free_days", _l("套餐送的天数"), kind="count"),
        Column("given_back", _l("已退"), kind="money"),
        Column("link", _l("点开去哪里")),
        Column("image", _l("图片"), value=lambda booking: _l("看大图"), to=lambda booking: public_address(booking.image)),
        Column("refusal", _l("没通过的原因"), wide=True),
    )
    sections = (Section(_l("效果"), template="plans/report.html", context=_report, name="report", when=lambda booking: booking.approved_at is not None),)
    filters = (ChoiceFilter("status"), MERCHANT_FILTER, DateFilter("starts_on", days=True))
    tabs = (
        Tab("waiting", _l("待支付"), urgent=True, status="waiting"), Tab("review", _l("待审和未通过"), urgent=True, status=("pending", "rejected")),
        Tab("live", _l("已排期"), status="live"), Tab("over", _l("已结束"), status=("ended", "taken_down", "cancelled", "lapsed")),
    )
    form = BookingForm
    create = staticmethod(_book)
    update = staticmethod(_recreate)
    empty_title = _l("还没有广告")
    empty_text = _l("推广新菜、新店，先订一个广告位")

    def make_form(self, record: Any = None) -> Any:
        """A new booking chooses among the slots of the merchant's trades; a refused one changes what it shows."""
        if record is not None:
            return CreativeForm(title=record.title, link=record.link)
        form = BookingForm()
        merchant_id = self.actor.merchant_id
        trades = get(Merchant, merchant_id).trades if merchant_id else []
        slots = db.session.scalars(select(Slot).where(Slot.on_sale, Slot.trade.in_(trades)).order_by(Slot.id)) if trades else ()
        form.slot_id.choices = [
            (slot.id, _("%(slot)s，%(price)s", slot=slot.label, price=price_words(slot.trade, slot.kind, merchant_id or 0, clock.now()))) for slot in slots
        ]
        if request.method == "GET":
            form.starts_on.data = business_day(clock.now()) + timedelta(days=1)
        return form

    def changeable(self, record: Any) -> bool:
        """What is shown can change only while it is refused."""
        return bool(record.status == "rejected")


def bought_with(charge: Charge) -> Iterator[Lead]:
    """What the charge is for, where that has a page."""
    view: Any = {"subscription": SubscriptionView, "placement": BookingView}.get(charge.purpose)
    if view is not None and (address := page_link(view, charge.subject_id)):
        yield Lead(view.singular, charge.title, address)
