"""Coupons in the console: what is offered, who holds it, what it took off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.actors import Actor
from app.core.clock import now as clock_now
from app.core.periods import business_day, day_range, day_start
from app.framework.console.columns import Column, Related, Section, Tab
from app.framework.console.fields import CountField, MoneyField, PercentField
from app.framework.console.filters import ChoiceFilter, DateFilter, FlagFilter, MoneyFilter
from app.framework.console.links import trade_title
from app.framework.console.view import ConsoleView
from app.framework.database import get
from app.framework.identity import current_actor
from app.kernel.approvals.reviewables import open_trades
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.marketing.models import KINDS, Claim, Coupon, Use
from app.kernel.marketing.operations import propose_coupon
from app.kernel.marketing.presenting import bearer_of
from app.kernel.marketing.queries import products_of, result_of
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.models import Merchant

SIDES = {"merchant": _l("商户承担"), "platform": _l("平台承担")}


class CouponForm(FlaskForm):
    """What is taken off, for whom, and how much in all."""

    trade = SelectField(_l("行业"))
    title = StringField(_l("券名"), validators=[DataRequired(_l("写券名，例如：满 50 减 8")), Length(max=40)])
    kind = SelectField(_l("怎么减"), choices=list(KINDS.items()))
    least = MoneyField(_l("满多少可用"), default=0, validators=[Optional()], description=_l("不限就填 0"))
    off = MoneyField(_l("减多少（满减填）"), default=0, validators=[Optional()])
    ppm = PercentField(_l("折掉多少（折扣填）"), default=0, validators=[Optional()], description=_l("9 折就填 10"))
    most = MoneyField(_l("每单最多减"), default=0, validators=[Optional()], description=_l("不限就填 0"))
    products = SelectMultipleField(_l("只限这些商品"), coerce=int, description=_l("一个都不选，就是全部商品"))
    automatic = BooleanField(_l("不用领，下单自动减"))
    newcomers_only = BooleanField(_l("只给还没下过单的新顾客"))
    quantity = CountField(_l("一共发多少张"), unit=_l("张"), validators=[Optional(), NumberRange(1, 1_000_000)], description=_l("不限就不填；自动减的不用填"))
    per_customer = CountField(_l("每人最多领"), unit=_l("张"), default=1, validators=[InputRequired(_l("写数字")), NumberRange(1, 99)])
    budget = MoneyField(_l("预算"), validators=[Optional()], description=_l("减到这么多钱就停；平台承担的必须填"))
    begins_on = DateField(_l("从哪天开始"), validators=[DataRequired(_l("选日期"))], default=lambda: business_day(clock_now()))
    ends_on = DateField(_l("到哪天为止（含）"), validators=[DataRequired(_l("选日期"))])
    valid_days = CountField(
        _l("领到后几天内有效"), unit=_l("天"), default=0, validators=[InputRequired(_l("写数字")), NumberRange(0, 366)], description=_l("0 就是到结束那天"),
    )
    reason = StringField(_l("为什么"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


def _propose(
    *, actor: Actor, now: datetime, begins_on: date, ends_on: date, trade: str = "", products: Sequence[int] = (), least: int | None = 0,
    off: int | None = 0, ppm: int | None = 0, most: int | None = 0, **of_the_coupon: Any,
) -> Coupon:
    return propose_coupon(
        merchant_id=actor.merchant_id, trade=trade or get(Merchant, actor.merchant_id).trades[0], products=products, least=least or 0, off=off or 0,
        ppm=ppm or 0, most=most or 0, begins_at=day_start(begins_on), ends_at=day_range(ends_on)[1], actor=actor, now=now, **of_the_coupon,
    )


def _products(coupon: Coupon) -> str | None:
    names = products_of(coupon.trade, coupon.merchant_id) if coupon.products and coupon.merchant_id else {}
    return "、".join(names.get(each, f"#{each}") for each in coupon.products) or None


def _result(coupon: Coupon) -> list[Any]:
    return [result_of(coupon.id)]


class UseView(ConsoleView):
    """What was taken off which order."""

    name = "marketing.uses"
    route_base = "/coupons/uses"
    model = Use
    title = _l("用券记录")
    singular = _l("用券记录")
    measure = _l("次")
    icon = "coupon"
    list_columns = (
        Column("order_number", _l("订单号"), link=True, kind="ref"),
        Column("coupon.title", _l("优惠券")),
        Column("merchant.name", _l("商户"), phone=False),
        Column("customer.name", _l("顾客"), phone=False),
        Column("side", _l("谁承担"), choices=SIDES),
        Column("amount", _l("减了"), kind="money", sort=True, total=True),
        Column("used_at", _l("什么时候"), kind="when", sort=True),
        Column("returned_at", _l("订单取消退回"), kind="when", phone=False),
    )
    search_columns = ("order_number",)
    search_hint = _l("订单号")
    filters = (ChoiceFilter("side", _l("谁承担"), choices=SIDES), DateFilter("used_at", _l("什么时候")), MoneyFilter("amount", _l("减了")), MERCHANT_FILTER)
    order = "-id"
    facts = list_columns
    show_timeline = False
    empty_title = _l("还没有人用过券")
    empty_text = _l("顾客下单用掉优惠券后，会出现在这里")


class ClaimView(ConsoleView):
    """Who holds a copy."""

    name = "marketing.claims"
    route_base = "/coupons/claims"
    model = Claim
    title = _l("领券记录")
    singular = _l("领到的券")
    icon = "coupon"
    list_columns = (
        Column("coupon.title", _l("优惠券"), link=True),
        Column("customer.name", _l("顾客")),
        Column("status", _l("状态"), kind="state"),
        Column("claimed_at", _l("领取时间"), kind="when", sort=True),
        Column("expires_at", _l("到期"), kind="when", sort=True, phone=False),
    )
    filters = (ChoiceFilter("status"), DateFilter("claimed_at", _l("领取时间")), MERCHANT_FILTER)
    tabs = (Tab("held", _l("未使用"), status="held"), Tab("used", _l("已使用"), status="used"))
    order = "-id"
    facts = list_columns
    empty_title = _l("还没有人领券")
    empty_text = _l("顾客在小程序里领到券后，会出现在这里")


class CouponView(ConsoleView):
    """Coupons of the merchant, or of all and of the platform."""

    name = "marketing.coupons"
    route_base = "/coupons"
    model = Coupon
    title = _l("优惠券")
    singular = _l("优惠券")
    subtitle = _l("满减、折扣、新客和单品券。本店的自己启用；平台承担的要第二个人批准，减到预算为止")
    icon = "coupon"
    label = "title"
    list_columns = (
        Column("title", _l("券名"), link=True),
        Column("rule", _l("怎么减"), value=lambda coupon: coupon.rule),
        Column("merchant.name", _l("谁承担"), value=bearer_of, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("claimed", _l("领了"), kind="count", sort=True, phone=False),
        Column("given", _l("已减"), kind="money", sort=True, total=True),
        Column("budget", _l("预算"), kind="money", phone=False),
        Column("ends_at", _l("结束"), kind="when", sort=True, phone=False),
    )
    search_columns = ("title",)
    search_hint = _l("券名")
    filters = (
        ChoiceFilter("status"), ChoiceFilter("kind", _l("怎么减"), choices=KINDS), FlagFilter("automatic", _l("自动减")),
        FlagFilter("newcomers_only", _l("新客券")), DateFilter("ends_at", _l("结束")), MERCHANT_FILTER,
    )
    tabs = (
        Tab("draft", _l("待启用"), urgent=True, status="draft"), Tab("approved", _l("进行中"), status="approved"), Tab("paused", _l("已暂停"), status="paused"),
        Tab("ended", _l("已结束"), status="ended"),
    )
    order = "-id"
    facts = (
        Column("rule", _l("怎么减"), value=lambda coupon: coupon.rule, wide=True),
        Column("merchant.name", _l("谁承担"), value=bearer_of),
        Column("trade", _l("行业"), value=lambda coupon: trade_title(coupon.trade)),
        Column("automatic", _l("不用领，下单自动减"), kind="flag"),
        Column("newcomers_only", _l("只给还没下过单的新顾客"), kind="flag"),
        Column("products", _l("只限这些商品"), value=_products, wide=True),
        Column("begins_at", _l("开始"), kind="when"),
        Column("ends_at", _l("结束"), kind="when"),
        Column("quantity", _l("一共发多少张"), kind="count"),
        Column("claimed", _l("领了"), kind="count"),
        Column("per_customer", _l("每人最多领"), kind="count"),
        Column("valid_days", _l("领到后几天内有效"), kind="count"),
        Column("budget", _l("预算"), kind="money"),
        Column("given", _l("已减"), kind="money"),
        PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    sections = (
        Section(
            _l("效果"), rows=_result, name="result", note=_l("不含取消的订单"),
            columns=(
                Column("orders", _l("用券订单"), kind="count"), Column("people", _l("用券顾客"), kind="count"),
                Column("given", _l("一共减了"), kind="money"), Column("paid", _l("这些订单实付"), kind="money"),
            ),
        ),
    )
    related = (Related(UseView, "coupon_id"), Related(ClaimView, "coupon_id"))
    form = CouponForm
    create = staticmethod(_propose)
    add_label = _l("做一张优惠券")
    create_label = _l("保存")
    form_note = _l("保存后还不能用：本店的券在详情页点“启用”，平台的券等财务批准")
    empty_title = _l("还没有优惠券")
    empty_text = _l("做一张满减或新客券，启用后顾客就能用")

    def make_form(self, record: Any = None) -> Any:
        """Members choose among their own goods; the platform's coupons are for all goods of a trade."""
        form, actor = CouponForm(), current_actor()
        if actor.merchant_id:
            trades = get(Merchant, actor.merchant_id).trades
            form.trade.choices = [(each, trade_title(each)) for each in trades]
            form.products.choices = [each for trade in trades for each in products_of(trade, actor.merchant_id).items()]
            if len(trades) == 1:
                del form.trade
        else:
            form.trade.choices = [(each.name, each.title) for each in open_trades()]
            del form.products
        return form
