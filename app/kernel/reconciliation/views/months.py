"""Months of reconciliation: what is missing before one can be closed, and who closed it."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.extensions import db
from app.framework.console.columns import Column, Lead, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.view import ConsoleView, page_link
from app.kernel.governance.presenting import person_named
from app.kernel.reconciliation.models import ReconDay, ReconMonth
from app.kernel.reconciliation.queries import Missing, missing_days
from app.kernel.reconciliation.views.days import GROUP, ReconDayView


def _day_page(missing: Missing) -> str | None:
    return page_link(ReconDayView, missing.day_id)


class ReconMonthView(ConsoleView):
    """Months, each closed by two people when all its days are signed."""

    name = "reconciliation.months"
    route_base = "/reconciliation/months"
    model = ReconMonth
    title = _l("对账关账")
    subtitle = _l("一个月的每一天都签了字，由两个人关账；关账以后不能再改")
    singular = _l("对账月")
    measure = _l("个月")
    icon = "lock"
    group = GROUP
    list_columns = (
        Column("label", _l("月份"), link=True),
        Column("status", _l("状态"), kind="state"),
        Column("missing", _l("没签字的天数"), kind="count", value=lambda month: len(missing_days(month)), export=False),
        Column("proposed_by", _l("提出人"), value=lambda month: person_named(month.proposed_by), phone=False),
        Column("closed_by", _l("复核人"), value=lambda month: person_named(month.closed_by), phone=False),
        Column("closed_at", _l("关账时间"), kind="when", phone=False),
    )
    filters = (ChoiceFilter("status", _l("状态")), DateFilter("month", _l("月份"), days=True))
    tabs = (
        Tab("open", _l("未关账"), status="open"), Tab("proposed", _l("待复核"), urgent=True, status="proposed"),
        Tab("closed", _l("已关账"), status="closed"),
    )
    order = "-month"
    facts = (
        Column("label", _l("月份"), big=True),
        Column("account_number", _l("收款商户号"), kind="ref"),
        Column("proposed_by", _l("提出人"), value=lambda month: person_named(month.proposed_by)),
        Column("closed_by", _l("复核人"), value=lambda month: person_named(month.closed_by)),
        Column("closed_at", _l("关账时间"), kind="when"),
    )
    sections = (
        Section(
            _l("还差什么"), rows=missing_days, when=lambda month: month.status != "closed",
            note=_l("有账单或有收付的每一天都要签字"),
            columns=(Column("day", _l("账单日"), kind="day", to=_day_page), Column("why", _l("差在哪里"))),
        ),
    )
    exports = False
    empty_title = _l("还没有可以关账的月份")
    empty_text = _l("比对过第一天以后，那个月会出现在这里")


def month_of_day(day: ReconDay) -> Iterator[Lead]:
    """The month that the day belongs to."""
    mine = ReconMonth.account_number == day.account_number, ReconMonth.month == day.day.replace(day=1)
    month = db.session.scalars(select(ReconMonth).where(*mine)).one_or_none()
    if month is not None and (address := page_link(ReconMonthView, month.id)):
        yield Lead(ReconMonthView.singular, month.label, address)
