"""What every place has in common: its settings change with a line in the audit, it opens when nothing is missing, expired papers take it off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor, system
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import elevated, lock
from app.framework.flow import move
from app.kernel.audit.operations import append, differences

Place = TypeVar("Place", bound=Any)
Problems = Callable[[Mapping[str, Any]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Need:
    """Something that a place lacks before customers can order there: for programs, in words, and the endpoint of the page where it is added."""

    name: str
    label: Any
    endpoint: str


def missing(checks: Iterable[tuple[Any, Need]]) -> list[Need]:
    """The needs of which what was looked for is not there."""
    return [need for there, need in checks if not there]


def refuse_missing(needs: list[Need], refusal: type[Refusal]) -> None:
    """Nothing when nothing is missing; else the refusal, whose sentence says `what`."""
    if needs:
        raise refusal(what="、".join(str(need.label) for need in needs))


def cleaned(values: Mapping[str, Any], settings: frozenset[str], problems: Problems) -> dict[str, Any]:
    """The settings with their texts trimmed. Raises Invalid with each field at fault."""
    unknown = set(values) - settings
    if unknown:
        raise TypeError(f"not settings of a place: {', '.join(sorted(unknown))}")
    given: dict[str, Any] = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    found = problems(given)
    if found:
        raise Invalid(errors=found)
    return given


def set_up(place: Place, given: Mapping[str, Any], *, act: str, actor: Actor, now: datetime, version: int | None = None) -> Place:
    """The place has these settings; what changed is in the audit as `act`. Raises Conflict on an old version."""
    place = lock(type(place), place.id, version=version)
    changed = differences({name: getattr(place, name) for name in given}, given)
    for name, value in given.items():
        setattr(place, name, value)
    if changed:
        append(act, place, actor=actor, now=now, changes=changed)
    db.session.flush()
    return place


def take_off_expired(place: Any | None, document: Any, *, now: datetime) -> None:
    """Without a valid paper a place takes no orders, until the platform puts it back after the renewal."""
    if place is not None and place.status != "off":
        with elevated():
            move(place, "take_off", actor=system("clock"), now=now, reason=str(_l("“%(label)s”已过期，换好新证后由平台恢复", label=document.label)))
