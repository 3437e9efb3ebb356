"""Deals: the merchant's own with their form, everybody's for the platform; and the stores that are asked to take them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import DateField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.actors import Actor
from app.core.errors import Forbidden, Invalid
from app.framework.console.columns import Column, Section, Tab
from app.framework.console.fields import CountField, ImageField, MoneyField
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.view import ConsoleView
from app.framework.identity import current_actor
from app.kernel.files.links import thumbnail_address
from app.kernel.files.operations import store_image
from app.kernel.listings.moderation import submit_listing
from app.kernel.parties.filters import MERCHANT_FILTER
from app.verticals.vouchers.models import DealPlace, VoucherDeal
from app.verticals.vouchers.models.deals import KINDS, PARTNER_FLOW
from app.verticals.vouchers.operations.deals import add_deal, change_deal
from app.verticals.vouchers.queries import partners_of_deal, stores_to_choose
from app.verticals.vouchers.rules import typed_days
from app.verticals.vouchers.words import DAYS, weekdays


class DealForm(FlaskForm):
    """What is sold, for how much, how often and where it can be used."""

    title = StringField(_l("名称"), validators=[DataRequired(_l("写名称，例如：双人下午茶")), Length(max=60)])
    kind = SelectField(_l("种类"), choices=list(KINDS.items()))
    price = MoneyField(_l("团购价"), validators=[InputRequired(_l("写价格"))])
    market_price = MoneyField(_l("门市价"), validators=[InputRequired(_l("写门市价"))], description=_l("不用券时在店里要付多少"))
    uses = CountField(
        _l("能用几次"), unit=_l("次"), default=1, validators=[InputRequired(_l("写数字")), NumberRange(1, 60)], description=_l("多次卡才填 2 以上"),
    )
    quantity = CountField(_l("一共卖多少份"), unit=_l("份"), validators=[Optional(), NumberRange(0, 1_000_000)], description=_l("不限就不填"))
    per_customer = CountField(
        _l("每人限购"), unit=_l("份"), default=0, validators=[InputRequired(_l("写数字")), NumberRange(0, 999)], description=_l("0 就是不限"),
    )
    valid_days = CountField(_l("买后几天内有效"), unit=_l("天"), default=90, validators=[InputRequired(_l("写数字")), NumberRange(1, 366)])
    last_day = DateField(_l("最后一天"), validators=[Optional()], description=_l("过了这天都不能用；没有就不填"))
    closed_weekdays = SelectMultipleField(_l("每周哪天不能用"), coerce=int, choices=list(enumerate(DAYS)))
    closed_days = StringField(_l("哪些日期不能用"), validators=[Length(max=400)], description=_l("写日期，用逗号隔开，例如 2026-10-01, 2026-10-02"))
    store_ids = SelectMultipleField(_l("哪些门店可用"), coerce=int, description=_l("同一商场里别家的门店，要等对方同意"))
    description = TextAreaField(_l("说明"), validators=[Length(max=600)], description=_l("包含什么、怎么用、要不要预约"))
    images = ImageField(_l("图片"), description=_l("不换就不选"))


def _values(
    *, closed_days: str, images: FileStorage | None, description: str | None, quantity: int | None, price: int | None, market_price: int | None,
    actor: Actor, now: datetime, **values: Any,
) -> dict[str, Any]:
    try:
        days = typed_days(closed_days or "")
    except ValueError as wrong:
        raise Invalid(errors=[{"field": "closed_days", "code": "date", "message": str(_l("“%(word)s”不是日期", word=str(wrong)))}]) from wrong
    made = {"closed_days": days, "description": description or "", "quantity": quantity, "price": price or 0, "market_price": market_price or 0, **values}
    if images and images.filename:
        made["images"] = [store_image(images.stream, images.filename, actor=actor, now=now, field="images").key]
    return made


def _add(*, actor: Actor, now: datetime, **values: Any) -> VoucherDeal:
    if actor.merchant_id is None:
        raise Forbidden(right=str(_l("上架团购商品")))
    deal = add_deal(merchant_id=actor.merchant_id, actor=actor, now=now, **_values(actor=actor, now=now, **values))
    submit_listing(deal, actor=actor, now=now)
    return deal


def _change(deal: VoucherDeal, *, actor: Actor, now: datetime, **values: Any) -> VoucherDeal:
    return change_deal(deal, actor=actor, now=now, **_values(actor=actor, now=now, **values))


class VoucherDealView(ConsoleView):
    """What is on sale and waits to be."""

    name = "vouchers.deals"
    route_base = "/vouchers/deals"
    model = VoucherDeal
    title = _l("团购商品")
    subtitle = _l("审核通过后顾客能买；改价格和内容要重新审核，审核期间照旧卖原来的")
    singular = _l("团购商品")
    measure = _l("个")
    icon = "coupon"
    label = "title"
    search_columns = ("title", "description")
    search_hint = _l("名称、说明")
    list_columns = (
        Column("image", _l("图片"), kind="image", value=lambda deal: thumbnail_address(deal.images[0]) if deal.images else None, export=False, phone=False),
        Column("title", _l("名称"), link=True),
        Column("kind", _l("种类"), kind="choice", choices=KINDS),
        Column("merchant.name", _l("商户"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("price", _l("团购价"), kind="money", sort=True),
        Column("market_price", _l("门市价"), kind="money", phone=False),
        Column("sold", _l("已售"), kind="count", sort=True),
        Column("left", _l("还剩"), kind="count", phone=False),
    )
    filters = (
        ChoiceFilter("status"), ChoiceFilter("kind", _l("种类"), choices=KINDS), MERCHANT_FILTER, MoneyFilter("price", _l("团购价")),
        DateFilter("updated_at", _l("改动时间")),
    )
    tabs = (
        Tab("on_sale", _l("在售"), status="on_sale"), Tab("pending", _l("待审核"), status="pending"),
        Tab("rejected", _l("未通过"), urgent=True, status="rejected"),
        Tab("off_sale", _l("已下架"), status="off_sale"), Tab("draft", _l("草稿"), status="draft"),
    )
    order = "-id"
    facts = (
        Column("price", _l("团购价"), kind="money", big=True),
        Column("market_price", _l("门市价"), kind="money", big=True),
        Column("kind", _l("种类"), kind="choice", choices=KINDS),
        Column("uses", _l("能用几次"), kind="count"),
        Column("sold", _l("已售"), kind="count"),
        Column("left", _l("还剩"), kind="count"),
        Column("per_customer", _l("每人限购"), kind="count"),
        Column("valid_days", _l("买后几天内有效"), kind="count"),
        Column("last_day", _l("最后一天"), kind="day"),
        Column("closed_weekdays", _l("每周哪天不能用"), value=lambda deal: weekdays(deal.closed_weekdays)),
        Column("closed_days", _l("哪些日期不能用"), value=lambda deal: "、".join(deal.closed_days) or None, wide=True),
        Column("description", _l("说明"), wide=True),
        Column("proposed", _l("改动等审核"), value=lambda deal: _l("有，在售的还是原来的版本") if deal.proposed else None),
        Column("refusal", _l("未通过的原因"), wide=True),
    )
    sections = (
        Section(
            _l("可用门店"), note=_l("别家的门店同意后，以后买的券才能在那里用"), rows=lambda deal: partners_of_deal(deal.id), name="stores",
            columns=(
                Column("store", _l("门店"), value=lambda place: place.store.name),
                Column("merchant", _l("商户"), value=lambda place: place.store.merchant.name),
                Column("status", _l("状态"), value=lambda place: PARTNER_FLOW.state(place.status).label),
            ),
        ),
    )
    form = DealForm
    create = staticmethod(_add)
    update = staticmethod(_change)
    add_label = _l("上架商品")
    create_label = _l("保存并送审")
    empty_title = _l("还没有团购商品")
    empty_text = _l("上架一个，审核通过后顾客就能买")

    def make_form(self, record: Any = None) -> Any:
        """Stores to choose are the merchant's own, and the others in its malls."""
        form = DealForm(obj=record)
        whose = record.merchant_id if record is not None else current_actor().merchant_id
        form.store_ids.choices = list((stores_to_choose(whose) if whose else {}).items())
        if record is not None and not form.is_submitted():
            form.closed_days.data = ", ".join(record.closed_days)
            form.store_ids.data = self.present(record, "store_ids")
        return form

    def present(self, record: Any, name: str) -> Any:
        """Days are text in the form, stores are those that take the deal or were asked to."""
        if name == "closed_days":
            return ", ".join(record.closed_days)
        if name == "store_ids":
            return [place.store_id for place in partners_of_deal(record.id) if place.status in ("accepted", "asked")]
        return super().present(record, name)


class DealPartnerView(ConsoleView):
    """Deals of others that could be, or are, redeemed at the merchant's stores."""

    name = "vouchers.partners"
    route_base = "/vouchers/partners"
    model = DealPlace
    title = _l("合作门店")
    singular = _l("合作")
    subtitle = _l("别家的券请你的店接待：同意后在你店里核销，核销的钱归你")
    measure = _l("项")
    icon = "building"
    list_columns = (
        Column("title", _l("团购商品"), link=True),
        Column("seller.name", _l("卖券的商户")),
        Column("store.name", _l("在哪家店用")),
        Column("status", _l("状态"), kind="state"),
        Column("price", _l("团购价"), kind="money"),
        Column("created_at", _l("什么时候请的"), kind="when", sort=True, phone=False),
    )
    search_columns = ("title",)
    search_hint = _l("团购商品")
    filters = (ChoiceFilter("status"), MERCHANT_FILTER)
    tabs = (
        Tab("asked", _l("待同意"), urgent=True, status="asked"), Tab("accepted", _l("已同意"), status="accepted"),
        Tab("ended", _l("拒绝和停止"), status=("declined", "ended")),
    )
    base = staticmethod(lambda model: model.seller_id != model.merchant_id)
    order = "-id"
    facts = list_columns
    empty_title = _l("没有合作")
    empty_text = _l("同一商场的商户请你的店接待它的券时，会出现在这里")
