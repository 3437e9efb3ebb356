"""A dish as plain values: what a form, a spreadsheet row, and a reviewer's snapshot all speak. Immutable and comparable."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from app.core.money import yuan
from app.verticals.dining.models import Dish

Child = TypeVar("Child", bound=Any)


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
    """What waits with a snapshot and no reviewer reads: stock; which row each name is, so that a row may be renamed; and the order of rows, which a JSON
    object in the database does not keep."""
    return {
        "stock": stocks(values),
        "keys": {
            "sizes": _keys(values.sizes), "groups": _keys(values.groups), "options": {group.name: _keys(group.options) for group in values.groups},
        },
        "order": {
            "sizes": [size.name for size in values.sizes], "groups": [group.name for group in values.groups],
            "options": {group.name: [each.name for each in group.options] for group in values.groups},
        },
    }


def _keys(children: Iterable[Any]) -> dict[str, int]:
    return {child.name: child.id for child in children if child.id is not None}


def stocks(values: DishValues) -> dict[str, list[int | None]]:
    """Stock and warning of each size by name, JSON."""
    return {size.name: [size.stock, size.low_stock] for size in values.sizes}


def with_stock(standing: DishValues, wanted: DishValues) -> DishValues:
    """The sizes and choices that stand, with the stock that is wanted of those that stay."""
    by_key = {size.id: size for size in wanted.sizes if size.id is not None}
    by_name = {size.name: size for size in wanted.sizes if size.id is None}

    def counted(size: SizeValues) -> SizeValues:
        found = by_key.get(size.id) or by_name.get(size.name)
        return replace(found, name=size.name, price=size.price, id=size.id) if found else replace(size, keeps_stock=True)

    return replace(standing, sizes=tuple(counted(size) for size in standing.sizes))


def with_version(values: DishValues, version: Mapping[str, Any]) -> DishValues:
    """The dish as a snapshot says: children that the values have keep their keys and stock, the others have the stock that `stock` of the snapshot says.
    A child is the one whose key `keys` says, else the one of that name. They stand as `order` says; without it those that the values have come first."""
    counted, order, keys = version.get("stock", {}), version.get("order", {}), version.get("keys", {})
    sizes = _known(values.sizes, version["sizes"], keys.get("sizes", {}))
    groups = _known(values.groups, version["groups"], keys.get("groups", {}))
    return replace(
        values, name=version["name"], description=version["description"], images=tuple(version["image"].split()),
        sizes=tuple(
            replace(sizes[name], name=name, price=version["sizes"][name]) if name in sizes
            else SizeValues(name, version["sizes"][name], *counted.get(name, (None, 5)), keeps_stock=True)
            for name in _in_order([*order.get("sizes", ()), *sizes], version["sizes"])
        ),
        groups=tuple(
            GroupValues(
                name, least, most,
                _options(groups.get(name), options, order.get("options", {}).get(name, ()), keys.get("options", {}).get(name, {})),
                groups[name].id if name in groups else None,
            )
            for name in _in_order([*order.get("groups", ()), *groups], version["groups"]) for least, most, options in (version["groups"][name],)
        ),
    )


def _options(group: GroupValues | None, wanted: Mapping[str, int], order: Sequence[str], keys: Mapping[str, int]) -> tuple[OptionValues, ...]:
    known = _known(group.options, wanted, keys) if group else {}
    return tuple(OptionValues(name, wanted[name], known[name].id if name in known else None) for name in _in_order([*order, *known], wanted))


def _known(children: Sequence[Child], names: Collection[str], keys: Mapping[str, int]) -> dict[str, Child]:
    """Name in a version → the child that it is, in the children's order: that of the key, or the one of that name which no key speaks for."""
    renamed = {keys[name]: name for name in names if name in keys}
    found = [(renamed.get(child.id, child.name), child) for child in children]
    return {name: child for name, child in found if name in names and keys.get(name) in (None, child.id)}


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
