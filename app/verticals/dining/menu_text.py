"""Menus as rows of text and back: one row a size. Pure functions; every fault names its column and says what to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from app.core.money import NotAnAmount, figures, parse_yuan
from app.verticals.dining.menu_rules import dish_problems
from app.verticals.dining.menu_values import DishValues, GroupValues, OptionValues, SizeValues
from app.verticals.dining.models import Category, Dish

COLUMNS = ("分类", "菜名", "规格", "价格（元）", "库存（空=不限）", "预警", "描述", "售卖时段", "加料与选择", "在售")
NEEDED = ("分类", "菜名", "价格（元）")
YES_NO = ("否", "是")
YES, NO = frozenset({"是", "在售", "y", "yes", "1", "true"}), frozenset({"否", "下架", "n", "no", "0", "false"})
STANDARD = "标准"
GROUP = re.compile(r"(.+?)\s*[(（]\s*(\d{1,2})\s*[-–—~～]\s*(\d{1,2})\s*[)）]\s*[:：](.*)", re.DOTALL)
OPTION = re.compile(r"(.+?)\s*(?:[+＋]\s*[¥¥]?\s*(\d{1,6}(?:\.\d{1,2})?)\s*元?)?", re.DOTALL)
PERIOD = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~～至到]\s*(\d{1,2})[:：](\d{2})")
# Where the problems of a dish belong among the columns, and on which row: that of the size, or the dish's first.
COLUMN_OF = {
    "name": "菜名", "description": "描述", "sale_hours": "售卖时段", "groups": "加料与选择", "sizes": "规格", "price": "价格（元）", "stock": "库存（空=不限）",
    "low_stock": "预警",
}


@dataclass(frozen=True)
class CellError:
    """What is wrong with a cell: row number as the spreadsheet counts (heads are 1), column title, and a sentence."""

    row: int
    column: str
    sentence: str


@dataclass
class SheetDish:
    """A dish of the spreadsheet with the rows it came from."""

    category: str
    name: str
    on_sale: bool = True
    rows: list[int] = field(default_factory=list)
    sizes: list[SizeValues] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    sale_hours: tuple[tuple[str, str], ...] = ()
    groups: tuple[GroupValues, ...] = ()

    def values(self, category_id: int, images: Iterable[str] = ()) -> DishValues:
        """As the menu's operations want it; the pictures are not in the spreadsheet and stay."""
        return DishValues(self.name, category_id, tuple(self.sizes), self.texts.get("描述", ""), tuple(images), self.sale_hours, self.groups)


# ---- out -------------------------------------------------------------------------------------------------------------

def rows_of(categories: Iterable[Category]) -> list[list[str | int | None]]:
    """The rows of a menu in its own order; prices in fen, stock None for unlimited."""
    return [row for category in categories for dish in category.dishes for row in _rows_of_dish(category, dish)]


def _rows_of_dish(category: Category, dish: Dish) -> list[list[str | int | None]]:
    offered = YES_NO[dish.status in ("on_sale", "pending")]
    hours = "; ".join(f"{entry['from']}-{entry['to']}" for entry in dish.sale_hours)
    groups = "; ".join(
        f"{group.name}({group.least}-{group.most}):{'|'.join(_option_text(each.name, each.price) for each in group.options)}" for group in dish.groups
    )
    return [
        [category.name, dish.name, size.name, size.price, size.stock, size.low_stock, dish.description, hours, groups, offered] for size in dish.sizes
    ]


def _option_text(name: str, price: int) -> str:
    return f"{name}+{figures(price).replace(',', '').removesuffix('.00')}" if price else name


# ---- in --------------------------------------------------------------------------------------------------------------

def read_menu(cells: Sequence[Sequence[str]]) -> tuple[list[SheetDish], list[CellError]]:
    """The dishes of a sheet in its order, and everything wrong with it by row and column."""
    places, errors = _places(cells[0] if cells else ())
    dishes: dict[str, SheetDish] = {}
    if errors:
        return [], errors
    for number, row in enumerate(cells[1:], start=2):
        texts = {title: " ".join(row[place].split()) if place < len(row) else "" for title, place in places.items()}
        if any(texts.values()):
            _take_row(number, texts, dishes, errors)
    for dish in dishes.values():
        errors.extend(_faults(dish))
    if not dishes and not errors:
        errors.append(CellError(2, COLUMNS[1], str(_l("表格里还没有菜，从第 2 行写起"))))
    return list(dishes.values()), sorted(dict.fromkeys(errors), key=lambda error: (error.row, COLUMNS.index(error.column)))


def _places(heads: Sequence[str]) -> tuple[dict[str, int], list[CellError]]:
    """Which column holds what, by the text of the heads in any order and either width of brackets."""
    def plain(text: str) -> str:
        return "".join(text.split()).replace("(", "（").replace(")", "）").split("（")[0]

    found = {plain(head): place for place, head in reversed(list(enumerate(heads))) if head}
    places = {title: found[plain(title)] for title in COLUMNS if plain(title) in found}
    return places, [CellError(1, title, str(_l("第一行缺少“%(column)s”这一列", column=title))) for title in NEEDED if title not in places]


def _take_row(number: int, texts: dict[str, str], dishes: dict[str, SheetDish], errors: list[CellError]) -> None:
    missing = [title for title in NEEDED if not texts[title]]
    errors.extend(CellError(number, title, str(_l("这一格要填"))) for title in missing)
    if "菜名" in missing:
        return
    dish = dishes.get(texts["菜名"])
    if dish is None:
        dish = dishes[texts["菜名"]] = _first_row(number, texts, errors)
    elif dish.category != texts["分类"] and texts["分类"]:
        errors.append(CellError(number, "分类", str(_l("和第 %(row)d 行的“%(name)s”不在同一个分类，菜名不能重复", row=dish.rows[0], name=dish.name))))
    else:
        errors.extend(
            CellError(number, title, str(_l("和第 %(row)d 行写得不一样，同一道菜写一次就行", row=dish.rows[0])))
            for title in ("描述", "售卖时段", "加料与选择", "在售") if texts.get(title) and texts[title] != dish.texts.get(title, "")
        )
    dish.rows.append(number)
    price = _price(number, texts["价格（元）"], errors) if "价格（元）" not in missing else 0
    stock = _count(number, "库存（空=不限）", texts, errors)
    low_stock = _count(number, "预警", texts, errors)
    dish.sizes.append(SizeValues(texts.get("规格") or STANDARD, price, stock, 5 if low_stock is None else low_stock))


def _first_row(number: int, texts: dict[str, str], errors: list[CellError]) -> SheetDish:
    dish = SheetDish(texts["分类"], texts["菜名"], texts={title: texts.get(title, "") for title in ("描述", "售卖时段", "加料与选择", "在售")})
    offered = dish.texts["在售"].lower()
    if offered and offered not in YES | NO:
        errors.append(CellError(number, "在售", str(_l("填 是 或 否"))))
    dish.on_sale = offered not in NO
    dish.sale_hours = _periods(number, dish.texts["售卖时段"], errors)
    dish.groups = _groups(number, dish.texts["加料与选择"], errors)
    if len(dish.category) > 30:
        errors.append(CellError(number, "分类", str(_l("最多 %(count)d 个字", count=30))))
    return dish


def _price(row: int, text: str, errors: list[CellError]) -> int:
    try:
        return parse_yuan(text)
    except NotAnAmount as refusal:
        errors.append(CellError(row, "价格（元）", str(refusal)))
        return 0


def _count(row: int, title: str, texts: dict[str, str], errors: list[CellError]) -> int | None:
    text = texts.get(title, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        errors.append(CellError(row, title, str(_l("“%(text)s”不是整数，写 0 到 100000", text=text[:20]))))
        return None
    return int(text)


def _periods(row: int, text: str, errors: list[CellError]) -> tuple[tuple[str, str], ...]:
    found = []
    for part in filter(None, (each.strip() for each in re.split(r"[;；]", text))):
        match = PERIOD.fullmatch(part)
        if match is None:
            errors.append(CellError(row, "售卖时段", str(_l("“%(text)s”看不懂，写成 10:00-14:00，几段用分号隔开", text=part[:20]))))
            return ()
        begins, begins_minute, ends, ends_minute = match.groups()
        found.append((f"{int(begins):02d}:{begins_minute}", f"{int(ends):02d}:{ends_minute}"))
    return tuple(found)


def _groups(row: int, text: str, errors: list[CellError]) -> tuple[GroupValues, ...]:
    found = []
    for part in filter(None, (each.strip() for each in re.split(r"[;；]", text))):
        match = GROUP.fullmatch(part)
        options = [OPTION.fullmatch(each.strip()) for each in re.split(r"[|｜]", match[4])] if match else []
        if match is None or not all(options):
            errors.append(CellError(row, "加料与选择", str(_l("“%(text)s”看不懂，写成 辣度(1-1):不辣|微辣; 加料(0-2):加蛋+2", text=part[:30]))))
            return ()
        answers = tuple(OptionValues(each[1].strip(), parse_yuan(each[2]) if each[2] else 0) for each in options if each)
        found.append(GroupValues(match[1].strip(), int(match[2]), int(match[3]), answers))
    return tuple(found)


def _faults(dish: SheetDish) -> list[CellError]:
    """What the rules of the menu say about a dish, at the cells that it came from."""
    errors = []
    for each in dish_problems(dish.values(0, "")):
        parts = each["field"].split(".")
        row = dish.rows[int(parts[1])] if parts[0] == "sizes" and len(parts) > 2 else dish.rows[0]
        errors.append(CellError(row, COLUMN_OF.get(parts[-1] if parts[0] == "sizes" and parts[-1] != "name" else parts[0], "菜名"), each["message"]))
    return errors
