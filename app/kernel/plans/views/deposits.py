"""Deposits of merchants, and fines that are taken from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import clock
from app.core.actors import Actor
from app.framework.console.columns import Action, Column, Related, Tab
from app.framework.console.fields import LookupField, MoneyField
from app.framework.console.filters import ChoiceFilter
from app.framework.console.page import expose, page_access
from app.framework.console.view import ConsoleView
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.queries import merchant_named
from app.kernel.plans.models import Deposit, Fine
from app.kernel.plans.operations.deposits import propose_fine, returns_at, top_up
from app.kernel.plans.presenting import file_address, person
from app.kernel.plans.queries import held_of, shortage_of


class FineForm(FlaskForm):
    """Whom, how much, why."""

    merchant_id = LookupField(
        _l("商户"), endpoint="/deposits/look-up/merchant_id", named=merchant_named, validators=[InputRequired(_l("选一个商户"))],
    )
    amount = MoneyField(_l("扣多少"), validators=[InputRequired(_l("写明扣多少"))])
    reason = TextAreaField(_l("原因"), validators=[DataRequired(_l("写明原因")), Length(max=300)], description=_l("违反了哪条规则，商户会看到"))
    evidence = FileField(_l("凭证"), description=_l("照片或 PDF"))


def _propose(*, evidence: FileStorage | None, actor: Actor, now: datetime, **values: Any) -> Fine:
    given = (evidence.stream, evidence.filename or "") if evidence and evidence.filename else None
    return propose_fine(evidence=given, actor=actor, now=now, **values)  # type: ignore[arg-type]


class FineView(ConsoleView):
    """Fines."""

    name = "plans.fines"
    route_base = "/fines"
    model = Fine
    title = _l("保证金扣罚")
    subtitle = _l("一个人提出，另一个人批准，申诉由第三个人处理")
    singular = _l("扣罚")
    measure = _l("笔")
    icon = "alert"
    add_label = _l("提出扣罚")
    create_label = _l("提出")
    form_note = _l("另一个人批准后才从保证金扣，商户可以申诉")
    search_columns = ("number", "reason")
    search_hint = _l("扣罚号、原因")
    list_columns = (
        Column("number", _l("扣罚号"), link=True, sub="reason"),
        Column("merchant.name", _l("商户")),
        Column("status", _l("状态"), kind="state"),
        Column("amount", _l("金额"), kind="money", sort=True, total=True, strong=True),
        Column("created_at", _l("提出时间"), kind="when", sort=True),
    )
    facts = (
        Column("amount", _l("金额"), kind="money", big=True),
        Column("merchant.name", _l("商户")),
        Column("made_by", _l("提出人"), value=lambda fine: person(fine.made_by)),
        Column("approved_by", _l("批准人"), value=lambda fine: person(fine.approved_by)),
        Column("imposed_at", _l("扣罚时间"), kind="when"),
        Column("decided_by", _l("申诉处理人"), value=lambda fine: person(fine.decided_by)),
        Column("evidence_id", _l("凭证"), value=lambda fine: _l("查看") if fine.evidence_id else "", to=lambda fine: file_address(fine.evidence_id)),
        Column("reason", _l("原因"), wide=True),
        Column("appeal", _l("申诉"), wide=True),
        Column("answer", _l("答复"), wide=True),
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER)
    tabs = (
        Tab("proposed", _l("待批准"), urgent=True, status="proposed"), Tab("appealed", _l("申诉中"), urgent=True, status="appealed"),
        Tab("imposed", _l("已扣罚"), status=("imposed", "upheld")),
    )
    form = FineForm
    create = staticmethod(_propose)
    empty_title = _l("没有扣罚")
    empty_text = _l("商户违规时从保证金里扣的钱会列在这里")


def _returns(deposit: Deposit) -> Any:
    if deposit.status != "leaving":
        return None
    return returns_at(deposit)


class DepositView(ConsoleView):
    """Deposits."""

    name = "plans.deposits"
    route_base = "/deposits"
    model = Deposit
    title = _l("保证金")
    subtitle = _l("商户缴的保证金：在账多少、缺多少、什么时候退")
    singular = _l("保证金")
    measure = _l("份")
    icon = "shield"
    words = {"pay": _l("补缴保证金")}
    list_columns = (
        Column("merchant.name", _l("商户"), link=True),
        Column("status", _l("状态"), kind="state"),
        Column("required", _l("应缴"), kind="money", sort=True, total=True),
        Column("held", _l("在账"), kind="money", value=held_of),
        Column("shortage", _l("还缺"), kind="money", value=shortage_of),
        Column("asked_at", _l("申请退还时间"), kind="when", phone=False),
    )
    facts = (
        Column("held", _l("在账"), kind="money", value=held_of, big=True),
        Column("shortage", _l("还缺"), kind="money", value=shortage_of, big=True),
        Column("required", _l("应缴"), kind="money"),
        Column("merchant.name", _l("商户")),
        Column("asked_at", _l("申请退还时间"), kind="when"),
        Column("returns_at", _l("预计退还"), kind="when", value=_returns),
        Column("returned", _l("已退"), kind="money"),
        Column("returned_at", _l("退还时间"), kind="when"),
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER)
    tabs = (Tab("due", _l("待缴"), status="due"), Tab("held", _l("已缴"), status="held"), Tab("leaving", _l("退还中"), urgent=True, status="leaving"))
    related = (Related(FineView, "deposit_id"),)
    record_actions = (
        Action(_l("缴清缺口"), "DepositView.pay", "pay", post=True, primary=True, when=lambda deposit: shortage_of(deposit) > 0),
    )
    empty_title = _l("没有保证金")
    empty_text = _l("行业要收保证金的商户入驻后会出现在这里")

    @expose("/<int:pk>/pay", methods=["POST"])
    @page_access("can_pay")
    def pay(self, pk: int) -> Response:
        """What is missing becomes a charge, if it is not one yet; then to its payment."""
        owed = top_up(self.record(pk).id, actor=self.actor, now=clock.now())
        return self.done(_("要缴 %(title)s", title=owed.title), "ChargeView.show", pk=owed.id)
