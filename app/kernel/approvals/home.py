"""Home cards: what waits for reviewers, and what a merchant's papers need."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.periods import business_day, local
from app.framework.console.formats import duration
from app.framework.console.home import Chart, Figure, HomeCard, SpanCard, TodoItem, Tone
from app.framework.console.spans import Span, growth, span_named
from app.framework.settings import value_of
from app.kernel.approvals.models import Application
from app.kernel.approvals.queries import applications_on_the_way, decided_by_day, held_count, pressing_documents, reviewed_between, waiting_count
from app.kernel.approvals.reviewables import trade_of
from app.kernel.parties.roles import RUNNERS

TONES: dict[str, Tone] = {"rejected": "bad", "submitted": ""}


class ReviewCard(HomeCard):
    """Cases that wait, and how old the oldest is."""

    name = "approvals.waiting"
    roles = frozenset({"Reviewer", "Operator", "Admin"})
    title = _l("要审的")
    order = 12
    span = 5
    link_label = _l("去审核台")
    endpoint = "ReviewDesk.index"

    def load(self, actor: Actor, now: datetime) -> list[TodoItem]:
        """Late ones first, then the others, then those in one's own hands."""
        count, overdue, oldest = waiting_count(actor, now)
        desk = url_for("ReviewDesk.index")
        items = []
        if overdue:
            items.append(TodoItem(overdue, _("审核已超时"), _("超过承诺时间，先审这些"), desk, _("去审"), tone="bad"))
        if count > overdue and oldest:
            items.append(TodoItem(count - overdue, _("等审核"), _("最早 %(time)s 提交", time=f"{local(oldest):%m-%d %H:%M}"), desk, _("去审")))
        held = held_count(actor)
        if held:
            note = _("%(count)s 分钟不决定会放回队列", count=value_of("approvals.claim_minutes"))
            items.append(TodoItem(held, _("审核在你手里"), note, url_for("ReviewDesk.index", mine=1), _("接着审")))
        return items


class ReviewedCard(SpanCard):
    """What reviewers decided: how much, how fast, how much of it late."""

    name = "approvals.reviewed"
    roles = frozenset({"Reviewer", "Operator", "Admin"})
    kind = "figures"
    title = _l("审核情况")
    span = 12
    order = 45

    def load_span(self, actor: Actor, span: Span) -> list[Figure]:
        """Against the stretch before."""
        present, before = reviewed_between(span.begins, span.ends), reviewed_between(*span.earlier())
        note, decided = span.against if before.decided else span.nothing_before, url_for("CaseView.list", decided_at=span.name)
        share = f"{present.approved * 100 // present.decided} %" if present.decided else "—"
        return [
            Figure(_("审完"), f"{present.decided:,}", decided, unit=_("件"), note=note, change=growth(present.decided, before.decided)),
            Figure(_("通过率"), share, url_for("CaseView.list", decided_at=span.name, view="approved")),
            Figure(_("用时中位数"), duration(present.minutes * 60), decided, note=note, change=growth(present.minutes, before.minutes), more_is_better=False),
            Figure(_("超时审完"), f"{present.late:,}", decided, unit=_("件"), note=note, change=growth(present.late, before.late), more_is_better=False),
        ]


class ReviewChart(SpanCard):
    """Cases decided by day; a week of them when the reader looks at today."""

    name = "approvals.chart"
    roles = frozenset({"Reviewer"})
    kind = "chart"
    title = _l("每天审完")
    span = 7
    order = 46

    def load_span(self, actor: Actor, span: Span) -> Chart:
        """Beside the stretch before."""
        span = span_named("7d", span.ends) if span.hourly else span
        present, before = decided_by_day(span.begins, span.ends), decided_by_day(*span.earlier())
        first = business_day(span.begins)
        stretch = [first + timedelta(days=number) for number in range(span.back.days)]
        lines = ((span.label, [present.get(day, 0) for day in stretch]), (span.earlier_label, [before.get(day - span.back, 0) for day in stretch]))
        return Chart([f"{day:%m-%d}" for day in stretch], lines, unit=_("件"))


class PapersCard(HomeCard):
    """Applications that wait for the merchant, documents that expire."""

    name = "approvals.papers"
    roles = RUNNERS
    title = _l("入驻和证照")
    order = 30

    def load(self, actor: Actor, now: datetime) -> list[TodoItem] | None:
        """What needs doing; nothing hides the card."""
        if actor.merchant_id is None:
            return None
        items = [self._application(each) for each in applications_on_the_way(actor.merchant_id)]
        expiring, expired = pressing_documents(actor.merchant_id)
        if expired:
            where = url_for("DocumentView.list", tab="expired")
            items.append(TodoItem(expired, _("证照已过期"), _("门店已下架，换新证后恢复"), where, _("换新证"), tone="bad"))
        if expiring:
            note = _("%(count)s 天内到期，过期会下架", count=value_of("approvals.warn_days"))
            items.append(TodoItem(expiring, _("证照快到期"), note, url_for("DocumentView.list", tab="expiring"), _("换新证")))
        return items or None

    @staticmethod
    def _application(application: Application) -> TodoItem:
        """One application: a draft to finish, a question to answer, a refusal to mend, an answer to come."""
        manifest = trade_of(application.trade)
        title = {
            "draft": _("入驻申请没填完"), "asked": _("审核员要补件"), "rejected": _("入驻申请未通过"), "submitted": _("入驻申请审核中"),
        }[application.status]
        note = application.reason or (str(manifest.title) if manifest else application.trade)
        address = url_for("ApplicationPage.show", trade=application.trade)
        action = _("看进度") if application.status == "submitted" else _("去处理")
        return TodoItem(1, title, note, address, action, tone=TONES.get(application.status, "wait"))
