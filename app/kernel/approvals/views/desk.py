"""The review desk: queue, papers, data and decision side by side; made for a hundred cases a day and the keyboard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.core.periods import business_day, day_start
from app.framework.console.columns import Difference
from app.framework.console.page import Page, expose, page_access
from app.framework.console.refused import take_back, version_given
from app.framework.console.timeline import timeline_of
from app.framework.database import get
from app.kernel.approvals.models import Case
from app.kernel.approvals.operations.reviewing import claim_case, claim_next, decide, release_case, reveal
from app.kernel.approvals.queries import decided_since, held_count, reasons_for, waiting_badge, waiting_queue
from app.kernel.approvals.reviewables import Paper, reviewable, reviewables, title_of
from app.kernel.approvals.rules import changed_names, is_free, minutes_left
from app.kernel.files.links import signed_link

DECISIONS = {"approve": _l("已通过：%(what)s"), "ask": _l("已要求补件：%(what)s"), "reject": _l("已驳回：%(what)s")}


PURPOSES = {"review": _l("首审"), "sample": _l("抽查"), "appeal": _l("申诉")}


def marked(text: Any, words: list[str]) -> Markup:
    """The text with risk words marked; everything else is escaped."""
    if not words:
        return escape(text)
    pattern = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)
    parts = (Markup("<mark>{}</mark>").format(part) if pattern.fullmatch(part) else escape(part) for part in _cut(pattern, str(text)))
    return Markup("").join(parts)


def _cut(pattern: re.Pattern[str], text: str) -> list[str]:
    """The text cut at every hit, hits included."""
    places = [place for hit in pattern.finditer(text) for place in hit.span()]
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True) if start != end]


def time_left(case: Case) -> dict[str, Any]:
    """The clock of a case: its words and tone."""
    left = minutes_left(case.due_at, clock.now())
    hours, minutes = divmod(abs(left), 60)
    words = _("%(hours)d 小时 %(minutes)d 分", hours=hours, minutes=minutes) if hours else _("%(minutes)d 分钟", minutes=minutes)
    tone = "bad" if left < 0 else "wait" if left <= 60 else ""
    return {"late": left < 0, "tone": tone, "text": _("超 %(time)s", time=words) if left < 0 else _("剩 %(time)s", time=words)}


class ReviewDesk(Page):
    """`/review`: one queue for everything that waits for a decision."""

    name = "approvals.desk"
    route_base = "/review"
    title = _l("审核台")
    icon = "shield"
    words = {"index": _l("审核")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The queue, and the case in hand or first in line; `?case=` another one, `?mine=1` only one's own, `?kind=` one kind."""
        return self._page(self._chosen())

    def _chosen(self) -> Case | None:
        given = request.args.get("case", "")
        if given:
            if not (given.isascii() and given.isdecimal() and len(given) < 19):
                raise NotFound
            return get(Case, int(given))
        mine = waiting_queue(self.actor, mine=True)
        return mine[0] if mine else None

    @expose("/next", methods=["POST"])
    @page_access("can_index")
    def next(self) -> Response:
        """Take the most urgent case that nobody has."""
        case = claim_next(actor=self.actor, now=clock.now())
        if case is None:
            return self.done(_("队列空了，没有要审的"), "ReviewDesk.index")
        return redirect(self.url("index", case=case.id), 303)  # type: ignore[return-value]

    @expose("/<int:pk>/claim", methods=["POST"])
    @page_access("can_index")
    def claim(self, pk: int) -> Response:
        """Take this case."""
        claim_case(pk, actor=self.actor, now=clock.now())
        return redirect(self.url("index", case=pk), 303)  # type: ignore[return-value]

    @expose("/<int:pk>/release", methods=["POST"])
    @page_access("can_index")
    def release(self, pk: int) -> Response:
        """Give this case back."""
        release_case(pk, actor=self.actor, now=clock.now())
        return self.done(_("已放回队列"), "ReviewDesk.index")

    @expose("/<int:pk>/reveal", methods=["POST"])
    @page_access("can_index")
    def reveal(self, pk: int) -> Response:
        """The case with what is masked in full, this once; noted in the audit."""
        full = reveal(pk, actor=self.actor, now=clock.now())
        return self._page(get(Case, pk), full=full)

    @expose("/<int:pk>/decide", methods=["POST"])
    @page_access("can_index")
    def decide(self, pk: int) -> Response:
        """Approve, ask, or reject; then the next case, claimed."""
        decision = request.form.get("decision", "")
        if decision not in DECISIONS:
            raise Invalid
        codes = tuple(dict.fromkeys(request.form.getlist("code")))
        try:
            case = decide(
                pk, decision, reason="" if decision == "approve" else self._reason(pk, codes), codes=codes, actor=self.actor, now=clock.now(),
                version=version_given(request.form),
            )
        except Refusal as refusal:
            take_back(refusal)
            return self._page(get(Case, pk), refusal=refusal)
        self.say(str(DECISIONS[decision]) % {"what": case.subject_label})
        following = claim_next(actor=self.actor, now=clock.now())
        return redirect(self.url("index", **({"case": following.id} if following else {})), 303)  # type: ignore[return-value]

    def _reason(self, pk: int, codes: tuple[str, ...]) -> str:
        """What the applicant reads: the chosen sentences of the library, then what was written."""
        chosen = [each.sentence for each in reasons_for(get(Case, pk).kind) if each.code in codes]
        return "；".join([*chosen, *filter(None, (request.form.get("reason", "").strip(),))])[:500]

    def _page(self, case: Case | None, refusal: Refusal | None = None, full: Mapping[str, str] | None = None) -> Response:
        mine, kind = request.args.get("mine") == "1", request.args.get("kind", "")
        queue, now = waiting_queue(self.actor, mine=mine, kind=kind), clock.now()
        return self.render(
            "approvals/desk.html", refusal.status if refusal else 200, queue=queue, case=case, mine=mine, kind=kind, refusal=refusal,
            waiting=waiting_badge(self.actor), held=held_count(self.actor), decided=decided_since(self.actor, day_start(business_day(now))),
            time_left=time_left, title_of=title_of, purposes=PURPOSES, kinds=[(each.kind, each.title) for each in reviewables().values()],
            is_free=self._is_free,
            **self._shown(case, full or {}),
        )

    def _is_free(self, case: Case) -> bool:
        return case.status == "waiting" or is_free(case.claimed_by, case.claimed_until, self.actor.id, clock.now())

    def _shown(self, case: Case | None, full: Mapping[str, str]) -> dict[str, Any]:
        """Everything about the case on the desk."""
        if case is None or case.kind not in reviewables():
            return {"shown": None}
        found = reviewable(case.kind)
        shown, labels = found.shown(case), found.labels(case)
        changes = [Difference(labels.get(name, name), _marked_or_none(case.previous.get(name), case), _marked_or_none(case.snapshot.get(name), case))
                   for name in changed_names(case.previous, case.snapshot)]
        chosen = request.args.get("paper", "0")
        number = int(chosen) if chosen.isascii() and chosen.isdecimal() and int(chosen) < len(shown.papers) else 0
        return {
            "shown": shown, "changes": changes, "paper": shown.papers[number] if shown.papers else None, "paper_number": number,
            "address_of": self._address, "marked": lambda text: marked(text, case.words), "full": full,
            "can_ask": found.ask is not None and case.purpose != "sample",
            "can_reveal": found.reveal is not None, "reasons": reasons_for(case.kind), "timeline": timeline_of(case),
            "in_hand": case.status == "claimed" and case.claimed_by == self.actor.id, "subject_url": found.link(case) if found.link else None,
        }

    def _address(self, paper: Paper) -> str:
        return signed_link(paper.file, self.actor, now=clock.now()) if paper.file else paper.address


def _marked_or_none(value: Any, case: Case) -> Any:
    return marked(value, case.words) if value not in (None, "") else None


def desk_address(case: Case) -> str:
    """The case on the desk."""
    return url_for("ReviewDesk.index", case=case.id)
