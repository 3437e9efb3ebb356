"""A cron expression as people say it."""

from __future__ import annotations

import re

from flask_babel import gettext as _

EVERY = re.compile(r"\*/(\d+)")


def in_words(cron: str) -> str:
    """`30 2 * * *` as 每天 02:30; the expression itself where no short sentence says it."""
    parts = cron.split()
    if len(parts) != 5 or parts[3:] != ["*", "*"]:
        return cron
    minute, hour, day = parts[:3]
    every = EVERY.fullmatch(minute)
    if (hour, day) == ("*", "*"):
        if minute == "*":
            return str(_("每分钟"))
        if every:
            return str(_("每 %(minutes)s 分钟", minutes=every[1]))
        return str(_("每小时第 %(minute)s 分", minute=minute)) if minute.isdecimal() else cron
    if not (minute.isdecimal() and hour.isdecimal()):
        return cron
    clock = f"{int(hour):02}:{int(minute):02}"
    if day == "*":
        return str(_("每天 %(clock)s", clock=clock))
    return str(_("每月 %(day)s 日 %(clock)s", day=day, clock=clock)) if day.isdecimal() else cron
