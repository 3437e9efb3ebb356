"""What a place in preparation needs before its first customer: one card on the home page of who runs it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from flask import url_for
from flask_babel import gettext as _

from app.core.actors import Actor
from app.framework.console.home import HomeCard, TodoItem
from app.framework.database import elevated
from app.kernel.parties.roles import RUNNERS
from app.kernel.places.operations import Need


class PlaceOpeningCard(HomeCard):
    """A line for each thing that is missing, or the last step; gone once the place has opened.

    Subclasses set `name`, `title`, `why` (what the missing is for), `ready` with `after` (what happens then) and `step` (the button), the `page` where it
    is opened, and give `place` and `missing`.
    """

    roles = RUNNERS
    order = 9
    why: ClassVar[Any] = ""
    ready: ClassVar[Any] = ""
    after: ClassVar[Any] = ""
    step: ClassVar[Any] = ""
    page: ClassVar[str] = ""

    @abstractmethod
    def place(self, merchant_id: int | None) -> Any:
        """The merchant's place, None when it has none."""

    @abstractmethod
    def missing(self, place: Any) -> Sequence[Need]:
        """What it lacks before it can open."""

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """Nothing for merchants without a place, and once it has opened."""
        place = self.place(actor.merchant_id)
        if place is None or place.status != "preparing":
            return None
        with elevated():
            needs = self.missing(place)
        items = [TodoItem(1, _("开张前还差：%(what)s", what=need.label), self.why, url_for(need.endpoint), _("去填")) for need in needs]
        return items or [TodoItem(1, self.ready, self.after, url_for(self.page), self.step, "ok")]
