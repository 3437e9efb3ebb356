"""The reconciliation desk: ours, the difference, theirs side by side; made for finance and the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.core.money import yuan
from app.core.periods import SHANGHAI, business_day
from app.extensions import db
from app.framework.console.columns import Difference
from app.framework.console.moves import answers_of, confirm_amount, make_move
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.timeline import timeline_of
from app.framework.console.view import page_link, view_url
from app.framework.database import get
from app.kernel.governance.operations import is_maker
from app.kernel.ledger.accounts import BOOKS
from app.kernel.ledger.postings.reconciliation import break_resolved
from app.kernel.parties.queries import person_named, staff_with_role
from app.kernel.payments.models import ChannelNotice
from app.kernel.payments.queries import notices_about
from app.kernel.payments.views import BillView, NoticeView, PaymentView, RefundView
from app.kernel.reconciliation.models import BREAK_FLOW, CORRECTION_FLOW, ReconBreak, ReconDay
from app.kernel.reconciliation.operations.settling import assign
from app.kernel.reconciliation.queries import ageing, breaks_of_desk, corrections_of, day_of_desk, kinds_of, totals_of
from app.kernel.reconciliation.rules.words import BREAKS, REASONS
from app.kernel.reconciliation.views.corrections import CorrectionView
from app.kernel.reconciliation.views.days import BreakView, ReconDayView

STEPS = ("take", "propose", "approve", "accept", "send_back", "join", "reopen")
DONE = {
    "take": _l("已认领：%(what)s"), "propose": _l("已提出，等另一个人复核：%(what)s"), "approve": _l("已了结：%(what)s"), "accept": _l("已了结：%(what)s"),
    "send_back": _l("已退回：%(what)s"), "join": _l("已提出对上，等另一个人复核：%(what)s"), "reopen": _l("已提出重开，等另一个人复核：%(what)s"),
}
STAYS = ("take", "send_back", "join", "reopen")  # the same break stays on the desk


@dataclass(frozen=True)
class PlannedEntry:
    """A line of the posting that approving would make, in fen; one of the two is zero."""

    account: Any
    debit: int
    credit: int


def planned(found: ReconBreak) -> list[PlannedEntry]:
    """The entries that approving the break would post."""
    if not found.effect:
        return []
    made = break_resolved(
        number=found.number, effect=found.effect, resolution=found.plan, maker="", checker="", memo="", resolved_at=found.created_at,
    )
    return [
        PlannedEntry(f"{BOOKS[entry.account.book].title}", -min(entry.amount, 0), max(entry.amount, 0)) for entry in made.entries
    ]


def sides(found: ReconBreak) -> list[Difference]:
    """What both sides say, field by field; a side that says nothing is empty."""
    money = (yuan(each) if each is not None else None for each in (found.ours, found.theirs))
    times = (f"{_local(each)}" if each else None for each in (found.ours_at, found.theirs_at))
    numbers = (found.our_number if found.ours is not None or found.record_id else None, found.channel_number if found.theirs is not None else None)
    return [
        Difference(_("手续费") if found.kind == "fee" else _("金额"), *money), Difference(_("时间"), *times), Difference(_("单号"), *numbers),
    ]


def _local(moment: Any) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M:%S}"


class ReconDesk(Page):
    """`/reconciliation/desk`: the breaks that wait, or those of one day."""

    name = "reconciliation.desk"
    route_base = "/reconciliation/desk"
    title = _l("对账台")
    icon = "check"
    words = {"index": _l("查看对账台"), "work": _l("处理差异")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The breaks that wait, or all of one day (`?day=`), of one kind (`?kind=`), and one of them (`?break=`)."""
        return self._page()

    @expose("/<int:pk>/<any('take','propose','approve','accept','send_back','join','reopen'):step>", methods=["POST"])
    @page_access("can_work")
    def step(self, pk: int, step: str) -> Response:
        """Make a move of the break; then the next one is on the desk."""
        following = self._following(pk)
        found, move = get(ReconBreak, pk), BREAK_FLOW[step]
        try:
            answers = answers_of(move, {**request.form, "reason": self._reason()})
            confirm_amount(move, [found], request.form)
            make_move(ReconBreak, pk, step, actor=self.actor, now=clock.now(), **answers)
        except Refusal as refusal:
            if refusal.status == 404:
                raise
            db.session.rollback()
            return self._page(pk, refusal)
        self.say(str(DONE[step]) % {"what": found.label})
        return self._to(pk if step in STAYS else following)

    @expose("/<int:pk>/assign", methods=["POST"])
    @page_access("can_work")
    def assign(self, pk: int) -> Response:
        """Give the break to another person of finance."""
        chosen = request.form.get("person", "")
        person = next((each for each in staff_with_role("Finance") if str(each.id) == chosen), None)
        if person is None:
            return self._page(pk, Invalid(errors=[{"field": "person", "code": "required", "message": str(_l("选一个财务人员"))}]))
        found = assign(pk, person.id, actor=self.actor, now=clock.now())
        self.say(_("%(what)s 已交给 %(who)s", what=found.label, who=person.label))
        return self._to(pk)

    def _reason(self) -> str:
        return "；".join(filter(None, (request.form.get("usual", "").strip(), request.form.get("reason", "").strip())))[:200]

    def _place(self) -> dict[str, str]:
        """Where the desk stands: the day and the kind that were chosen."""
        return {name: value for name in ("day", "kind") if (value := request.args.get(name, ""))}

    def _to(self, pk: int | None) -> Response:
        return redirect(self.url("index", **self._place(), **({"break": pk} if pk else {})), 303)  # type: ignore[return-value]

    def _day(self) -> date | None:
        given = request.args.get("day", "")
        try:
            return date.fromisoformat(given) if given else None
        except ValueError as wrong:
            raise NotFound from wrong

    def _following(self, pk: int) -> int | None:
        """The break after this one that waits for somebody."""
        keys = [each.id for each in breaks_of_desk(self._day(), request.args.get("kind", "")) if each.waits]
        here = keys.index(pk) if pk in keys else -1
        return next(iter([*keys[here + 1:], *(key for key in keys[:max(here, 0)])]), None)

    def _chosen(self, breaks: Sequence[ReconBreak]) -> ReconBreak | None:
        given = request.args.get("break", "")
        if given:
            if not (given.isascii() and given.isdecimal() and len(given) < 19):
                raise NotFound
            return get(ReconBreak, int(given))
        return next(iter(breaks), None)

    def _page(self, pk: int | None = None, refusal: Refusal | None = None) -> Response:
        day, kind = self._day(), request.args.get("kind", "")
        kind = kind if kind in BREAKS else ""
        breaks, now = breaks_of_desk(day, kind), clock.now()
        chosen = get(ReconBreak, pk) if pk else self._chosen(breaks)
        compared = day_of_desk(day)
        return self.render(
            "reconciliation/desk.html", refusal.status if refusal else 200, breaks=breaks, found=chosen, day=day, kind=kind, compared=compared,
            kinds=kinds_of(day), names=BREAKS, totals=totals_of(day), ages=ageing(now), flow=BREAK_FLOW, correction_flow=CORRECTION_FLOW,
            today=business_day(now), refusal=refusal,
            errors={each["field"]: each["message"] for each in refusal.errors} if refusal else {}, place=self._place(),
            day_before=(day or business_day(now)) - timedelta(days=1), day_after=day + timedelta(days=1) if day else None,
            day_page=page_link(ReconDayView, compared.id) if compared else None,
            upload_page=view_url(ReconDayView, "add") if may(ReconDayView, "add") else None, person_named=person_named,
            days_old=lambda each: (business_day(now) - business_day(each.created_at)).days + 1,
            **(self._shown(chosen) if chosen else {}),
        )

    def _shown(self, found: ReconBreak) -> dict[str, Any]:
        """Everything about the break on the desk."""
        view = {"payment": PaymentView, "refund": RefundView}.get(found.record_kind)
        notices: Sequence[ChannelNotice] = notices_about(found.our_number) if may(NoticeView, "show") else ()
        steps = [each for each in BREAK_FLOW.open_moves(found, self.actor.roles) if each.name in STEPS] if self.may("work") else []
        return {
            "sides": sides(found), "planned": planned(found), "timeline": timeline_of(found), "steps": {each.name for each in steps},
            "bill_page": page_link(BillView, found.bill_id),
            "record_page": page_link(view, found.record_id) if view else None,
            "notices": [(each, view_url(NoticeView, "show", pk=each.id)) for each in notices],
            "correction_page": lambda each: view_url(CorrectionView, "show", pk=each.id),
            "break_page": view_url(BreakView, "show", pk=found.id), "reasons": REASONS.get(found.kind, ()),
            "own": is_maker(found.proposed_by, self.actor), "people": staff_with_role("Finance") if self.may("work") and found.waits else (),
            "corrections": corrections_of(found) if may(CorrectionView, "show") else (),
            "following": self._following(found.id), "day_of": get(ReconDay, found.day_id),
        }
