"""Parts of a page that are the same for everybody with the same roles and language: rendered once, then kept in the process."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from flask import Flask, current_app, render_template, request
from flask_babel import get_locale
from markupsafe import Markup, escape

from app.framework.console.menu import current_endpoint
from app.framework.identity import current_actor

MOST = 600  # the side bar of one page for one set of roles is 10 KB, the choices of a filter 1 KB
HERE = "\x00"  # stands for an address in what is kept; no text of the database holds it


def init_app(app: Flask) -> None:
    """Give templates `side_bar_html`, `dialogs_html`, `columns_html`, and `filter_menu_html`."""
    app.extensions["fragments"] = OrderedDict()
    app.jinja_env.globals.update(side_bar_html=side_bar_html, dialogs_html=dialogs_html, columns_html=columns_html, filter_menu_html=filter_menu_html)


def side_bar_html() -> Markup:
    """The lines of the side bar; counts are filled in by the page afterwards, so it says nothing that changes."""
    return _kept("base/side.html", current_actor().roles, current_endpoint())


def dialogs_html() -> Markup:
    """The palette and the list of keys, both closed."""
    return _kept("base/dialogs.html")


def columns_html(listing: Any) -> Markup:
    """The columns that a list may show, in the menu where they are chosen."""
    offered, shown = listing.seen.list_columns, listing.columns
    return _kept("console/columns.html", listing.view.name, *(tuple(column.name for column in each) for each in (offered, shown)), listing=listing)


def filter_menu_html(each: Any, listing: Any) -> Markup:
    """A filter that is not in use, with its choices: only the address before them differs from page to page."""
    options = tuple(each.options(listing.model)) if each.shape == "choice" else ()
    html = _kept("console/filter_menu.html", listing.view.name, each.name, options, each=each, view=listing.view, here=HERE)
    return Markup(html.replace(HERE, escape(listing.beginning)))  # noqa: S704 - a rendered template and an escaped address


def _kept(template: str, *of: Any, **context: Any) -> Markup:
    """The template with `context` in the reader's language; `of` names all that it depends on."""
    fragments: OrderedDict[Any, Markup] = current_app.extensions["fragments"]
    at = template, str(get_locale()), request.script_root, *of
    if at not in fragments:
        fragments[at] = Markup(render_template(template, **context))  # noqa: S704 - a rendered template
        while len(fragments) > MOST:
            fragments.popitem(last=False)
    return fragments[at]
