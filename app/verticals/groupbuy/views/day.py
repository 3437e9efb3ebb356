"""A leader's day on a phone: what came, what to hand out, what it earned, what to share; and the page that a share code opens."""

from __future__ import annotations

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.core.periods import business_day, local
from app.extensions import db, limiter
from app.framework.console.page import Page, expose, may, page_access
from app.framework.database import elevated
from app.kernel.files.links import thumbnail_address
from app.verticals.groupbuy.leader_queries import commission_ppm, day_of
from app.verticals.groupbuy.models import Leader
from app.verticals.groupbuy.models.people import LEADER_FLOW, LEVELS
from app.verticals.groupbuy.operations.rounds import check_in
from app.verticals.groupbuy.operations.serving import hand_over_by_code
from app.verticals.groupbuy.poster import address_of, code_png, poster_svg
from app.verticals.groupbuy.queries import (
    arrived_orders,
    goods_on_sale,
    leader_of,
    leader_with_code,
    missing_before_opening,
    sheets_to_check_in,
)
from app.verticals.groupbuy.rules import next_cutoff
from app.verticals.groupbuy.views.people import LeaderView
from app.verticals.groupbuy.views.point import PointPage

SHARED = 5


class LeaderPage(Page):
    """`/groupbuy/day`: everything that a leader does in a day."""

    name = "groupbuy.day"
    route_base = "/groupbuy/day"
    title = _l("团长今天")
    icon = "bag"
    words = {"index": _l("看今天、点货、交货")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Today's figures, what is on its way, what waits to be collected, and the share code."""
        return self._day(leader_of(self.actor.merchant_id))

    @expose("/check-in/<int:pk>", methods=["POST"])
    @page_access("can_index")
    def check_in(self, pk: int) -> Response:
        """The leader has counted a picking list: `line-<id>` pieces each."""
        typed = {name: value for name, value in request.form.items() if name.startswith("line-") and name[5:].isdecimal() and value.strip()}
        counts = {int(name[5:]): _pieces(name, value) for name, value in typed.items()}
        sheet = check_in(pk, counts, actor=self.actor, now=clock.now())
        short = sum(line.short for line in sheet.lines)
        return self.done(_("点完了，少 %(count)d 件，已自动退款", count=short) if short else _("点完了，一件不少"), "LeaderPage.index")

    @expose("/hand-over", methods=["POST"])
    @page_access("can_index")
    def hand_over(self) -> Response:
        """Somebody shows a code: the parcel is handed out."""
        try:
            order = hand_over_by_code(self.actor.merchant_id or 0, request.form.get("code", ""), actor=self.actor, now=clock.now())
        except Refusal as refusal:
            db.session.rollback()
            return self._day(leader_of(self.actor.merchant_id), refusal)
        return self.done(_("已交给%(who)s：%(what)s", who=order.customer_name, what=order.number), "LeaderPage.index")

    @expose("/code.png")
    @page_access("can_index")
    def code(self) -> Response:
        """The QR code of the leader's page."""
        answer = Response(code_png(self._leader()), mimetype="image/png")
        answer.headers["Cache-Control"] = "private, max-age=3600"
        return answer

    @expose("/poster.svg")
    @page_access("can_index")
    def poster(self) -> Response:
        """The poster with today's goods, as a file to save and send."""
        leader = self._leader()
        with elevated():
            goods, _mark = goods_on_sale(words="", category="", after=None, limit=SHARED)
        answer = Response(poster_svg(leader, goods), mimetype="image/svg+xml")
        answer.headers["Content-Disposition"] = f'attachment; filename="poster-{leader.share_code}.svg"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _leader(self) -> Leader:
        leader = leader_of(self.actor.merchant_id)
        if leader is None:
            raise NotFound
        return leader

    def _day(self, leader: Leader | None, refusal: Refusal | None = None) -> Response:
        if leader is None:
            return self.render("groupbuy/day.html", leader=None)
        now, words = clock.now(), request.args.get("q", "").strip()[:40]
        with elevated():
            missing = missing_before_opening(leader)
            ppm, zone = commission_ppm(leader, now), leader.community.zone if leader.community else None
            cutoff = next_cutoff(zone.cutoff_minute, zone.days, now) if zone else None
        edits = may(PointPage, "edit")
        moves = [move for move in LEADER_FLOW.open_moves(leader, self.actor.roles) if may(LeaderView, move.name)]
        return self.render(
            "groupbuy/day.html", refusal.status if refusal else 200, leader=leader, day=day_of(leader.merchant_id, business_day(now)),
            sheets=sheets_to_check_in(leader.merchant_id), parcels=arrived_orders(leader.merchant_id, words=words), words=words, ppm=ppm,
            address=address_of(leader), levels=LEVELS,
            missing=missing, flow=LEADER_FLOW, moves=moves, refusal=refusal, edits=edits,
            cutoff=local(cutoff) if cutoff else None, local=local,
        )


def _pieces(name: str, value: str) -> int:
    text = value.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise Invalid(errors=[{"field": name, "code": "range", "message": _("写到了几件，整数")}])
    return int(text)


class SharePage(Page):
    """`/g/<code>`: what a phone shows that opened a share code without the mini-program: the leader and what is on sale."""

    name = "groupbuy.share"
    route_base = "/g"
    title = _l("社区团购")
    icon = "bag"

    @expose("/<code>")
    @limiter.limit("60 per minute")
    def index(self, code: str) -> Response:
        """The leader and its goods, to read. Needs no sign-in."""
        now = clock.now()
        with elevated():
            leader = leader_with_code(code)
            if leader is None or leader.status not in ("open", "paused") or leader.community is None:
                raise NotFound
            goods, _mark = goods_on_sale(words="", category="", after=None, limit=50)
            zone = leader.community.zone
            cutoff = next_cutoff(zone.cutoff_minute, zone.days, now) if leader.status == "open" else None
            return self.render(
                "groupbuy/share.html", leader=leader, goods=goods, cutoff=local(cutoff) if cutoff else None, thumbnail=thumbnail_address,
                page_title=leader.name,
            )
