"""Which values a setting takes, and how they are written."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.core.money import percent, yuan
from app.framework.settings import Setting

UNITS = {"minutes": _l("分钟"), "hours": _l("小时"), "days": _l("天")}


class OutOfRange(Refusal):
    """The value is below the least or above the most."""

    code = "setting.range"
    status = 422
    sentence = _l("“%(label)s”要在 %(least)s 到 %(most)s 之间")


class NotThatKind(Refusal):
    """The value is missing or of another kind."""

    code = "setting.kind"
    status = 422
    sentence = _l("“%(label)s”填得不对，照说明再填一次")


class WrongLength(Refusal):
    """A text is empty or too long."""

    code = "setting.length"
    status = 422
    sentence = _l("“%(label)s”写 %(least)s 到 %(most)s 个字")


def checked(setting: Setting, value: Any) -> Any:
    """The value as it is kept. Raises NotThatKind, OutOfRange, WrongLength."""
    if setting.kind == "boolean":
        return bool(value)
    if setting.kind == "text":
        text = str(value or "").strip().replace("\x00", "")
        least, most = setting.least or 0, setting.most or 200
        if not least <= len(text) <= most:
            raise WrongLength(field="value", label=setting.label, least=least, most=most)
        return text
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotThatKind(field="value", label=setting.label)
    least, most = setting.least or 0, setting.most if setting.most is not None else 2**53
    if not least <= value <= most:
        raise OutOfRange(field="value", label=setting.label, least=written(setting, least), most=written(setting, most))
    return int(value)


def written(setting: Setting, value: Any) -> str:
    """A value of the setting as people read it: `¥500.00`, `15 分钟`, `30 %`, 开 or 关."""
    if setting.kind == "boolean":
        return str(_("开") if value else _("关"))
    if setting.kind == "money":
        return yuan(value)
    if setting.kind == "percent":
        return percent(value)
    if setting.kind == "text":
        return str(value) or "—"
    unit = str(UNITS.get(setting.kind, setting.unit))
    return f"{value:,} {unit}".strip()
