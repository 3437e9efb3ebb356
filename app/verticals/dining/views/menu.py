"""The menu in the hands of its restaurant: sold out in one click, stock, order, dishes with sizes and choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask import Response, jsonify, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.exceptions import NotFound as NoPage

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.console.page import Page, expose, page_access
from app.framework.console.pictures import arranged
from app.framework.console.refused import said_beside, take_back, version_given
from app.framework.database import get
from app.kernel.approvals.operations.second_looks import appeal
from app.kernel.approvals.queries import newest_case
from app.kernel.files.links import thumbnail_address
from app.kernel.files.operations import store_image
from app.kernel.listings.moderation import withdraw_change
from app.kernel.places.rules import problem
from app.verticals.dining.listing import DISH_LISTING
from app.verticals.dining.menu_rules import PICTURES_AT_MOST
from app.verticals.dining.models import Category, Dish, Shop, Size
from app.verticals.dining.models.menu import DISH_FLOW
from app.verticals.dining.operations import menu as operations
from app.verticals.dining.operations.stock import set_sold_out, set_stock
from app.verticals.dining.queries import menu_of, shop_of
from app.verticals.dining.views.dish_form import BLANK_OPTION, BLANK_SIZE, Typed, blank_dish, blank_group, typed_of_dish, typed_of_form, values_of_typed


class MenuPage(Page):
    """`/dining/menu`: dishes and stock."""

    name = "dining.menu"
    route_base = "/dining/menu"
    title = _l("菜品与库存")
    icon = "bowl"
    words = {"index": _l("查看菜品"), "sell": _l("售罄和库存"), "edit": _l("编辑菜品")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Categories and their dishes; `q` finds dishes, `low` shows those that run out."""
        shop = shop_of(self.actor.merchant_id)
        categories = menu_of(shop) if shop else []
        dishes = [dish for category in categories for dish in category.dishes]
        return self.render(
            "dining/menu.html", shop=shop, categories=categories, flow=DISH_FLOW, thumbnail=thumbnail_address, low=[dish for dish in dishes if runs_low(dish)],
            only_low=request.args.get("low") == "1", words=request.args.get("q", "").strip()[:40], runs_low=runs_low, total=len(dishes),
            edits=self.may("edit"), sells=self.may("sell"),
        )

    # ---- one click ---------------------------------------------------------------------------------------------------

    @expose("/dish/<int:pk>/sold-out", methods=["POST"])
    @page_access("can_sell")
    def sold_out(self, pk: int) -> Response:
        """Sold out, or for sale again."""
        wanted = request.values.get("sold_out") == "1"
        only = request.args.get("only")  # of a toast: the sizes that the click to be undone had changed
        dish, changed = set_sold_out(pk, wanted, only=_keys(only) if only is not None else None, actor=self.actor, now=clock.now())
        sentence = _("“%(dish)s”已售罄", dish=dish.name) if wanted else _("“%(dish)s”恢复售卖", dish=dish.name)
        undo = self.url("sold_out", pk=pk, sold_out=0 if wanted else 1, only=",".join(map(str, changed))) if changed and only is None else None
        return self._back(sentence, dish, undo)

    @expose("/size/<int:pk>/stock", methods=["POST"])
    @page_access("can_sell")
    def stock(self, pk: int) -> Response:
        """So many portions; an empty input is without limit."""
        text = request.form.get("stock", "").strip()
        if text and not (text.isascii() and text.isdecimal() and len(text) <= 6):
            raise Invalid(errors=[problem("stock", "range", _("库存填 0 到 100000 的整数"))])
        size = set_stock(pk, int(text) if text else None, actor=self.actor, now=clock.now())
        left = _("不限量") if size.stock is None else _("%(count)d 份", count=size.stock)
        return self._back(_("%(dish)s：库存 %(left)s", dish=size.label, left=left), size.dish)

    @expose("/dish/<int:pk>/offer", methods=["POST"])
    @page_access("can_edit")
    def offer(self, pk: int) -> Response:
        """On or off the menu: submitted, put back, or taken off, whichever it takes; `withdraw` drops a change that waits for review."""
        if request.form.get("withdraw") == "1":
            dish = get(Dish, pk)
            withdraw_change(dish, actor=self.actor, now=clock.now())
            return self._back(_("已撤回等待审核的改动"), dish)
        dish = operations.set_on_sale(get(Dish, pk), request.form.get("wanted") == "1", actor=self.actor, now=clock.now())
        return self._back(_("%(dish)s：%(state)s", dish=dish.name, state=DISH_FLOW.state(dish.status).label), dish)

    # ---- order -------------------------------------------------------------------------------------------------------

    @expose("/sort", methods=["POST"])
    @page_access("can_edit")
    def sort(self) -> Response:
        """Dishes of `category`, or without it the categories, in the order of `keys`; or one of them (`key`) a `step` up or down."""
        shop, category = self._shop(), self._category()
        kept = [each.id for each in (category.dishes if category else menu_of(shop))]
        keys = _moved(kept, request.form.get("key", ""), request.form.get("step", "")) if "key" in request.form else _keys(request.form.get("keys", ""))
        if category:
            operations.sort_dishes(category, keys, actor=self.actor, now=clock.now())
        else:
            operations.sort_categories(shop, keys, actor=self.actor, now=clock.now())
        if request.headers.get("X-Requested-With") == "fetch":
            return jsonify({"keys": keys})
        return self.done(_("顺序已保存"), f"{self.endpoint}.index", _anchor=f"category-{category.id}" if category else None)

    # ---- categories --------------------------------------------------------------------------------------------------

    @expose("/category", methods=["POST"])
    @page_access("can_edit")
    def category(self) -> Response:
        """Add a category, or with `key` rename it, or with `remove` remove it."""
        category, name = self._category("key"), request.form.get("name", "")
        if category is None:
            category = operations.add_category(self._shop(), name, actor=self.actor, now=clock.now())
            return self.done(_("已加分类“%(name)s”", name=category.name), f"{self.endpoint}.index", _anchor=f"category-{category.id}")
        if request.form.get("remove") == "1":
            operations.remove_category(category, actor=self.actor, now=clock.now())
            return self.done(_("已删除分类“%(name)s”", name=category.name), f"{self.endpoint}.index")
        operations.rename_category(category, name, actor=self.actor, now=clock.now())
        return self.done(_("分类改名为“%(name)s”", name=category.name), f"{self.endpoint}.index", _anchor=f"category-{category.id}")

    # ---- dishes ------------------------------------------------------------------------------------------------------

    @expose("/dish/new", methods=["GET", "POST"])
    @page_access("can_edit")
    def add(self) -> Response:
        """A new dish."""
        self._shop()
        if request.method == "GET":
            return self._form(blank_dish(request.args.get("category", type=int)))
        return self._save(None)

    @expose("/dish/<int:pk>", methods=["GET", "POST"])
    @page_access("can_edit")
    def edit(self, pk: int) -> Response:
        """Change a dish."""
        dish = get(Dish, pk)
        return self._form(typed_of_dish(dish), dish) if request.method == "GET" else self._save(dish)

    @expose("/dish/<int:pk>/remove", methods=["POST"])
    @page_access("can_edit")
    def remove(self, pk: int) -> Response:
        """Remove a dish from the menu."""
        dish = get(Dish, pk)
        name = dish.name
        operations.remove_dish(dish, actor=self.actor, now=clock.now())
        return self.done(_("已删除“%(name)s”", name=name), f"{self.endpoint}.index")

    @expose("/dish/<int:pk>/appeal", methods=["POST"])
    @page_access("can_edit")
    def appeal(self, pk: int) -> Response:
        """Against a refusal, to another reviewer."""
        dish = get(Dish, pk)
        refused = newest_case(DISH_LISTING.kind, dish.id)
        if refused is None:
            raise NotFound
        appeal(refused, request.form.get("plea", ""), actor=self.actor, now=clock.now())
        return self.done(_("申诉已提交，由另一位审核员再看"), "MenuPage.edit", pk=dish.id)

    def _save(self, dish: Dish | None) -> Response:
        typed, pk = typed_of_form(request.form), dish.id if dish else None
        if "add" in request.form:
            return self._form(_with_blank(typed, request.form["add"]), dish)
        now = clock.now()
        try:
            values = values_of_typed(typed)
            values = replace(values, images=self._pictures(dish, now))
            if dish is None:
                dish = operations.create_dish(self._shop(), values, submit=request.form.get("draft") != "1", actor=self.actor, now=now)
            else:
                dish = operations.update_dish(dish, values, version=version_given(typed), actor=self.actor, now=now)
        except Refusal as refusal:
            take_back(refusal)
            return self._form(typed, get(Dish, pk) if pk else None, refusal)
        state = _("改动在审核，通过前卖的还是原来的") if dish.proposed else DISH_FLOW.state(dish.status).label
        return self.done(_("已保存“%(dish)s”：%(state)s", dish=dish.name, state=state), f"{self.endpoint}.index", _anchor=f"dish-{dish.id}")

    def _pictures(self, dish: Dish | None, now: datetime) -> tuple[str, ...]:
        """Keys of the dish's pictures as they were put in order, new ones stored."""
        order = arranged(request.form, request.files, "picture", _shown_pictures(dish), most=PICTURES_AT_MOST)
        owner = {"actor": self.actor, "now": now, "merchant_id": self.actor.merchant_id, "field": "picture"}
        return tuple(each if isinstance(each, str) else store_image(each.stream, each.filename or "", **owner).key for each in order)

    def _form(self, typed: Typed, dish: Dish | None = None, refusal: Refusal | None = None) -> Response:
        errors = said_beside(refusal)
        categories = list(db.session.scalars(select(Category).where(Category.shop_id == self._shop().id).order_by(Category.position, Category.id)))
        return self.render(
            "dining/dish_form.html", refusal.status if refusal else 200, typed=typed, dish=dish, errors=errors, categories=categories, flow=DISH_FLOW,
            pictures=[(key, thumbnail_address(key)) for key in _shown_pictures(dish)], pictures_at_most=PICTURES_AT_MOST,
            blank_size=BLANK_SIZE, blank_option=BLANK_OPTION, blank_group=blank_group(),
            page_title=_("修改“%(name)s”", name=dish.name) if dish else _("新菜品"),
        )

    # ---- shared ------------------------------------------------------------------------------------------------------

    def _shop(self) -> Shop:
        shop = shop_of(self.actor.merchant_id)
        if shop is None:
            raise NotFound
        return shop

    def _category(self, name: str = "category") -> Category | None:
        text = request.form.get(name, "")
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= 18):
            raise NoPage
        return get(Category, int(text))

    def _back(self, sentence: str, dish: Dish, undo: str | None = None) -> Response:
        """To where the dish stands; the script gets the sentence and the state instead."""
        if request.headers.get("X-Requested-With") == "fetch":
            return jsonify({"sentence": sentence, "status": dish.status, "for_sale": any(size.for_sale for size in dish.sizes)})
        return self.done(sentence, f"{self.endpoint}.index", undo, _anchor=f"dish-{dish.id}")


def _shown_pictures(dish: Dish | None) -> Sequence[str]:
    """Keys of the pictures that the form shows: those that wait for review, else those that customers see."""
    if dish is None:
        return ()
    return dish.proposed["image"].split() if dish.proposed else dish.images


def runs_low(dish: Dish) -> bool:
    """True when a size of a dish on sale is at or under its warning."""
    return dish.status == "on_sale" and any(_is_low(size) for size in dish.sizes)


def _is_low(size: Size) -> bool:
    return size.stock is not None and size.stock <= size.low_stock


def _with_blank(typed: Typed, what: str) -> Typed:
    """The rows with one more: `size`, `group`, or `option-<group number>`."""
    kind, _dash, number = what.partition("-")
    if kind == "size":
        typed["sizes"].append(dict(BLANK_SIZE))
    elif kind == "group":
        typed["groups"].append(blank_group())
    elif kind == "option" and number.isdecimal() and int(number) < len(typed["groups"]):
        typed["groups"][int(number)]["options"].append(dict(BLANK_OPTION))
    return typed


def _keys(text: str) -> list[int]:
    parts = text.split(",") if text else []
    if len(parts) > 2_000 or not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in parts):
        raise NotFound
    return [int(part) for part in parts]


def _moved(kept: list[int], key: str, step: str) -> list[int]:
    """`kept` with `key` one place up or down."""
    if not key.isdecimal() or int(key) not in kept or step not in {"up", "down"}:
        raise NotFound
    place = kept.index(int(key))
    other = max(place - 1, 0) if step == "up" else min(place + 1, len(kept) - 1)
    kept[place], kept[other] = kept[other], kept[place]
    return kept
