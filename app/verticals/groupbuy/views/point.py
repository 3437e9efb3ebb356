"""The page on which a leader sets the pick-up point up: community, hours, and what residents read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.core.actors import Actor
from app.kernel.places.views import PlacePage, texts
from app.verticals.groupbuy.models import Leader
from app.verticals.groupbuy.operations.people import set_up_leader
from app.verticals.groupbuy.queries import communities, leader_of, missing_before_opening
from app.verticals.groupbuy.views.people import LeaderView

TEXTS = ("name", "phone", "point", "hours", "notice")


class PointPage(PlacePage):
    """`/groupbuy/point`: open or pause, and everything residents read about the leader."""

    name = "groupbuy.point"
    route_base = "/groupbuy/point"
    title = _l("自提点和小区")
    list_view = LeaderView
    template = "groupbuy/point.html"
    blank = ("bag", _l("你还不是团长"), _l("入驻申请里选“团长”，通过审核后，这里填小区和自提点。"))
    off = _l("平台停用了你的团长资格，居民看不到你。按通知处理后由平台恢复。")
    place = staticmethod(leader_of)
    missing = staticmethod(missing_before_opening)

    def typed_of(self, place: Leader) -> dict[str, Any]:
        """Texts, the community, whether parcels are brought home."""
        return {name: getattr(place, name) for name in (*TEXTS, "community_id", "delivers")}

    def typed_back(self, form: MultiDict[str, str]) -> dict[str, Any]:
        """Whether parcels are brought home."""
        return {"delivers": form.get("delivers") == "1"}

    def values(self, form: MultiDict[str, str]) -> dict[str, Any]:
        """Settings for `set_up_leader`."""
        return {**texts(form, TEXTS), "community_id": form.get("community_id", type=int), "delivers": form.get("delivers") == "1"}

    def update(self, place: Leader, *, version: int | None, actor: Actor, now: datetime, **values: Any) -> Leader:
        """The point is as said; a leader has no cover."""
        values.pop("cover", None)
        return set_up_leader(place, version=version, actor=actor, now=now, **values)

    def around(self) -> dict[str, Any]:
        """Communities to choose from."""
        return {"communities": communities()}
