"""Language, theme, and row height of a person: set by POST, kept in the session and remembered with the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, has_request_context, redirect, request, session
from flask_appbuilder import expose
from flask_babel import Domain, refresh

from app.core.actors import Actor
from app.framework.console.page import Page
from app.framework.identity import current_actor

CHOICES = {"locale": ("zh", "en"), "theme": ("auto", "light", "dark"), "density": ("normal", "compact"), "side": ("full", "mini")}

_remember: list[Callable[[Actor, str, str], None]] = []


def remember_with(function: Callable[[Actor, str, str], None]) -> None:
    """Call `function(actor, name, value)` when a signed-in person changes a preference; the last registration counts."""
    _remember[:] = [function]


def preference(name: str) -> str:
    """The value of a preference: as the address of a saved view says it, as chosen, else the first of its choices."""
    kept = (request.args.get(name) if name == "density" and "density" in request.args else session.get(name)) if has_request_context() else None
    return kept if kept in CHOICES[name] else CHOICES[name][0]


def locale() -> str | None:
    """The reader's language; `_l_` in the address wins, so that a link can be sent in a language."""
    if not has_request_context():
        return None
    asked = request.args.get("_l_", "")
    return asked if asked in CHOICES["locale"] else preference("locale")


def set_preference(name: str, value: str, actor: Actor) -> None:
    """Keep one of the known values; anything else changes nothing."""
    if value in CHOICES.get(name, ()):
        session[name] = value
        if _remember and actor.id is not None:
            _remember[0](actor, name, value)


def here_or_home(address: str | None) -> str:
    """`address` when it is a path of this site, else `/`: nobody is redirected away from us."""
    if not address or "\\" in address or any(ord(letter) < 32 for letter in address):
        return "/"
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith("//") else "/"


class PreferenceView(Page):
    """`POST /preferences`: one preference, then back to where one was. Open to everybody: the sign-in page has it too."""

    name = "preferences"
    route_base = "/preferences"

    @expose("/", methods=["POST"])
    def index(self) -> Any:
        """Set what the form names."""
        for name in CHOICES:
            if name in request.form:
                set_preference(name, request.form[name], current_actor())
        refresh()
        if request.headers.get("X-Requested-With") == "fetch":
            return Response(status=204)
        return redirect(here_or_home(request.form.get("next")), 303)


class Catalogues(Domain):
    """Flask-Babel's domain with the catalogue of a language looked up once a page: its own works out the language's name for every word."""

    def get_translations(self) -> Any:
        """The catalogue of the reader's language."""
        asked = g.get("_flask_babel")
        if asked is None or getattr(asked, "babel_locale", None) is None:
            return super().get_translations()
        found = getattr(asked, "catalogue", None)
        if found is None or found[0] is not asked.babel_locale:
            found = asked.catalogue = (asked.babel_locale, super().get_translations())
        return found[1]


def init_app(app: Flask) -> None:
    """Read the language from here instead of FAB, which writes it into every session."""
    babel = app.extensions["babel"]
    babel.locale_selector = locale
    babel.instance.domain_instance = Catalogues(domain=babel.instance.domain_instance.domain[0])
    app.jinja_env.globals.update(preference=preference)
