"""What stands around every page: side bar, who is signed in, what is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, get_flashed_messages, request

from app.core.actors import Actor
from app.framework.console import keeping
from app.framework.console.fields import states
from app.framework.console.helping import help_address
from app.framework.console.menu import side_bar
from app.framework.console.reporting import report_link
from app.framework.identity import current_actor
from app.framework.settings import platform_name, value_of
from app.framework.viewing import viewing


@dataclass(frozen=True)
class Link:
    """A line of the account menu."""

    label: Any
    endpoint: str
    icon: str
    post: bool = False


@dataclass(frozen=True)
class Person:
    """How the signed-in person is shown: name, the role in words, the place (a merchant's name, or the platform's), and
    the name at the head of the side bar."""

    name: str
    role: str
    place: str
    brand: str


_place: list[Callable[[Actor], str]] = []
account_links: list[Link] = []


def place_with(function: Callable[[Actor], str]) -> None:
    """Register how an actor's merchant is named in the shell; the last registration counts."""
    _place[:] = [function]


def init_app(app: Flask) -> None:
    """Give templates the parts of the shell."""
    app.jinja_env.globals.update(
        side_bar=side_bar, person=person, toasts=toasts, account_links=account_links, unread=unread, current_address=current_address,
        states=states, messages_endpoint=keeping.messages_endpoint,
        keeps_drafts=lambda: keeping.keeper() is not None and viewing() is None, viewing=viewing,
        platform_name=platform_name, setting_value=value_of, help_address=help_address, report_link=report_link,
    )


def person() -> Person | None:
    """Who is signed in, None when nobody is."""
    actor = current_actor()
    if actor.kind not in {"staff", "member"}:
        return None
    roles = current_app.extensions["console"].rights.roles
    words = " · ".join(str(label) for name, label in roles.items() if name in actor.roles)
    product = platform_name()
    place = (_place[0](actor) if _place else "") or product
    return Person(actor.name, words, place, place if actor.kind == "member" else product)


def unread() -> int | None:
    """Unread messages of the reader, asked with what else the page needs of its reader; None when nobody keeps messages."""
    here = keeping.desk()
    return here.unread if here else None


def toasts() -> list[dict[str, Any]]:
    """What to say once: flashes as `{"text", "undo", "tone"}`."""
    said: Any = get_flashed_messages(with_categories=True)
    return [_toast(category, message) for category, message in said]


def _toast(tone: str, message: Any) -> dict[str, Any]:
    return {"tone": tone, **(message if isinstance(message, dict) else {"text": message})}


def current_address() -> str:
    """Path and query of this page, to come back to; `/` when coming back would repeat a change."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"

