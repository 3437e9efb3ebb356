"""The page on which a merchant sets a place up: what customers read, a picture, the moves that open and pause it, and what is missing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.core import clock
from app.core.actors import Actor
from app.core.errors import NotFound, Refusal
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.refused import said_beside, take_back, version_given
from app.framework.console.view import ConsoleView
from app.framework.database import elevated
from app.kernel.files.links import public_address
from app.kernel.files.operations import store_image
from app.kernel.places.operations import Need


class PlacePage(Page, ABC):
    """Subclasses set the `list_view` whose moves stand on the page, the `template` (extends `places/settings.html`), and give what is theirs:
    `place`, `missing`, `typed_of`, `typed_back`, `values`, `update`."""

    icon = "building"
    words = {"index": _l("查看设置"), "edit": _l("改设置")}
    list_view: ClassVar[type[ConsoleView]]
    template: ClassVar[str] = ""
    blank: ClassVar[tuple[str, Any, Any]]
    off: ClassVar[Any] = ""

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The settings as they are."""
        place = self.place(self.actor.merchant_id)
        return self._page(place, self.typed_of(place) | {"version": str(place.version)} if place else {})

    @expose("/", methods=["POST"])
    @page_access("can_edit")
    def save(self) -> Response:
        """Save the settings; what does not fit is said beside its input, and nothing typed is lost."""
        place, now, form = self._place(), clock.now(), request.form
        try:
            values = self.values(form)
            picture = request.files.get("picture")
            if picture is not None and picture.filename:
                values["cover"] = store_image(picture.stream, picture.filename, actor=self.actor, now=now, field="picture").key
            self.update(place, version=version_given(form), actor=self.actor, now=now, **values)
        except Refusal as refusal:
            take_back(refusal)
            return self._page(self._place(), {**form.to_dict(), **self.typed_back(form)}, refusal)
        return self.done(_("设置已保存"), f"{self.endpoint}.index")

    # ---- what a trade says ---------------------------------------------------------------------------------------------

    @abstractmethod
    def place(self, merchant_id: int | None) -> Any:
        """The merchant's place, None when it has none."""

    @abstractmethod
    def missing(self, place: Any) -> Sequence[Need]:
        """What it lacks before it can open."""

    @abstractmethod
    def typed_of(self, place: Any) -> dict[str, Any]:
        """What the form shows of the place."""

    @abstractmethod
    def typed_back(self, form: MultiDict[str, str]) -> dict[str, Any]:
        """What was typed into inputs that are more than a text: choices, boxes."""

    @abstractmethod
    def values(self, form: MultiDict[str, str]) -> dict[str, Any]:
        """Settings for `update`. Raises Invalid with what is no number or amount."""

    @abstractmethod
    def update(self, place: Any, *, version: int | None, actor: Actor, now: datetime, **values: Any) -> Any:
        """The place has these settings."""

    def around(self) -> dict[str, Any]:
        """What else the template wants."""
        return {}

    # ---- parts ---------------------------------------------------------------------------------------------------------

    def _page(self, place: Any | None, typed: dict[str, Any], refusal: Refusal | None = None) -> Response:
        flow = self.list_view.model.__flow__  # type: ignore[attr-defined]
        moves = [move for move in flow.open_moves(place, self.actor.roles) if may(self.list_view, move.name)] if place else []
        with elevated():
            missing = self.missing(place) if place and place.status == "preparing" else ()
        cover = public_address(getattr(place, "cover", None)) if place else None
        return self.render(
            self.template, refusal.status if refusal else 200, place=place, typed=typed, errors=said_beside(refusal), flow=flow, moves=moves,
            moves_at=f"{self.list_view.__name__}.move", missing=missing, cover=cover, edits=self.may("edit"), **self.around(),
        )

    def _place(self) -> Any:
        place = self.place(self.actor.merchant_id)
        if place is None:
            raise NotFound
        return place


def texts(form: MultiDict[str, str], names: Sequence[str]) -> dict[str, str]:
    """The texts as they were typed, without what no text holds."""
    return {name: form.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip() for name in names}
