"""What a dish may be, and which changes a reviewer must see: pure functions of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import MILLION, yuan
from app.kernel.places.rules import Problem, problem
from app.verticals.dining.menu_values import DishValues, GroupValues, SizeValues
from app.verticals.dining.shop_rules import periods_problems

SIZES_AT_MOST = 20
GROUPS_AT_MOST = 10
OPTIONS_AT_MOST = 30
PRICE_AT_MOST = 99_999_999
PICTURES_AT_MOST = 6
STOCK_AT_MOST = 100_000
# The letters that the spreadsheet uses between choices; a name that holds one could not be read back.
RESERVED = frozenset("|｜;；:：+＋")
WATCHED = frozenset({"name", "description", "image", "price", "choices"})
# Beside the platform's own list: cures that food must not promise (食品安全法第七十三条), and what must not be on a plate.
FOOD_RISK_WORDS = ("特效", "治疗", "壮阳", "减肥", "降血糖", "抗癌", "野味", "穿山甲", "罂粟", "河豚")


def dish_problems(values: DishValues) -> list[Problem]:
    """Everything wrong with a dish, by field: `sizes.0.price`, `groups.1.options.2.name`."""
    found = _name_problems("name", values.name, 40)
    if len(values.description) > 300:
        found.append(problem("description", "too_long", _l("最多 %(count)d 个字", count=300)))
    found += periods_problems("sale_hours", values.periods)
    found += _count_problems("sizes", len(values.sizes), 1, SIZES_AT_MOST) + _repeated("sizes", (size.name for size in values.sizes))
    for number, size in enumerate(values.sizes):
        found += _size_problems(f"sizes.{number}", size)
    found += _count_problems("groups", len(values.groups), 0, GROUPS_AT_MOST) + _repeated("groups", (group.name for group in values.groups))
    for number, group in enumerate(values.groups):
        found += _group_problems(f"groups.{number}", group)
    return found


def _name_problems(field: str, name: str, at_most: int) -> list[Problem]:
    if not name:
        return [problem(field, "required", _l("填写名称"))]
    return [problem(field, "too_long", _l("最多 %(count)d 个字", count=at_most))] if len(name) > at_most else []


def _count_problems(field: str, count: int, least: int, most: int) -> list[Problem]:
    if count < least:
        return [problem(field, "required", _l("至少要有一个规格和价格"))]
    return [problem(field, "too_many", _l("最多 %(count)d 个", count=most))] if count > most else []


def _repeated(field: str, names: Iterable[str]) -> list[Problem]:
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    return [] if twice is None else [problem(field, "repeated", _l("“%(name)s”写了两次", name=twice))]


def _size_problems(field: str, size: SizeValues) -> list[Problem]:
    found = _name_problems(f"{field}.name", size.name, 20)
    if not 0 <= size.price <= PRICE_AT_MOST:
        found.append(problem(f"{field}.price", "range", _l("价格填 0 到 %(most)s", most=yuan(PRICE_AT_MOST))))
    if size.stock is not None and not 0 <= size.stock <= STOCK_AT_MOST:
        found.append(problem(f"{field}.stock", "range", _l("库存填 0 到 100000 的整数，空着是不限")))
    if not 0 <= size.low_stock <= STOCK_AT_MOST:
        found.append(problem(f"{field}.low_stock", "range", _l("预警填 0 到 100000 的整数")))
    return found


def _group_problems(field: str, group: GroupValues) -> list[Problem]:
    found = _name_problems(f"{field}.name", group.name, 20)
    found += _repeated(f"{field}.options", (each.name for each in group.options))
    if not 1 <= len(group.options) <= OPTIONS_AT_MOST:
        found.append(problem(f"{field}.options", "range", _l("“%(name)s”要有 1 到 %(count)d 个选项", name=group.name, count=OPTIONS_AT_MOST)))
    elif not (0 <= group.least <= group.most <= 20 and group.most >= 1 and group.least <= len(group.options)):
        found.append(problem(f"{field}.most", "range", _l("“%(name)s”的最少和最多要合理：最少不超过最多，也不超过选项数", name=group.name)))
    for number, option in enumerate(group.options):
        found += _name_problems(f"{field}.options.{number}.name", option.name, 20)
        if not 0 <= option.price <= PRICE_AT_MOST:
            found.append(problem(f"{field}.options.{number}.price", "range", _l("加价填 0 到 %(most)s", most=yuan(PRICE_AT_MOST))))
    if any(RESERVED & set(name) for name in (group.name, *(each.name for each in group.options))):
        found.append(problem(field, "reserved", _l("“%(name)s”和它的选项里不能有 | ; : + 这几个符号", name=group.name)))
    return found


def watched_changes(approved: Mapping[str, Any], wanted: Mapping[str, Any], price_up_ppm: int) -> list[str]:
    """What a reviewer must see again between two snapshots, out of `WATCHED`; all of it for what was never approved.

    The comparison is with what was approved last, so a price cannot climb past the limit in small steps. A new size is compared
    with the dearest approved one. Choices count when a name is added, or an addition to the price rises past the limit;
    pictures when one is added, not when they change places.
    """
    if not approved:
        return sorted(WATCHED)
    found = [name for name in ("name", "description") if approved.get(name, "") != wanted[name] and wanted[name]]
    if set(wanted["image"].split()) - set(approved.get("image", "").split()):
        found.append("image")
    known = approved.get("sizes", {})
    dearest = max(known.values(), default=0)
    if any(_rose(known.get(name, dearest), price, price_up_ppm) for name, price in wanted["sizes"].items()):
        found.append("price")
    options = _options(approved.get("groups", {}))
    if any(key not in options or _rose(options[key], price, price_up_ppm) for key, price in _options(wanted["groups"]).items()):
        found.append("choices")
    return found


def _rose(before: int, after: int, limit_ppm: int) -> bool:
    return (after - before) * MILLION > before * limit_ppm


def _options(groups: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    return {(group, name): price for group, (_, _, answers) in groups.items() for name, price in answers.items()}
