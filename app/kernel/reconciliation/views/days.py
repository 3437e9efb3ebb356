"""Days of reconciliation and their breaks: every line of the bill beside ours, what differs, who settles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Response, redirect, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import SelectField

from app.core import clock
from app.core.actors import Actor
from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.page import expose, page_access
from app.framework.console.view import ConsoleView, page_link
from app.kernel.payments.views import BILL_KINDS, BillForm, BillView, PaymentView, RefundView, content_of
from app.kernel.reconciliation.models import ReconBreak, ReconDay
from app.kernel.reconciliation.operations.comparing import compare_day, upload_bill
from app.kernel.reconciliation.rules.words import BREAKS

GROUP = _l("财务")


@dataclass(frozen=True)
class Side:
    """A line of the comparison: what it counts, what the channel says, what we booked, in fen."""

    title: Any
    theirs: int
    ours: int

    @property
    def difference(self) -> int:
        """The channel's less ours."""
        return self.theirs - self.ours


def _sides(record: ReconDay) -> Sequence[Side]:
    return Side(_l("收款"), record.theirs_in, record.ours_in), Side(_l("退款"), record.theirs_out, record.ours_out)


def _in_fund_bill(record: ReconDay) -> str | None:
    return page_link(BillView, record.fund_bill_id)


def _desk_page(found: ReconBreak) -> str:
    return url_for("ReconDesk.index", **{"break": found.id})


def _record_page(found: ReconBreak) -> str | None:
    view = {"payment": PaymentView, "refund": RefundView}.get(found.record_kind)
    return page_link(view, found.record_id) if view else None


def _bill_page(record: ReconDay) -> str | None:
    return page_link(BillView, record.bill_id)


def _file_page(found: ReconBreak) -> str | None:
    return page_link(BillView, found.bill_id)


def _day_page(found: ReconBreak) -> str | None:
    return page_link(ReconDayView, found.day_id)


class BreakView(ConsoleView):
    """What differs between the channel and us."""

    name = "reconciliation.breaks"
    route_base = "/reconciliation/breaks"
    model = ReconBreak
    title = _l("对账差异")
    subtitle = _l("一个人提出处理，另一个人复核；没了结的差异都记在对账挂账里")
    singular = _l("差异")
    measure = _l("条")
    icon = "alert"
    group = GROUP
    list_columns = (
        Column("number", _l("差异号"), link=True),
        Column("kind", _l("差异"), kind="choice", choices=BREAKS),
        Column("day.day", _l("账单日"), kind="day", to=_day_page),
        Column("status", _l("状态"), kind="state"),
        Column("our_number", _l("我们的单号"), kind="ref", phone=False),
        Column("theirs", _l("渠道"), kind="money", phone=False),
        Column("ours", _l("我们"), kind="money", phone=False),
        Column("effect", _l("差额"), kind="money", total=True, strong=True),
        Column("due_on", _l("最晚处理"), kind="day", sort=True, phone=False),
    )
    search_columns = ("number", "our_number", "channel_number")
    search_hint = _l("差异号、单号、渠道单号")
    filters = (ChoiceFilter("status", _l("状态")), ChoiceFilter("kind", _l("差异"), choices=BREAKS), DateFilter("due_on", _l("最晚处理"), days=True))
    tabs = (
        Tab("open", _l("待查"), urgent=True, status=("open", "investigating")),
        Tab("proposed", _l("待复核"), urgent=True, status="proposed"),
        Tab("closed", _l("已了结"), status="closed"),
    )
    order = "-id"
    facts = (
        Column("effect", _l("差额"), kind="money", big=True),
        Column("kind", _l("差异"), kind="choice", choices=BREAKS),
        Column("day.day", _l("账单日"), kind="day", to=_day_page),
        Column("row", _l("账单第几行"), kind="count", to=_file_page),
        Column("our_number", _l("我们的单号"), kind="ref", to=_record_page),
        Column("channel_number", _l("渠道单号"), kind="ref"),
        Column("theirs", _l("渠道记的金额"), kind="money"),
        Column("ours", _l("我们记的金额"), kind="money"),
        Column("outcome", _l("处理"), wide=True),
        Column("explanation", _l("原因"), wide=True),
        Column("due_on", _l("最晚处理"), kind="day"),
        Column("closed_at", _l("了结时间"), kind="when"),
    )
    record_actions = (Action(_l("到对账台处理"), "BreakView.on_desk", "on_desk", icon="check", primary=True, when=lambda found: found.waits),)
    words = {"on_desk": _l("到对账台处理")}
    empty_title = _l("没有差异")
    empty_text = _l("每天 10:40 和渠道账单逐笔比对；对不上的会出现在这里")

    @expose("/<int:pk>/desk")
    @page_access("can_on_desk")
    def on_desk(self, pk: int) -> Response:
        """The break on the desk."""
        return redirect(_desk_page(self.record(pk)))  # type: ignore[return-value]


class AnyBillForm(BillForm):
    """A bill of any kind that a person got from the channel."""

    kind = SelectField(_l("种类"), choices=list(BILL_KINDS.items()), default="trade")


def _upload(*, day: date, file: FileStorage, actor: Actor, now: datetime, kind: str) -> ReconDay:
    return upload_bill(day=day, content=content_of(file), actor=actor, now=now, kind=kind)


class ReconDayView(ConsoleView):
    """Days, each compared with the channel's bill."""

    name = "reconciliation.days"
    route_base = "/reconciliation"
    model = ReconDay
    title = _l("渠道对账")
    subtitle = _l("每天 10:15 取账单，10:40 逐笔比对；对平了由人签字")
    singular = _l("对账日")
    measure = _l("天")
    icon = "check"
    group = GROUP
    words = {"compare": _l("比对")}
    add_label = _l("上传账单")
    create_label = _l("导入并比对")
    form_note = _l("渠道没有自动取到的账单可以自己上传；导入过的日子不能换内容")
    list_columns = (
        Column("day", _l("账单日"), kind="day", link=True, sort=True),
        Column("status", _l("状态"), kind="state"),
        Column("lines", _l("账单行数"), kind="count", phone=False),
        Column("matched", _l("对上"), kind="count", phone=False),
        Column("theirs_in", _l("渠道收款"), kind="money", total=True),
        Column("ours_in", _l("我们收款"), kind="money", total=True, phone=False),
        Column("theirs_out", _l("渠道退款"), kind="money", total=True, phone=False),
        Column("ours_out", _l("我们退款"), kind="money", total=True, phone=False),
    )
    filters = (ChoiceFilter("status", _l("状态")), DateFilter("day", _l("账单日"), days=True))
    tabs = (Tab("open", _l("有差异"), urgent=True, status="open"), Tab("even", _l("等签字"), status="even"), Tab("signed", _l("已签字"), status="signed"))
    order = "-day"
    facts = (
        Column("day", _l("账单日"), kind="day", big=True),
        Column("account_number", _l("收款商户号"), kind="ref"),
        Column("lines", _l("账单行数"), kind="count", to=_bill_page),
        Column("matched", _l("对上"), kind="count"),
        Column("movements", _l("资金流水"), kind="count", to=_in_fund_bill),
        Column("moved", _l("流水对上"), kind="count"),
        Column("compared_at", _l("比对时间"), kind="when"),
        Column("signed_at", _l("签字时间"), kind="when"),
    )
    sections = (
        Section(
            _l("两边的数"), rows=_sides, note=_l("跨天的单子两边可能记在不同日子，逐笔对上就不算差异"),
            columns=(
                Column("title", _l("项目")), Column("theirs", _l("渠道账单"), kind="money"), Column("ours", _l("我们的记录"), kind="money"),
                Column("difference", _l("相差"), kind="money"),
            ),
        ),
    )
    related = (Related(BreakView, "day_id", _l("差异")),)
    record_actions = (Action(_l("再比对一次"), "ReconDayView.compare", "compare", icon="refresh", post=True, when=lambda day: day.status != "signed"),)
    form = AnyBillForm
    create = staticmethod(_upload)
    empty_title = _l("还没有对过账")
    empty_text = _l("有过支付的第二天 10:40 会比对第一天，也可以上传账单")

    @expose("/<int:pk>/compare", methods=["POST"])
    @page_access("can_compare")
    def compare(self, pk: int) -> Response:
        """Compare the day again, with what came since."""
        day = self.record(pk)
        compare_day(day.day, day.account_number, actor=self.actor, now=clock.now())
        return self.done(_l("已经比对过了"), "ReconDayView.show", pk=pk)
