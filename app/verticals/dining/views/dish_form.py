"""A dish between a form and values: rows as typed and in that order, blank rows left out, every fault at its own input."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import Invalid
from app.core.money import NotAnAmount, figures, parse_yuan
from app.framework.console.rows import typed_rows
from app.kernel.places.rules import Problem, problem
from app.verticals.dining.menu_text import PERIOD
from app.verticals.dining.menu_values import DishValues, GroupValues, OptionValues, SizeValues, values_of_dish, with_version
from app.verticals.dining.models import Dish

BLANK_SIZE = {"id": "", "name": "", "price": "", "stock": "", "stock_was": "", "low_stock": "5"}
BLANK_OPTION = {"id": "", "name": "", "price": ""}
Typed = dict[str, Any]


def blank_group() -> Typed:
    """A question without words."""
    return {"id": "", "name": "", "least": "0", "most": "1", "options": [dict(BLANK_OPTION), dict(BLANK_OPTION)]}


def blank_dish(category_id: int | None) -> Typed:
    """What the form of a new dish shows."""
    return {
        "name": "", "category_id": str(category_id or ""), "description": "", "sale_hours": "", "version": "",
        "sizes": [{**BLANK_SIZE, "name": "标准"}], "groups": [],
    }


def typed_of_dish(dish: Dish) -> Typed:
    """What the form of a dish shows; a change that waits for review is shown as it was typed."""
    def yuan(fen: int) -> str:
        return figures(fen).replace(",", "")

    values = with_version(values_of_dish(dish), dish.proposed) if dish.proposed else values_of_dish(dish)
    return {
        "name": values.name, "category_id": str(values.category_id), "description": values.description, "version": str(dish.version),
        "sale_hours": "; ".join(f"{begins}-{ends}" for begins, ends in values.sale_hours),
        "sizes": [
            {
                "id": str(size.id or ""), "name": size.name, "price": yuan(size.price), "stock": "" if size.stock is None else str(size.stock),
                "stock_was": "" if size.stock is None else str(size.stock), "low_stock": str(size.low_stock),
            }
            for size in values.sizes
        ],
        "groups": [
            {
                "id": str(group.id or ""), "name": group.name, "least": str(group.least), "most": str(group.most),
                "options": [{"id": str(each.id or ""), "name": each.name, "price": yuan(each.price) if each.price else ""} for each in group.options],
            }
            for group in values.groups
        ],
    }


def typed_of_form(form: Mapping[str, str]) -> Typed:
    """What was typed, blank rows left out."""
    groups = typed_rows(form, "groups", ("id", "name", "least", "most"))
    for prefix, group in groups:
        group["options"] = [row for _, row in typed_rows(form, f"{prefix}-options", ("id", "name", "price")) if row["name"] or row["price"]]
    return {
        **{name: " ".join(form.get(name, "").split()) for name in ("name", "category_id", "sale_hours", "version")},
        "description": form.get("description", "").replace("\x00", "").replace("\r\n", "\n").strip(),
        "sizes": [row for _, row in typed_rows(form, "sizes", tuple(BLANK_SIZE)) if row["name"] or row["price"]],
        "groups": [group for _, group in groups if group["name"] or group["options"]],
    }


def values_of_typed(typed: Typed) -> DishValues:
    """Values without pictures for the menu's operations. Raises Invalid with everything that is no number, amount, or time."""
    errors: list[Problem] = []
    values = DishValues(
        name=typed["name"], category_id=_whole("category_id", typed["category_id"], errors) or 0, description=typed["description"],
        sale_hours=_periods(typed["sale_hours"], errors),
        sizes=tuple(_size(f"sizes.{number}", row, errors) for number, row in enumerate(typed["sizes"])),
        groups=tuple(_group(f"groups.{number}", row, errors) for number, row in enumerate(typed["groups"])),
    )
    if errors:
        raise Invalid(errors=errors)
    return values


def _size(field: str, row: Typed, errors: list[Problem]) -> SizeValues:
    key = _whole(f"{field}.id", row["id"], errors)
    stock, low_stock = _whole(f"{field}.stock", row["stock"], errors), _whole(f"{field}.low_stock", row["low_stock"], errors)
    return SizeValues(
        row["name"], _fen(f"{field}.price", row["price"], errors), stock, low_stock or 0, key, keeps_stock=key is not None and row["stock"] == row["stock_was"],
    )


def _group(field: str, row: Typed, errors: list[Problem]) -> GroupValues:
    options = tuple(
        OptionValues(each["name"], _fen(f"{field}.options.{number}.price", each["price"] or "0", errors), _whole(field, each["id"], errors))
        for number, each in enumerate(row["options"])
    )
    least, most = _whole(f"{field}.least", row["least"], errors), _whole(f"{field}.most", row["most"], errors)
    return GroupValues(row["name"], least or 0, most or 0, options, _whole(field, row["id"], errors))


def _fen(field: str, text: str, errors: list[Problem]) -> int:
    try:
        return parse_yuan(text)
    except NotAnAmount as refusal:
        errors.append(problem(field, refusal.code, refusal if text else _l("填写价格")))
        return 0


def _whole(field: str, text: str, errors: list[Problem]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        errors.append(problem(field, "not_a_number", _l("填整数")))
        return None
    return int(text)


def _periods(text: str, errors: list[Problem]) -> tuple[tuple[str, str], ...]:
    found = []
    for part in filter(None, (each.strip() for each in re.split(r"[;；]", text))):
        match = PERIOD.fullmatch(part)
        if match is None:
            errors.append(problem("sale_hours", "not_a_time", _l("售卖时段写成 10:00-14:00，几段用分号隔开")))
            return ()
        found.append((f"{int(match[1]):02d}:{match[2]}", f"{int(match[3]):02d}:{match[4]}"))
    return tuple(found)
