"""What fits a house, a room type, and prices: each fault at its own field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.kernel.places.rules import Problem, long_problems, problem, where_problems
from app.verticals.stays.models.houses import DEPOSITS, FACILITIES

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
PHONE = re.compile(r"[0-9+\- ]{5,20}", re.ASCII)
VIDEO = re.compile(r"https://[^\s\"'<>]{4,190}", re.ASCII)
TYPES_AT_MOST, UNITS_AT_MOST, PICTURES_AT_MOST = 40, 300, 9
DEAREST = 99_999_999
LENGTHS = {"intro": 500, "region": 40, "address": 120, "house_rules": 1000, "phone": 20}


def house_problems(values: Mapping[str, Any]) -> list[Problem]:
    """What does not fit of the settings that are given."""
    found = []
    if "name" in values and not 1 <= len(values["name"]) <= 60:
        found.append(problem("name", "required", _l("填写名字，最多 60 个字")))
    found += [problem(name, "not_a_time", _l("时间写成 14:00")) for name in ("arrive_from", "leave_by") if name in values and not CLOCK.fullmatch(values[name])]
    if values.get("phone") and not PHONE.fullmatch(values["phone"]):
        found.append(problem("phone", "phone", _l("电话只能有数字、空格和短横线")))
    found += where_problems(values)
    if values.get("deposit", "all") not in DEPOSITS:
        found.append(problem("deposit", "choice", _l("选一种付款方式")))
    if values.get("deposit") == "part" and not 10_000 <= values.get("deposit_ppm", 300_000) <= 990_000:
        found.append(problem("deposit_ppm", "range", _l("定金比例填 1 到 99")))
    if not 5 <= values.get("confirm_minutes", 60) <= 1440:
        found.append(problem("confirm_minutes", "range", _l("填 5 到 1440 分钟")))
    if set(values.get("facilities", ())) - set(FACILITIES):
        found.append(problem("facilities", "choice", _l("有不认识的设施")))
    found += long_problems(values, LENGTHS)
    return found + (ladder_problems(values["ladder"]) if "ladder" in values else [])


def ladder_problems(ladder: Mapping[str, Any]) -> list[Problem]:
    """A ladder has one to five steps, farther out is not dearer, and nobody keeps more than everything."""
    steps = ladder["steps"]
    hours = [step["hours"] for step in steps]
    rates = [step["ppm"] for step in [*steps, ladder["no_show"]]]
    if not 1 <= len(steps) <= 5 or sorted(set(hours), reverse=True) != hours or hours[-1] < 0 or hours[0] > 24 * 90:
        return [problem("ladder", "order", _l("取消规则写一到五档，小时数从多到少，不重复"))]
    if any(not 0 <= rate <= 1_000_000 for rate in [*rates, ladder["early_leave_ppm"]]):
        return [problem("ladder", "range", _l("扣款比例填 0 到 100"))]
    if any(later < earlier for earlier, later in zip(steps_weight(steps), steps_weight(steps)[1:], strict=False)):
        return [problem("ladder", "order", _l("越临近入住，扣得只能一样或更多"))]
    return []


def steps_weight(steps: list[Mapping[str, Any]]) -> list[tuple[bool, int]]:
    """How much each step keeps, so that steps compare: of all nights is more than of the first."""
    return [(step["of"] == "all" and step["ppm"] > 0, step["ppm"]) for step in steps]


def type_problems(values: Mapping[str, Any]) -> list[Problem]:
    """What does not fit of a room type."""
    found = []
    if not 1 <= len(values["name"]) <= 40:
        found.append(problem("name", "required", _l("填写名字，最多 40 个字")))
    if not 1 <= values["base"] <= DEAREST:
        found.append(problem("base", "range", _l("填写平日价，大于零")))
    if not 1 <= values["people"] <= 30:
        found.append(problem("people", "range", _l("住 1 到 30 人")))
    if not 0 <= values["area"] <= 2000:
        found.append(problem("area", "range", _l("面积填 0 到 2000 平方米")))
    if not 1 <= values["least"] <= values["most"] <= 90:
        found.append(problem("least", "range", _l("最少 1 晚，最多 90 晚，最少不能多于最多")))
    if values["video"] and not VIDEO.fullmatch(values["video"]):
        found.append(problem("video", "address", _l("视频填 https 开头的地址")))
    if any(not 1 <= price <= DEAREST for price in values["weekdays"].values()):
        found.append(problem("weekdays", "range", _l("每天的价格大于零，空着就用平日价")))
    steps = [(step["nights"], step["ppm"]) for step in values["steps"]]
    if len(steps) > 5 or len({nights for nights, _ in steps}) < len(steps) or any(not 2 <= nights <= 90 or not 0 < ppm <= 900_000 for nights, ppm in steps):
        found.append(problem("steps", "range", _l("连住优惠最多五档：2 到 90 晚，减 1 % 到 90 %，晚数不重复")))
    if set(values["facilities"]) - set(FACILITIES):
        found.append(problem("facilities", "choice", _l("有不认识的设施")))
    limits = {"description": 1000, "beds": 60}
    found += [problem(name, "too_long", _l("最多 %(count)d 个字", count=most)) for name, most in limits.items() if len(values[name]) > most]
    return found
