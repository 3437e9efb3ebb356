"""Reviews in the console: merchants reply, staff hide what must not be shown."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.links import order_link, trade_title
from app.framework.console.view import ConsoleView
from app.kernel.files.links import public_address, thumbnail_address
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.reviews.models import Review

STARS = {number: "★" * number + "☆" * (5 - number) for number in range(5, 0, -1)}


def _order_page(review: Review) -> str | None:
    return order_link(review.trade, review.order_id)


class ReviewView(ConsoleView):
    """Reviews."""

    name = "reviews.reviews"
    route_base = "/reviews"
    model = Review
    title = _l("评价")
    singular = _l("评价")
    subtitle = _l("买过的人才能评；商户可以回复，不能删。有风险词的等审核员看过再展示")
    measure = _l("条")
    icon = "star"
    search_columns = ("words", "subject", "order_number")
    search_hint = _l("评价内容、买的东西、订单号")
    list_columns = (
        Column("stars", _l("评分"), kind="choice", choices=STARS, sort=True, link=True),
        Column("words", _l("评价内容"), sub="subject"),
        Column("merchant.name", _l("商户"), phone=False),
        Column("order_number", _l("订单号"), to=_order_page, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("reviewed_at", _l("评价时间"), kind="when", sort=True),
    )
    filters = (
        ChoiceFilter("status"), ChoiceFilter("stars", _l("评分"), choices=STARS),
        DateFilter("reviewed_at", _l("评价时间")), MERCHANT_FILTER,
    )
    tabs = (
        Tab("pending", _l("待审核"), urgent=True, status="pending"), Tab("shown", _l("待回复"), urgent=True, status="shown"),
        Tab("low", _l("差评"), stars=(1, 2)), Tab("replied", _l("已回复"), status="replied"), Tab("hidden", _l("已隐藏"), status="hidden"),
    )
    order = "-id"
    facts = (
        Column("stars", _l("评分"), kind="choice", choices=STARS, big=True),
        Column("subject", _l("买的东西")),
        Column("order_number", _l("订单"), to=_order_page),
        Column("merchant.name", _l("商户")),
        Column("trade", _l("行业"), value=lambda review: trade_title(review.trade)),
        Column("customer_name", _l("顾客"), value=lambda review: review.by),
        Column("reviewed_at", _l("评价时间"), kind="when"),
        Column("replied_at", _l("回复时间"), kind="when"),
        Column("words", _l("评价内容"), wide=True),
        Column("reply", _l("商户回复"), wide=True),
        Column("risks", _l("风险词"), value=lambda review: "、".join(review.risks) or None),
        Column("hidden_because", _l("隐藏原因"), wide=True),
    )
    sections = (
        Section(
            _l("图片"), rows=lambda review: review.pictures, when=lambda review: bool(review.pictures),
            columns=(
                Column("picture", _l("图片"), kind="image", value=thumbnail_address),
                Column("open", _l("原图"), value=lambda key: _l("打开"), to=public_address),
            ),
        ),
    )
    empty_title = _l("还没有评价")
    empty_text = _l("顾客完成订单后写的评价会出现在这里")
