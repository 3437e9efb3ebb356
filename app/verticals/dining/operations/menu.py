"""The menu: categories, dishes with their sizes and choices, their order. Every door to it ends here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select

from app.core.actors import Actor
from app.core.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.database import lock, save
from app.framework.flow import move
from app.framework.live import announce
from app.kernel.audit.operations import append, differences
from app.kernel.listings.moderation import change_listing, forget_listing, must_wait, submit_listing
from app.kernel.places.rules import problem
from app.verticals.dining.menu_rules import dish_problems
from app.verticals.dining.menu_values import DishValues, GroupValues, SizeValues, facts, snapshot, unreviewed, values_of_dish, with_stock, with_version
from app.verticals.dining.models import Category, Dish, Option, OptionGroup, Shop, Size
from app.verticals.dining.operations.shops import NameTaken, hold_shop

CATEGORIES_AT_MOST = 60
DISHES_AT_MOST = 2_000


class CategoryInUse(Refusal):
    """Dishes are still in the category."""

    code = "dining.category_in_use"
    status = 409
    sentence = _l("“%(name)s”里还有 %(count)d 道菜，先移到别的分类")


class MenuFull(Refusal):
    """A menu holds at most so many categories or dishes."""

    code = "dining.menu_full"
    status = 422
    sentence = _l("菜单最多 %(count)d 项，先删掉不用的")


# ---- categories ------------------------------------------------------------------------------------------------------

def add_category(shop: Shop, name: str, *, actor: Actor, now: datetime) -> Category:
    """A heading, last on the menu."""
    hold_shop(shop)
    name = _category_name(shop.id, name)
    count = int(db.session.scalar(select(func.count()).select_from(Category).where(Category.shop_id == shop.id)) or 0)
    if count >= CATEGORIES_AT_MOST:
        raise MenuFull(field="name", count=CATEGORIES_AT_MOST)
    category = save(Category(merchant_id=shop.merchant_id, shop_id=shop.id, name=name, position=count))
    append("dining_category.added", category, actor=actor, now=now)
    return category


def rename_category(category: Category, name: str, *, actor: Actor, now: datetime) -> Category:
    """The heading reads `name`."""
    hold_shop(db.session.get_one(Shop, category.shop_id))
    before, category.name = category.name, _category_name(category.shop_id, name, but=category.id)
    append("dining_category.renamed", category, actor=actor, now=now, changes={"name": [before, category.name]})
    db.session.flush()
    return category


def remove_category(category: Category, *, actor: Actor, now: datetime) -> None:
    """The heading is gone; refused while dishes stand under it."""
    hold_shop(db.session.get_one(Shop, category.shop_id))
    count = int(db.session.scalar(select(func.count()).select_from(Dish).where(Dish.category_id == category.id)) or 0)
    if count:
        raise CategoryInUse(field="name", name=category.name, count=count)
    append("dining_category.removed", category, actor=actor, now=now)
    db.session.delete(category)
    db.session.flush()


def _category_name(shop_id: int, text: str, but: int | None = None) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 30:
        raise Invalid(errors=[problem("name", "required", _l("填写名字，最多 %(count)d 个字", count=30))])
    if db.session.scalars(select(Category.id).where(Category.shop_id == shop_id, Category.name == name, Category.id != (but or 0))).first():
        raise NameTaken(field="name", name=name)
    return name


def sort_categories(shop: Shop, keys: Sequence[int], *, actor: Actor, now: datetime) -> None:
    """The headings stand in the order of `keys`; those not named follow, in the order they had. Needs no review."""
    hold_shop(shop)
    _sort(list(db.session.scalars(select(Category).where(Category.shop_id == shop.id).order_by(Category.position, Category.id))), keys)
    announce(f"merchant:{shop.merchant_id}:menu", shop=shop.id)


def sort_dishes(category: Category, keys: Sequence[int], *, actor: Actor, now: datetime) -> None:
    """The dishes of the heading stand in the order of `keys`. Needs no review."""
    hold_shop(db.session.get_one(Shop, category.shop_id))
    _sort(list(db.session.scalars(select(Dish).where(Dish.category_id == category.id).order_by(Dish.position, Dish.id))), keys)
    announce(f"merchant:{category.merchant_id}:menu", category=category.id)


def _sort(records: list[Any], keys: Sequence[int]) -> None:
    known = {record.id: record for record in records}
    if len(set(keys)) != len(keys) or not set(keys) <= set(known):
        raise NotFound
    wanted = [known[key] for key in keys] + [record for record in records if record.id not in set(keys)]
    for position, record in enumerate(wanted):
        if record.position != position:
            record.position = position
    db.session.flush()


# ---- dishes ----------------------------------------------------------------------------------------------------------

def create_dish(shop: Shop, values: DishValues, *, submit: bool = True, actor: Actor, now: datetime) -> Dish:
    """A dish with its sizes and choices, last in its category; sent to review unless it stays a draft."""
    hold_shop(shop)
    _check(shop, values)
    total = int(db.session.scalar(select(func.count()).select_from(Dish).where(Dish.shop_id == shop.id)) or 0)
    if total >= DISHES_AT_MOST:
        raise MenuFull(field="name", count=DISHES_AT_MOST)
    position = int(db.session.scalar(select(func.coalesce(func.max(Dish.position) + 1, 0)).where(Dish.category_id == values.category_id)) or 0)
    dish = Dish(
        merchant_id=shop.merchant_id, shop_id=shop.id, category_id=values.category_id, name=values.name, description=values.description,
        images=list(values.images), sale_hours=values.periods, position=position, sizes=[], groups=[],
    )
    save(dish)
    _write_children(dish, values)
    append("dining_dish.added", dish, actor=actor, now=now, changes=differences({}, facts(values)))
    if submit:
        submit_dish(dish, actor=actor, now=now)
    announce(f"merchant:{shop.merchant_id}:menu", dish=dish.id)
    return dish


def update_dish(dish: Dish, values: DishValues, *, version: int | None = None, actor: Actor, now: datetime) -> Dish:
    """The dish is as `values` say, children included. Of a dish that is offered, what a reviewer must see waits beside it; stock counts at once, and so
    do sizes and choices unless a reviewer must see them (a price above the line, a choice that was not there).

    Raises Conflict when `version` is outdated, Invalid and NameTaken with the field at fault.
    """
    shop = db.session.get_one(Shop, dish.shop_id)
    hold_shop(shop)
    dish = lock(Dish, dish.id, version=version)
    _check(shop, values, but=dish.id)
    before = values_of_dish(dish)
    if dish.category_id != values.category_id:
        dish.category_id, dish.position = values.category_id, 9_999
    dish.sale_hours, dish.updated_at = values.periods, now
    plain = replace(values, name=before.name, description=before.description, images=before.images)
    waits = must_wait(dish, snapshot(plain), now=now)
    _write_children(dish, with_stock(before, values) if waits else values)
    db.session.expire(dish, ["category"])
    if dish.proposed or snapshot(values) != snapshot(before):
        change_listing(dish, {**snapshot(values), **unreviewed(values)}, actor=actor, now=now)
    changed = differences(facts(before), facts(values_of_dish(dish)))
    if changed:
        append("dining_dish.changed", dish, actor=actor, now=now, changes=changed)
    if changed or dish.proposed:
        announce(f"merchant:{dish.merchant_id}:menu", dish=dish.id)
    return dish


def put_version(dish: Dish, version: Mapping[str, Any]) -> None:
    """What waited beside the dish is what it is; stock stays as it was counted."""
    standing = values_of_dish(dish)
    values = with_version(replace(standing, sizes=tuple(replace(size, keeps_stock=True) for size in standing.sizes)), version)
    dish.name, dish.description, dish.images = values.name, values.description, list(values.images)
    _write_children(dish, values)


def submit_dish(dish: Dish, *, actor: Actor, now: datetime) -> Dish:
    """A draft or refused dish waits for review, or is on sale at once where policy asks for none."""
    submit_listing(dish, actor=actor, now=now)
    return dish


def set_on_sale(dish: Dish, wanted: bool, *, actor: Actor, now: datetime) -> Dish:
    """The dish is offered or not: whichever move gets it there from where it stands; none when it is there."""
    if wanted and dish.status in ("draft", "rejected"):
        return submit_dish(dish, actor=actor, now=now)
    if wanted and dish.status == "off_sale":
        return move(dish, "put_back", actor=actor, now=now)
    if not wanted and dish.status in ("on_sale", "pending"):
        return move(dish, "take_off", actor=actor, now=now)
    return dish


def remove_dish(dish: Dish, *, actor: Actor, now: datetime) -> None:
    """The dish is gone from the menu; orders keep their own words and prices."""
    hold_shop(db.session.get_one(Shop, dish.shop_id))
    dish = lock(Dish, dish.id)
    forget_listing(dish, actor=actor, now=now)
    append("dining_dish.removed", dish, actor=actor, now=now, changes=differences(facts(values_of_dish(dish)), {}))
    db.session.delete(dish)
    db.session.flush()
    announce(f"merchant:{dish.merchant_id}:menu", shop=dish.shop_id)


def _check(shop: Shop, values: DishValues, but: int | None = None) -> None:
    found = dish_problems(values)
    category = db.session.get(Category, values.category_id)
    if category is None or category.shop_id != shop.id:
        found.append(problem("category_id", "unknown", _l("选一个分类")))
    if found:
        raise Invalid(errors=found)
    called = or_(Dish.name == values.name, Dish.proposed["name"].astext == values.name)
    if db.session.scalars(select(Dish.id).where(Dish.shop_id == shop.id, called, Dish.id != (but or 0))).first():
        raise NameTaken(field="name", name=values.name)


def _write_children(dish: Dish, values: DishValues) -> None:
    """Sizes, groups, and options are as `values` say, in that order; what is not among them is gone."""
    def size(record: Size, wanted: SizeValues) -> None:
        record.price, record.low_stock = wanted.price, wanted.low_stock
        if record.id is None or (not wanted.keeps_stock and record.stock != wanted.stock):
            record.stock, record.sold_out = wanted.stock, False

    def group(record: OptionGroup, wanted: GroupValues) -> None:
        record.least, record.most = wanted.least, wanted.most

    def option(record: Option, wanted: Any) -> None:
        record.price = wanted.price

    _replace(dish.sizes, values.sizes, lambda: Size(merchant_id=dish.merchant_id), size)
    groups = _replace(dish.groups, values.groups, lambda: OptionGroup(merchant_id=dish.merchant_id, options=[]), group)
    for record, wanted in zip(groups, values.groups, strict=True):
        _replace(record.options, wanted.options, lambda: Option(merchant_id=dish.merchant_id), option)
    db.session.flush()


def _replace(children: list[Any], wanted: Sequence[Any], make: Callable[[], Any], write: Callable[[Any, Any], None]) -> list[Any]:
    """Make the collection what is wanted, keeping each child that is named by id or, without one, by name."""
    by_id = {child.id: child for child in children}
    by_name = {child.name: child for child in children}
    if any(each.id is not None and each.id not in by_id for each in wanted):
        raise NotFound
    kept = [by_id[each.id] if each.id is not None else by_name.get(each.name) for each in wanted]
    named = {each.id for each in wanted if each.id is not None}
    kept = [child if each.id is not None or child is None or child.id not in named else None for child, each in zip(kept, wanted, strict=True)]
    children[:] = [child for child in children if any(child is each for each in kept)]
    renamed = [child for child, each in zip(kept, wanted, strict=True) if child is not None and child.name != each.name]
    for number, child in enumerate(renamed):
        child.name = f"\x01{number}"  # two children may swap names; the database checks after each statement
    if renamed:
        db.session.flush()
    result = []
    for position, (child, each) in enumerate(zip(kept, wanted, strict=True)):
        record = child or make()
        record.name, record.position = each.name, position
        write(record, each)
        if child is None:
            children.append(record)
        result.append(record)
    children.sort(key=lambda record: record.position)
    return result
