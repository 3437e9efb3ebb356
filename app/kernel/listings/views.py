"""Reports in the console."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.view import ConsoleView
from app.kernel.listings.kinds import listing_kinds
from app.kernel.listings.models import REASONS, ListingReport
from app.kernel.listings.queries import reports_of
from app.kernel.parties.filters import MERCHANT_FILTER


def _page(report: ListingReport) -> str | None:
    kind = listing_kinds().get(report.kind)
    return kind.link(report.subject_id) if kind and kind.link else None


def _others(report: ListingReport) -> list[ListingReport]:
    return [each for each in reports_of(report.kind, report.subject_id) if each.id != report.id]


class ListingReportView(ConsoleView):
    """What customers say should not be on sale."""

    name = "listings.reports"
    route_base = "/reports-of-listings"
    model = ListingReport
    title = _l("举报")
    singular = _l("举报")
    subtitle = _l("顾客举报的在售内容：属实就送回重审并马上下架，商户看不到是谁举报的")
    measure = _l("条")
    icon = "flag"
    key_prefix = "JB"
    search_columns = ("subject_label", "words")
    search_hint = _l("被举报的名称、举报内容")
    list_columns = (
        Column("number", _l("举报号"), link=True),
        Column("subject_label", _l("举报什么"), to=_page),
        Column("reason", _l("原因"), kind="choice", choices=REASONS),
        Column("merchant.name", _l("商户"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("reported_at", _l("举报时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), ChoiceFilter("reason", _l("原因"), choices=REASONS), DateFilter("reported_at", _l("举报时间")), MERCHANT_FILTER)
    tabs = (
        Tab("open", _l("待处理"), urgent=True, status="open"), Tab("upheld", _l("属实"), status="upheld"),
        Tab("dismissed", _l("不属实"), status="dismissed"),
    )
    order = "-id"
    facts = (
        Column("subject_label", _l("举报什么"), to=_page),
        Column("merchant.name", _l("商户")),
        Column("reason", _l("原因"), kind="choice", choices=REASONS),
        Column("reported_at", _l("举报时间"), kind="when"),
        Column("customer.name", _l("举报人")),
        Column("words", _l("举报人的话"), wide=True),
        Column("decided_by", _l("处理人")),
        Column("decided_at", _l("处理时间"), kind="when"),
        Column("answer", _l("处理说明"), wide=True),
    )
    sections = (
        Section(
            _l("对它的其他举报"), rows=_others, name="others", when=lambda report: bool(_others(report)),
            columns=(
                Column("number", _l("举报号")), Column("reason", _l("原因"), kind="choice", choices=REASONS), Column("words", _l("举报人的话")),
                Column("status", _l("状态"), kind="state"), Column("reported_at", _l("举报时间"), kind="when"),
            ),
        ),
    )
    empty_title = _l("没有举报")
    empty_text = _l("顾客在小程序里举报在售的内容后，会出现在这里")
