"""A menu from a spreadsheet: looked at first, then brought in whole or without its faulty dishes, through the menu's operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import lock, save
from app.kernel.audit.operations import append
from app.verticals.dining.menu_text import CellError, SheetDish, read_menu
from app.verticals.dining.menu_values import DishValues, values_of_dish
from app.verticals.dining.models import Category, Dish, MenuImport, OptionGroup, Shop
from app.verticals.dining.operations.menu import add_category, create_dish, set_on_sale, update_dish
from app.verticals.dining.operations.shops import hold_shop
from app.verticals.dining.spreadsheets import read_cells, result_workbook

KEPT_FOR = timedelta(days=30)
OFFERED = ("on_sale", "pending")


class AlreadyImported(Refusal):
    """The file was brought in before."""

    code = "dining.already_imported"
    status = 409
    sentence = _l("这个文件已经导入过了，要再导入就重新上传")


@dataclass
class ImportResult:
    """What a spreadsheet does to a menu: names of dishes by what becomes of them, faults by cell, and words for each row.

    `kept` counts dishes of the menu that the file does not name: they stay. `done` is False for a dry run and when nothing was brought in.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    outcomes: dict[int, str] = field(default_factory=dict)
    kept: int = 0
    done: bool = False

    @property
    def faulty_rows(self) -> int:
        """How many rows have something wrong."""
        return len({error.row for error in self.errors})


def check_menu(shop: Shop, content: bytes) -> ImportResult:
    """The dry run: what importing `content` would do; changes nothing."""
    dishes, errors = read_menu(read_cells(content))
    known = _known(shop)
    bad = {error.row for error in errors}
    result = ImportResult(errors=errors, kept=len(set(known) - {dish.name for dish in dishes}))
    for dish in dishes:
        current = known.get(dish.name)
        if current is not None and current.status == "pending" and not dish.on_sale:
            errors.append(CellError(dish.rows[0], "在售", str(_l("“%(name)s”正在审核，审完才能下架", name=dish.name))))
            bad.add(dish.rows[0])
        _sort_in(result, dish, current, faulty=bool(bad & set(dish.rows)))
    told: dict[int, list[str]] = {}
    for error in errors:
        told.setdefault(error.row, []).append(f"{error.column}：{error.sentence}")
    result.outcomes.update({row: "；".join(words) for row, words in told.items()})
    return result


def _sort_in(result: ImportResult, dish: SheetDish, current: Dish | None, *, faulty: bool) -> None:
    if faulty:
        result.outcomes.update(dict.fromkeys(dish.rows, str(_l("这道菜有错，不导入"))))
        return
    if current is None:
        names, words = result.new, _l("新增")
    elif _same(dish, current):
        names, words = result.unchanged, _l("没有变化")
    else:
        names, words = result.changed, _l("修改")
    names.append(dish.name)
    result.outcomes.update(dict.fromkeys(dish.rows, str(words)))


def import_menu(shop: Shop, content: bytes, *, actor: Actor, now: datetime, skip_bad: bool = False) -> ImportResult:
    """Bring the spreadsheet's dishes onto the menu. With faults nothing is brought in, unless `skip_bad` leaves those dishes out.

    Dishes are matched by name, sizes and options within them too; dishes that the file does not name stay. New and changed dishes
    go to review by policy, as if typed by hand.
    """
    hold_shop(shop)
    result = check_menu(shop, content)
    if result.errors and not skip_bad:
        return result
    wanted = {*result.new, *result.changed}
    known = _known(shop)
    categories = {each.name: each for each in db.session.scalars(select(Category).where(Category.shop_id == shop.id))}
    dishes, _ = read_menu(read_cells(content))
    for dish in dishes:
        if dish.name in wanted:
            _bring_in(shop, dish, known.get(dish.name), categories, actor, now)
    result.done = True
    append("dining_shop.menu_imported", shop, actor=actor, now=now, changes={
        "new": [None, len(result.new)], "changed": [None, len(result.changed)], "faulty_rows": [None, result.faulty_rows],
    })
    return result


def _bring_in(shop: Shop, dish: SheetDish, current: Dish | None, categories: dict[str, Category], actor: Actor, now: datetime) -> None:
    category = categories.get(dish.category)
    if category is None:
        category = categories[dish.category] = add_category(shop, dish.category, actor=actor, now=now)
    if current is None:
        create_dish(shop, dish.values(category.id), submit=dish.on_sale, actor=actor, now=now)
        return
    values = dish.values(category.id, current.images)
    if _plain(values) != _plain(values_of_dish(current)):
        current = update_dish(current, values, actor=actor, now=now)
    if dish.on_sale != (current.status in OFFERED):
        set_on_sale(current, dish.on_sale, actor=actor, now=now)


def _known(shop: Shop) -> Mapping[str, Dish]:
    statement = select(Dish).where(Dish.shop_id == shop.id).options(
        selectinload(Dish.category), selectinload(Dish.sizes), selectinload(Dish.groups).selectinload(OptionGroup.options),
    )
    return {dish.name: dish for dish in db.session.scalars(statement)}


def _same(dish: SheetDish, current: Dish) -> bool:
    if dish.category != current.category.name or dish.on_sale != (current.status in OFFERED):
        return False
    return _plain(dish.values(current.category_id, current.images)) == _plain(values_of_dish(current))


def _plain(values: DishValues) -> DishValues:
    """The values without keys, as a spreadsheet knows them: spaces of any kind are one space there."""
    return replace(
        values, description=" ".join(values.description.split()), sizes=tuple(replace(size, id=None) for size in values.sizes),
        groups=tuple(replace(group, id=None, options=tuple(replace(each, id=None) for each in group.options)) for group in values.groups),
    )


# ---- files kept between the look and the import ----------------------------------------------------------------------

def keep_file(shop: Shop, name: str, content: bytes, *, actor: Actor, now: datetime) -> MenuImport:
    """The file, readable, waiting to be brought in. Files older than a month go."""
    read_cells(content)
    db.session.execute(delete(MenuImport).where(MenuImport.shop_id == shop.id, MenuImport.created_at < now - KEPT_FOR))
    return save(MenuImport(merchant_id=shop.merchant_id, shop_id=shop.id, name=name[-120:], content=content, created_at=now, updated_at=now))


def import_kept(kept: MenuImport, *, skip_bad: bool, actor: Actor, now: datetime) -> ImportResult:
    """Bring in a kept file, once. Raises AlreadyImported."""
    kept = lock(MenuImport, kept.id)
    if kept.imported:
        raise AlreadyImported
    result = import_menu(db.session.get_one(Shop, kept.shop_id), kept.content, skip_bad=skip_bad, actor=actor, now=now)
    if result.done:
        kept.imported, kept.outcomes = True, [[row, words] for row, words in sorted(result.outcomes.items())]
    return result


def result_file(kept: MenuImport) -> bytes:
    """The file as it was sent, with a column of results: those of the import, or of the dry run before it."""
    cells = read_cells(kept.content)
    if kept.imported:
        return result_workbook(cells, {int(row): words for row, words in kept.outcomes})
    return result_workbook(cells, check_menu(db.session.get_one(Shop, kept.shop_id), kept.content).outcomes)
