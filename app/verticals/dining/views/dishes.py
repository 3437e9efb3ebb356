"""Dishes of all restaurants, for reviewers and operators; each restaurant edits its own on the menu page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.console.columns import Column, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.view import ConsoleView
from app.kernel.files.links import thumbnail_address
from app.kernel.parties.filters import MERCHANT_FILTER
from app.verticals.dining.models import Dish


def _prices(dish: Dish) -> str:
    return " · ".join(f"{size.name} {yuan(size.price)}" for size in dish.sizes)


class DishView(ConsoleView):
    """Every dish with its state, prices, and what reviewers said."""

    name = "dining.dishes"
    route_base = "/dining/dishes"
    model = Dish
    title = _l("菜品")
    subtitle = _l("送审的菜在审核台处理；这里看全部，必要时送回重审")
    singular = _l("菜品")
    measure = _l("道")
    icon = "bowl"
    search_columns = ("name", "description")
    search_hint = _l("菜名、描述")
    list_columns = (
        Column("image", _l("图片"), kind="image", value=lambda dish: thumbnail_address(dish.image), export=False),
        Column("name", _l("菜名"), link=True, sub="description"),
        Column("shop.name", _l("餐厅")),
        Column("prices", _l("规格和价格"), value=_prices, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("updated_at", _l("改动时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER, DateFilter("updated_at"))
    tabs = (
        Tab("pending", _l("待审核"), urgent=True, status="pending"), Tab("on_sale", _l("在售"), status="on_sale"),
        Tab("rejected", _l("未通过"), status="rejected"), Tab("off_sale", _l("已下架"), status="off_sale"),
    )
    facts = (
        Column("shop.name", _l("餐厅")),
        Column("category.name", _l("分类")),
        Column("updated_at", _l("改动时间"), kind="when"),
        Column("description", _l("描述"), wide=True),
        Column("proposed", _l("改动等审核"), value=lambda dish: _l("有，在售的还是原来的版本") if dish.proposed else None),
        Column("refusal", _l("未通过的原因"), wide=True),
    )
    sections = (
        Section(
            _l("规格"), rows=lambda dish: dish.sizes, name="sizes",
            columns=(
                Column("name", _l("规格")), Column("price", _l("价格"), kind="money"), Column("stock", _l("库存"), kind="count"),
                Column("sold_out", _l("手动售罄"), kind="flag"),
            ),
        ),
        Section(
            _l("加料与选择"), rows=lambda dish: [option for group in dish.groups for option in group.options], name="options",
            columns=(
                Column("group", _l("组"), value=lambda option: f"{option.group.name}（{option.group.least}–{option.group.most}）"),
                Column("name", _l("选项")), Column("price", _l("加价"), kind="money"),
            ),
            when=lambda dish: bool(dish.groups),
        ),
    )
