"""What can be exported: every console list, and what other packages register under a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, Protocol

from flask import current_app

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.console.extract import Extract
from app.framework.console.listing import Listing
from app.framework.console.view import view_named

LIST = "list:"
Tell = Callable[[int], None]


class Source(Protocol):
    """Something that writes spreadsheets, given the arguments of a task, in the scope of the session."""

    view: str
    method: str

    def write(self, arguments: Mapping[str, Any], file: IO[bytes], tell: Tell) -> None:
        """The whole file goes to `file`; `tell` hears how many rows are written, and may raise to stop."""


@dataclass(frozen=True)
class ListSource:
    """A console list: the same filter, order, and columns as its page."""

    name: str

    @property
    def page(self) -> Any:
        """The view. Raises NotFound when there is none of that name."""
        return view_named(self.name)

    def extract(self, arguments: Mapping[str, str], *, names: list[str], unmasked: bool) -> Extract:
        """The rows, as the list would show them to the actor of this session."""
        return Extract(Listing(self.page, arguments), unmasked=unmasked, names=names)


_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Make `source` known under `name`; the last registration counts."""
    _sources[name] = source


def source_named(name: str) -> Source:
    """The registered source. Raises NotFound."""
    if name not in _sources:
        raise NotFound
    return _sources[name]


def may_export(name: str, actor: Actor, *, unmasked: bool = False) -> bool:
    """True when the actor's rights reach the source, and whole phone numbers where they are asked for."""
    rights = current_app.extensions["console"].rights
    view, method = (name.removeprefix(LIST), "export") if name.startswith(LIST) else (source_named(name).view, source_named(name).method)
    allowed = rights.allow(actor.roles, f"can_{method}", view)
    return bool(allowed and (not unmasked or unmasked_allowed(actor)))


def unmasked_allowed(actor: Actor) -> bool:
    """True when the actor may take phone numbers out whole."""
    return bool(current_app.extensions["console"].rights.allow(actor.roles, "can_export_unmasked", "exports.tasks"))
