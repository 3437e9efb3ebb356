"""When a message may be pushed, and how its data fits WeChat's fields: pure functions of values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from app.core.periods import day_start, local

# Kinds of value and the most characters that each holds, from WeChat's reference of subscribe messages (订阅消息参数值内容限制说明).
LIMITS = {
    "thing": 20, "number": 32, "letter": 32, "symbol": 5, "character_string": 32, "time": 32, "date": 32, "amount": 11, "phone_number": 17, "car_number": 8,
    "name": 10, "phrase": 5,
}
FIELD = re.compile(rf"({'|'.join(LIMITS)})([1-9]\d?)")


def fitting(data: Mapping[str, str]) -> dict[str, str]:
    """Each value cut to what its field holds, an ellipsis for what was cut; `-` where WeChat would refuse an empty one."""
    found = {}
    for name, value in data.items():
        matched = FIELD.fullmatch(name)
        most = LIMITS[matched[1]] if matched else LIMITS["thing"]
        found[name] = (value if len(value) <= most else f"{value[: most - 1]}…") or "-"
    return found


def not_at_night(moment: datetime, sleeps: int, wakes: int) -> datetime | None:
    """None when a message may go out at `moment`, else the next hour of waking (Shanghai). `sleeps` and `wakes` are hours of the day; equal ones mean
    that nobody sleeps."""
    hour = local(moment).hour
    asleep = (hour >= sleeps or hour < wakes) if sleeps > wakes else sleeps <= hour < wakes
    if sleeps == wakes or not asleep:
        return None
    today = day_start(local(moment).date())
    waking = today + timedelta(hours=wakes)
    return waking if waking > moment else waking + timedelta(days=1)
