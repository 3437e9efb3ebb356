"""A dish as plain values: what a form, a spreadsheet row, and a reviewer's snapshot all speak. Immutable and comparable."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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


def unreviewed(values: DishValues) -> dict[str, Any]:
    """What waits with a snapshot and no reviewer reads: stock, and the order of rows, which a JSON object in the database does not keep."""
    return {
        "stock": stocks(values),
        "order": {
            "sizes": [size.name for size in values.sizes], "groups": [group.name for group in values.groups],
            "options": {group.name: [each.name for each in group.options] for group in values.groups},
        },
    }


def stocks(values: DishValues) -> dict[str, list[int | None]]:
    """Stock and warning of each size by name, JSON."""
    return {size.name: [size.stock, size.low_stock] for size in values.sizes}


def with_version(values: DishValues, version: Mapping[str, Any]) -> DishValues:
    """The dish as a snapshot says: children that the values have under the snapshot's names keep their keys and stock, the others have the stock that
    `stock` of the snapshot says. They stand as `order` says; without it those that the values have come first."""
    sizes, groups = {size.name: size for size in values.sizes}, {group.name: group for group in values.groups}
    counted, order = version.get("stock", {}), version.get("order", {})
    return replace(
        values, name=version["name"], description=version["description"], images=tuple(version["image"].split()),
        sizes=tuple(
            replace(sizes[name], price=version["sizes"][name]) if name in sizes
            else SizeValues(name, version["sizes"][name], *counted.get(name, (None, 5)), keeps_stock=True)
            for name in _in_order([*order.get("sizes", ()), *sizes], version["sizes"])
        ),
        groups=tuple(
            GroupValues(
                name, least, most, _options(groups.get(name), options, order.get("options", {}).get(name, ())), groups[name].id if name in groups else None,
            )
            for name in _in_order([*order.get("groups", ()), *groups], version["groups"]) for least, most, options in (version["groups"][name],)
        ),
    )


def _options(group: GroupValues | None, wanted: Mapping[str, int], order: Sequence[str]) -> tuple[OptionValues, ...]:
    known = {each.name: each.id for each in group.options} if group else {}
    return tuple(OptionValues(name, wanted[name], known.get(name)) for name in _in_order([*order, *known], wanted))


def _in_order(before: Iterable[str], wanted: Collection[str]) -> list[str]:
    """The names that are wanted, once each, those that `before` names first and in its order."""
    return list(dict.fromkeys([*(name for name in before if name in wanted), *wanted]))


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
        "stock": stocks(values),
    }
