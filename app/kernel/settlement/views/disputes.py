"""Disputes of statements: the merchant says what is missing, finance answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.actors import Actor
from app.extensions import db
from app.framework.console.columns import Column, Tab
from app.framework.console.fields import MoneyField
from app.framework.console.filters import ChoiceFilter, PartyFilter
from app.framework.console.view import ConsoleView, page_link
from app.kernel.files.presenting import file_address
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.settlement.models import Dispute, Statement
from app.kernel.settlement.operations.disputes import open_dispute
from app.kernel.settlement.presenting import person
from app.kernel.settlement.views.statements import StatementView


class DisputeForm(FlaskForm):
    """What is wrong, and how much is missing."""

    statement_id = SelectField(_l("账单"), coerce=int)
    order_number = StringField(_l("订单号"), validators=[Length(max=24)], description=_l("哪个订单算错了；整份账单有问题就不填"))
    claimed = MoneyField(_l("少算了多少"), validators=[InputRequired(_l("填写金额"))])
    reason = TextAreaField(_l("哪里不对"), validators=[DataRequired(_l("写明哪里不对")), Length(max=300)])
    evidence = FileField(_l("凭证"), description=_l("照片或 PDF，可以不传"))


def given_file(file: FileStorage | None) -> tuple[Any, str] | None:
    """The stream and name of a file that was chosen; None when none was."""
    return (file.stream, file.filename) if file and file.filename else None


def _open(*, statement_id: int, evidence: FileStorage | None, actor: Actor, now: datetime, **values: Any) -> Dispute:
    return open_dispute(statement_id, evidence=given_file(evidence), actor=actor, now=now, **values)


def _statement_page(dispute: Dispute) -> str | None:
    return page_link(StatementView, dispute.statement_id)


class DisputeView(ConsoleView):
    """Disputes."""

    name = "settlement.disputes"
    route_base = "/statement-disputes"
    model = Dispute
    title = _l("账单异议")
    subtitle = _l("商户确认账单时提出；补款由两个人决定，进下一份账单，原账单不改")
    singular = _l("账单异议")
    measure = _l("条")
    icon = "alert"
    add_label = _l("提出异议")
    create_label = _l("提交异议")
    form_note = _l("提交后这份账单先不付款，等平台答复")
    search_columns = ("number", "order_number", "reason")
    search_hint = _l("异议号、订单号、原因")
    list_columns = (
        Column("number", _l("异议号"), link=True),
        Column("merchant.name", _l("商户")),
        Column("status", _l("状态"), kind="state"),
        Column("order_number", _l("订单号"), phone=False),
        Column("claimed", _l("少算了"), kind="money", sort=True, total=True),
        Column("granted", _l("补款"), kind="money", total=True, strong=True),
        Column("created_at", _l("提出时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER, PartyFilter("statement_id", _l("账单")))
    tabs = (
        Tab("open", _l("待答复"), urgent=True, status="open"),
        Tab("proposed", _l("待复核"), urgent=True, status="proposed"),
        Tab("closed", _l("已答复"), status=("upheld", "rejected", "withdrawn")),
    )
    facts = (
        Column("claimed", _l("少算了"), kind="money", big=True),
        Column("granted", _l("补款"), kind="money", big=True),
        Column("statement.number", _l("账单"), to=_statement_page),
        Column("order_number", _l("订单号")),
        Column("merchant.name", _l("商户")),
        Column("opened_by", _l("提出人"), value=lambda dispute: person(dispute.opened_by)),
        Column("proposed_by", _l("答复人"), value=lambda dispute: person(dispute.proposed_by)),
        Column("approved_by", _l("复核人"), value=lambda dispute: person(dispute.approved_by)),
        Column("evidence_id", _l("凭证"), value=lambda found: _l("查看") if found.evidence_id else "", to=lambda found: file_address(found.evidence_id)),
        Column("reason", _l("哪里不对"), wide=True),
        Column("answer", _l("答复"), wide=True),
    )
    form = DisputeForm
    create = staticmethod(_open)
    empty_title = _l("没有异议")
    empty_text = _l("商户在确认期内对账单有不同意见时，会出现在这里")

    def make_form(self, record: Any = None) -> Any:
        """The form with the statements that can still be disputed; `?statement=` chooses one."""
        form = DisputeForm()
        open_ones = select(Statement).where(Statement.status.in_(("confirming", "disputed"))).order_by(Statement.id.desc()).limit(50)
        form.statement_id.choices = [(each.id, each.number) for each in db.session.scalars(open_ones)]
        wanted = request.args.get("statement", "")
        if request.method == "GET" and wanted.isdecimal():
            form.statement_id.data = int(wanted)
        return form

