"""Settings that staff change in the console: declared in manifests, read by name, never older than the request or job that reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask import current_app, g
from sqlalchemy.exc import SQLAlchemyError

from app.framework.opening import forget_opening

Kind = Literal["money", "count", "minutes", "hours", "days", "percent", "boolean", "text"]

PLATFORM_NAME = "settings.platform_name"


@dataclass(frozen=True)
class Setting:
    """A value that staff may change. `name` begins with its package's name; `effect` is the sentence that says what it does.

    Money is in fen, percent in ppm, the others as they are called; `least` and `most` bound numbers, and the letters of a text.
    With `money` a change waits for a second person of finance.
    """

    name: str
    label: Any
    kind: Kind
    default: Any
    effect: Any
    least: int | None = None
    most: int | None = None
    money: bool = False
    unit: Any = ""


_read: list[Callable[[], Mapping[str, Any]]] = []


def read_settings_with(function: Callable[[], Mapping[str, Any]]) -> None:
    """Register how the changed values are read, by name, in one query; the last registration counts."""
    _read[:] = [function]


def declared() -> dict[str, Setting]:
    """Every setting of the manifests by name, in their order."""
    return {setting.name: setting for manifest in current_app.extensions["manifests"] for setting in manifest.settings}


def value_of(name: str) -> Any:
    """What the setting is: as changed, else its default. The first reading of a request or job asks the database once for all.

    Raises KeyError for a name that no manifest declares.
    """
    changed = _changed()
    return changed[name] if name in changed else _defaults()[name]


def forget_values() -> None:
    """The next reading asks the database again: said by whoever changed a setting."""
    forget_opening()
    g.pop("settings", None)


def platform_name() -> str:
    """What the platform calls itself; the name it was shipped with when there is no setting of it, or no database."""
    shipped = str(current_app.config["APP_NAME"])
    if PLATFORM_NAME not in _defaults():
        return shipped
    try:
        return str(value_of(PLATFORM_NAME) or shipped)
    except SQLAlchemyError:
        return shipped


def _changed() -> Mapping[str, Any]:
    if "settings" not in g:
        g.settings = _read[0]() if _read else {}
    found: Mapping[str, Any] = g.settings
    return found


def _defaults() -> dict[str, Any]:
    found: dict[str, Any] | None = current_app.extensions.get("setting_defaults")
    if found is None:
        found = current_app.extensions["setting_defaults"] = {name: setting.default for name, setting in declared().items()}
    return found
