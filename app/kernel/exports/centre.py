"""The console's lists hand their exports over here."""

from __future__ import annotations

from flask import Response, flash, redirect, url_for
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.actors import Actor
from app.framework.console.export import AT_ONCE
from app.framework.console.extract import exported
from app.framework.console.listing import Listing
from app.framework.console.preferences import locale
from app.framework.identity import current_actor
from app.kernel.exports.operations import ask_export, note_small
from app.kernel.exports.sources import LIST, unmasked_allowed

PLACE = frozenset({"after", "before", "size", "_l_"})  # where on the list one stood, and in which language: no part of the filter


class ExportCentre:
    """Registered with the console: takes large exports into the queue, notes small ones."""

    def may_unmask(self, actor: Actor) -> bool:
        """True for roles that hold the right."""
        return unmasked_allowed(actor)

    def note(self, listing: Listing, shape: str, *, rows: int, unmasked: bool) -> None:
        """A line in the audit."""
        note_small(
            f"{listing.view.title}.{shape}", filter_of(listing), rows=rows, unmasked=unmasked, actor=current_actor(), now=clock.now(),
        )

    def take(self, listing: Listing, shape: str, *, unmasked: bool) -> Response:
        """A task in the queue; the answer leads to the centre."""
        ask_export(
            f"{LIST}{listing.view.name}", filter_of(listing), title=str(listing.view.title), rows=AT_ONCE + 1, shape=shape,
            columns=[column.name for column in exported(listing)], unmasked=unmasked, locale=locale() or "zh", actor=current_actor(), now=clock.now(),
        )
        return to_centre()


def filter_of(listing: Listing) -> dict[str, str]:
    """The list's address without the place in it: opened again, it finds the same rows."""
    return {name: value for name, value in listing.args.items() if name not in PLACE}


def to_centre() -> Response:
    """Where the export can be watched."""
    flash({"text": str(_l("正在后台生成，好了在这里下载")), "undo": None}, "toast")
    return redirect(url_for("ExportView.list"), 303)  # type: ignore[return-value]
