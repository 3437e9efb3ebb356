"""Corrections of reconciliation: what one person says was matched or settled wrongly, and another agrees to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import DataRequired, Length

from app.core.actors import Actor
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import ChoiceFilter
from app.framework.console.view import ConsoleView, page_link
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.payments.views import BillView, PaymentView, RefundView
from app.kernel.reconciliation.models import ReconCorrection
from app.kernel.reconciliation.models.corrections import CORRECTIONS
from app.kernel.reconciliation.operations.correcting import propose_parting
from app.kernel.reconciliation.views.days import GROUP, BreakView, ReconDayView


class PartingForm(FlaskForm):
    """Which matched line is wrong, and why."""

    day = DateField(_l("账单日"), validators=[DataRequired(_l("选账单日"))])
    number = StringField(
        _l("单号"), validators=[DataRequired(_l("填写单号")), Length(max=64)], description=_l("账单那一行的：我们的单号或者渠道单号"),
    )
    reason = StringField(_l("原因"), validators=[DataRequired(_l("写明为什么不是同一笔")), Length(max=200)])


def _part(*, day: date, number: str, reason: str, actor: Actor, now: datetime) -> ReconCorrection:
    return propose_parting(day, number, reason=reason, actor=actor, now=now)


def _record_page(correction: ReconCorrection) -> str | None:
    view = {"payment": PaymentView, "refund": RefundView}.get(correction.kind)
    return page_link(view, correction.record_id) if view else None


class CorrectionView(ConsoleView):
    """Pairs taken apart, sides matched by hand, breaks opened again."""

    name = "reconciliation.corrections"
    route_base = "/reconciliation/corrections"
    model = ReconCorrection
    title = _l("对账更正")
    subtitle = _l("对错了的拆开，本是同一笔的对上，处理错的差异重开；一个人提出，另一个人复核")
    singular = _l("对账更正")
    measure = _l("条")
    icon = "refresh"
    group = GROUP
    list_columns = (
        Column("label", _l("更正"), link=True, value=lambda each: each.label),
        Column("status", _l("状态"), kind="state"),
        Column("day.day", _l("账单日"), kind="day", to=lambda each: page_link(ReconDayView, each.day_id)),
        Column("amount", _l("金额"), kind="money", total=True),
        PROPOSER,
        Column("reason", _l("原因"), phone=False),
        Column("created_at", _l("提出时间"), kind="when", sort=True, phone=False),
    )
    search_columns = ("our_number", "channel_number")
    search_hint = _l("单号、渠道单号")
    filters = (ChoiceFilter("status", _l("状态")), ChoiceFilter("what", _l("更正"), choices=CORRECTIONS))
    tabs = (Tab("draft", _l("待批准"), urgent=True, status="draft"), Tab("approved", _l("已批准"), status=("approved", "ended")))
    order = "-id"
    facts = (
        Column("amount", _l("金额"), kind="money", big=True),
        Column("what", _l("更正"), kind="choice", choices=CORRECTIONS),
        Column("day.day", _l("账单日"), kind="day", to=lambda each: page_link(ReconDayView, each.day_id)),
        Column("row", _l("账单第几行"), kind="count", to=lambda each: page_link(BillView, each.bill_id)),
        Column("our_number", _l("我们的单号"), kind="ref", to=_record_page),
        Column("channel_number", _l("渠道单号"), kind="ref"),
        Column("settled.number", _l("差异"), to=lambda each: page_link(BreakView, each.break_id)),
        Column("other.number", _l("另一条差异"), to=lambda each: page_link(BreakView, each.other_id)),
        PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    add_label = _l("拆开一对")
    create_label = _l("提出")
    form_note = _l("另一个人批准以后，两边各成一条差异，可以重新对上；已签字的日子和已关账的月份不能改")
    form: Any = PartingForm
    create = staticmethod(_part)
    empty_title = _l("没有更正过")
    empty_text = _l("对错了的可以在这里拆开；差异页上可以和另一条对上，或者重开已了结的")
