"""Goods: suppliers bring them at their price, the platform prices and watches them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.actors import Actor
from app.framework.console.columns import Column, Tab
from app.framework.console.fields import CountField, ImageField, MoneyField
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.view import ConsoleView
from app.kernel.files.links import thumbnail_address
from app.kernel.files.operations import store_image
from app.kernel.parties.filters import MERCHANT_FILTER
from app.verticals.groupbuy.models import Goods
from app.verticals.groupbuy.models.goods import CATEGORIES
from app.verticals.groupbuy.operations.goods import bring_goods, change_goods, price_goods
from app.verticals.groupbuy.views.people import DAYS, day_words

TABS = (
    Tab("on_sale", _l("在售"), status="on_sale"), Tab("pending", _l("待审核"), urgent=True, status="pending"),
    Tab("off_sale", _l("已下架"), status="off_sale"), Tab("rejected", _l("未通过"), status="rejected"), Tab("draft", _l("草稿"), status="draft"),
)
PICTURE = Column("image", _l("图片"), kind="image", value=lambda goods: thumbnail_address(goods.image), export=False)


class GoodsForm(FlaskForm):
    """What a supplier says of a good."""

    title = StringField(_l("商品名"), validators=[DataRequired(_l("写商品名")), Length(max=60)])
    spec = StringField(_l("规格"), validators=[Length(max=30)], description=_l("例如 500 克/份"))
    category = SelectField(_l("分类"), choices=list(CATEGORIES.items()))
    supply_price = MoneyField(_l("供货价"), validators=[InputRequired(_l("写金额"))], description=_l("平台按这个价和你结算；售价由平台定"))
    stock = CountField(_l("库存"), unit=_l("件"), validators=[Optional(), NumberRange(0, 1_000_000)], description=_l("不限就空着"))
    each = CountField(_l("每人限购"), unit=_l("件"), default=0, validators=[InputRequired(_l("写数字")), NumberRange(0, 999)], description=_l("0 是不限"))
    days = SelectMultipleField(_l("哪几天发货"), coerce=int, choices=list(enumerate(DAYS)), validators=[Optional()], description=_l("一天都不选，就是每期都发"))
    description = TextAreaField(_l("说明"), validators=[Length(max=300)])
    pictures = ImageField(_l("图片"), many=True, description=_l("最多 6 张；选了就替换原来的"))


def _pictures(actor: Actor, now: datetime) -> Sequence[str]:
    sent = [each for each in request.files.getlist("pictures") if each.filename]
    return [store_image(each.stream, each.filename or "", actor=actor, now=now, field="pictures").key for each in sent[:6]]


def _bring(*, pictures: Any, actor: Actor, now: datetime, **values: Any) -> Goods:
    return bring_goods(actor.merchant_id or 0, images=list(_pictures(actor, now)), actor=actor, now=now, **values)


def _change(goods: Goods, *, pictures: Any, actor: Actor, now: datetime, **values: Any) -> Goods:
    images = _pictures(actor, now)
    return change_goods(goods, actor=actor, now=now, **values, **({"images": list(images)} if images else {}))


class SupplyView(ConsoleView):
    """A supplier's own goods, with its price alone."""

    name = "groupbuy.supply"
    route_base = "/groupbuy/supply"
    model = Goods
    title = _l("我供的商品")
    singular = _l("商品")
    subtitle = _l("按供货价结算，售价由平台定。新商品和改了名称、说明、图片的要审核")
    measure = _l("样")
    icon = "case"
    search_columns = ("title", "description")
    search_hint = _l("商品名、说明")
    list_columns = (
        PICTURE,
        Column("title", _l("商品名"), link=True, sub="spec"),
        Column("category", _l("分类"), kind="choice", choices=CATEGORIES, phone=False),
        Column("supply_price", _l("供货价"), kind="money", sort=True),
        Column("stock", _l("库存"), kind="count", sort=True),
        Column("sold", _l("卖了"), kind="count", sort=True, phone=False),
        Column("status", _l("状态"), kind="state"),
    )
    filters = (ChoiceFilter("status"), ChoiceFilter("category", _l("分类"), choices=CATEGORIES), MoneyFilter("supply_price", _l("供货价")))
    tabs = TABS
    facts = (
        Column("supply_price", _l("供货价"), kind="money", big=True),
        Column("category", _l("分类"), kind="choice", choices=CATEGORIES),
        Column("stock", _l("库存"), kind="count"),
        Column("each", _l("每人限购"), kind="count"),
        Column("days", _l("哪几天发货"), value=lambda goods: day_words(goods.days)),
        Column("sold", _l("卖了"), kind="count"),
        Column("description", _l("说明"), wide=True),
        Column("refusal", _l("未通过的原因"), wide=True),
    )
    form = GoodsForm
    create = staticmethod(_bring)
    update = staticmethod(_change)
    add_label = _l("加商品")
    create_label = _l("提交")
    form_note = _l("审核通过后上架；售价由平台在供货价上加")
    empty_title = _l("还没有商品")
    empty_text = _l("加第一样商品，或者用表格一次导入")

    def present(self, record: Any, name: str) -> Any:
        """Pictures are kept under another name."""
        return record.images if name == "pictures" else getattr(record, name)


class PriceForm(FlaskForm):
    """What residents pay."""

    sale_price = MoneyField(_l("售价"), validators=[InputRequired(_l("写金额"))], description=_l("不能低于供货价；差价里先出团长佣金，剩下是平台的"))


class GoodsView(ConsoleView):
    """All goods, for the platform: both prices."""

    name = "groupbuy.goods"
    route_base = "/groupbuy/goods"
    model = Goods
    title = _l("团购商品")
    singular = _l("商品")
    subtitle = _l("供应商报供货价，平台定售价；送审的在审核台处理")
    measure = _l("样")
    icon = "case"
    search_columns = ("title", "description")
    search_hint = _l("商品名、说明")
    list_columns = (
        PICTURE,
        Column("title", _l("商品名"), link=True, sub="spec"),
        Column("merchant.name", _l("供应商"), phone=False),
        Column("supply_price", _l("供货价"), kind="money", sort=True, phone=False),
        Column("sale_price", _l("售价"), kind="money", sort=True, edit=True),
        Column("margin", _l("差价"), kind="money", value=lambda goods: goods.margin, phone=False),
        Column("stock", _l("库存"), kind="count", sort=True, phone=False),
        Column("sold", _l("卖了"), kind="count", sort=True),
        Column("status", _l("状态"), kind="state"),
    )
    filters = (
        ChoiceFilter("status"), ChoiceFilter("category", _l("分类"), choices=CATEGORIES), MERCHANT_FILTER, MoneyFilter("sale_price", _l("售价")),
        DateFilter("updated_at", _l("改动时间")),
    )
    tabs = TABS
    facts = (
        Column("sale_price", _l("售价"), kind="money", big=True),
        Column("supply_price", _l("供货价"), kind="money"),
        Column("margin", _l("差价"), kind="money", value=lambda goods: goods.margin),
        Column("merchant.name", _l("供应商")),
        Column("category", _l("分类"), kind="choice", choices=CATEGORIES),
        Column("stock", _l("库存"), kind="count"),
        Column("each", _l("每人限购"), kind="count"),
        Column("days", _l("哪几天发货"), value=lambda goods: day_words(goods.days)),
        Column("sold", _l("卖了"), kind="count"),
        Column("description", _l("说明"), wide=True),
        Column("refusal", _l("未通过的原因"), wide=True),
    )
    form = PriceForm
    update = staticmethod(price_goods)
    empty_title = _l("还没有商品")
    empty_text = _l("供应商提交商品后，会出现在这里")
