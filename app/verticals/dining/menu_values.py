"""A dish as plain values: what a form, a spreadsheet row, and a reviewer's snapshot all speak. Immutable and comparable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.money import yuan
from app.verticals.dining.models import Dish


@dataclass(frozen=True)
class SizeValues:
    """A size: price in fen, stock None for unlimited. `keeps_stock` leaves an existing size's stock to whoever is selling it."""

    name: str
    price: int
    stock: int | None = None
    low_stock: int = 5
    id: int | None = None
    keeps_stock: bool = False


@dataclass(frozen=True)
class OptionValues:
    """An answer: what it adds in fen."""

    name: str
    price: int = 0
    id: int | None = None


@dataclass(frozen=True)
class GroupValues:
    """A question with `least` to `most` answers."""

    name: str
    least: int
    most: int
    options: tuple[OptionValues, ...] = ()
    id: int | None = None


@dataclass(frozen=True)
class DishValues:
    """A dish with everything below it. Children with an `id` are those of the dish; without one they are matched by name."""

    name: str
    category_id: int
    sizes: tuple[SizeValues, ...]
    description: str = ""
    images: tuple[str, ...] = ()
    sale_hours: tuple[tuple[str, str], ...] = ()
    groups: tuple[GroupValues, ...] = ()

    @property
    def periods(self) -> list[dict[str, str]]:
        """The sale hours as they are stored."""
        return [{"from": begins, "to": ends} for begins, ends in self.sale_hours]


def values_of_dish(dish: Dish) -> DishValues:
    """The dish as it stands."""
    return DishValues(
        name=dish.name, category_id=dish.category_id, description=dish.description, images=tuple(dish.images),
        sale_hours=tuple((entry["from"], entry["to"]) for entry in dish.sale_hours),
        sizes=tuple(SizeValues(size.name, size.price, size.stock, size.low_stock, size.id) for size in dish.sizes),
        groups=tuple(
            GroupValues(group.name, group.least, group.most, tuple(OptionValues(each.name, each.price, each.id) for each in group.options), group.id)
            for group in dish.groups
        ),
    )


def snapshot(values: DishValues) -> dict[str, Any]:
    """The dish as JSON for reviewers and the audit: what customers read and pay, without stock."""
    return {
        "name": values.name, "description": values.description, "image": " ".join(values.images),
        "sizes": {size.name: size.price for size in values.sizes},
        "groups": {group.name: [group.least, group.most, {each.name: each.price for each in group.options}] for group in values.groups},
    }


def readable(version: Mapping[str, Any]) -> dict[str, str]:
    """A snapshot in words, a line a field: what a reviewer reads and what risk words are looked for in."""
    def option(name: str, price: int) -> str:
        return f"{name} +{yuan(price)}" if price else name

    groups = version["groups"].items()
    return {
        "name": version["name"], "description": version["description"], "image": version["image"],
        "sizes": "；".join(f"{name} {yuan(price)}" for name, price in version["sizes"].items()),
        "groups": "；".join(
            f"{name}（{least}–{most}）：{'、'.join(option(*each) for each in options.items())}" for name, (least, most, options) in groups
        ),
    }


def facts(values: DishValues) -> dict[str, Any]:
    """The dish as JSON for the audit: the snapshot, and what is not reviewed."""
    return {
        **snapshot(values), "category_id": values.category_id, "sale_hours": values.periods,
        "stock": {size.name: [size.stock, size.low_stock] for size in values.sizes},
    }
