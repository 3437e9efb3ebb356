"""Lists of cases, applications, and documents."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Refusal
from app.core.flows import Move
from app.extensions import db
from app.framework.console.columns import Action, Column, Section, Tab
from app.framework.console.fields import errors_into
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.page import expose, page_access
from app.framework.console.view import ConsoleView
from app.framework.identity import current_actor
from app.kernel.approvals.forms import RenewalForm
from app.kernel.approvals.models import Application, Case, Document
from app.kernel.approvals.operations.documents import renew_document
from app.kernel.approvals.presenting import application_labels, application_snapshot
from app.kernel.approvals.queries import demand_of, documents_of
from app.kernel.approvals.reviewables import reviewables, title_of, trade_of
from app.kernel.approvals.views.desk import PURPOSES, desk_address
from app.kernel.audit.words import person_in_words
from app.kernel.files.links import signed_link
from app.kernel.parties.filters import MERCHANT_FILTER

RENEWABLE = frozenset({"valid", "expiring", "expired"})


def _trade(record: Any) -> str:
    manifest = trade_of(record.trade)
    return str(manifest.title) if manifest else record.trade


def document_label(document: Document) -> str:
    """What the trade calls a document of this kind."""
    demand = demand_of(document.trade, document.kind)
    return str(demand.label) if demand else document.kind


def _kinds() -> dict[str, Any]:
    """What is reviewed, by the names of its kinds."""
    return {name: each.title for name, each in reviewables().items()}


class CaseView(ConsoleView):
    """Every review case, decided ones too. Decisions are made on the desk."""

    name = "approvals.cases"
    route_base = "/cases"
    model = Case
    title = _l("审核记录")
    singular = _l("审核件")
    measure = _l("件")
    icon = "shield"
    key_prefix = "AP"
    search_columns = ("subject_label", "reason", "decided_name")
    search_hint = _l("对象、原因、审核员")
    list_columns = (
        Column("number", _l("编号"), value=lambda case: case.number, link=True, export=False),
        Column("subject_label", _l("对象")),
        Column("kind", _l("类别"), value=lambda case: title_of(case.kind), export=False),
        Column("status", _l("状态"), kind="state"),
        Column("purpose", _l("性质"), choices=PURPOSES, phone=False),
        Column("turn", _l("第几次提交"), kind="count", phone=False),
        Column("decided_name", _l("审核员"), value=lambda case: person_in_words(case.decided_name or case.claimed_name)),
        Column("reason", _l("原因"), phone=False),
        Column("submitted_at", _l("提交时间"), kind="when", sort=True),
        Column("due_at", _l("期限"), kind="when", sort=True, phone=False),
    )
    facts = (
        Column("kind", _l("类别"), value=lambda case: title_of(case.kind)),
        Column("subject_label", _l("对象")),
        Column("number", _l("审核台"), value=lambda case: case.number, to=desk_address),
        Column("submitted_at", _l("提交时间"), kind="when"), Column("due_at", _l("期限"), kind="when"),
        Column("decided_name", _l("审核员"), value=lambda case: person_in_words(case.decided_name)), Column("decided_at", _l("决定时间"), kind="when"),
        Column("words", _l("风险词"), value=lambda case: "、".join(case.words)),
        Column("purpose", _l("性质"), choices=PURPOSES),
        Column("about", _l("针对"), value=lambda case: f"AP{case.about_id:06d}" if case.about_id else None, to=lambda case: f"/cases/{case.about_id}"),
        Column("plea", _l("申诉理由"), wide=True), Column("reason", _l("原因"), wide=True),
    )
    filters = (
        ChoiceFilter("status"), ChoiceFilter("kind", choices=_kinds), ChoiceFilter("purpose", _l("性质"), choices=PURPOSES),
        DateFilter("submitted_at"), DateFilter("decided_at"), MERCHANT_FILTER,
    )
    tabs = (
        Tab("waiting", _l("待审"), status=("waiting", "claimed"), urgent=True), Tab("asked", _l("等补件"), status="asked"),
        Tab("approved", _l("已通过"), status="approved"), Tab("rejected", _l("已驳回"), status="rejected"),
    )

    @classmethod
    def moves(cls) -> tuple[Move, ...]:
        """None: a case is decided on the desk, beside its papers."""
        return ()


def _application_rows(application: Application) -> list[tuple[Any, Any]]:
    case = Case(trade=application.trade)
    labels = application_labels(case)
    return [(labels.get(name, name), value) for name, value in application_snapshot(application, documents_of(
        application.merchant_id, application.trade, ("pending", "valid", "expiring", "expired"),
    )).items()]


class ApplicationView(ConsoleView):
    """Applications of merchants, for staff."""

    name = "approvals.applications"
    route_base = "/applications"
    model = Application
    title = _l("入驻申请")
    singular = _l("申请")
    measure = _l("份")
    icon = "building"
    search_columns = ("company", "credit_code", "contact_phone")
    search_hint = _l("企业名称、信用代码、电话")
    list_columns = (
        Column("merchant.name", _l("店名"), link=True, sub="company"),
        Column("trade", _l("行业"), value=_trade),
        Column("status", _l("状态"), kind="state"),
        Column("credit_code", _l("信用代码"), phone=False),
        Column("submitted_at", _l("提交时间"), kind="when", sort=True),
    )
    facts = (
        Column("trade", _l("行业"), value=_trade),
        Column("submitted_at", _l("提交时间"), kind="when"),
        Column("decided_at", _l("决定时间"), kind="when"),
        Column("reason", _l("原因"), wide=True),
    )
    sections = (
        Section(_l("资料"), rows=_application_rows, columns=(
            Column("label", _l("项目"), value=lambda row: row[0]), Column("value", _l("内容"), value=lambda row: row[1] or "—"),
        )),
    )
    filters = (ChoiceFilter("status"), DateFilter("submitted_at"), MERCHANT_FILTER)
    tabs = (
        Tab("submitted", _l("审核中"), status="submitted"), Tab("asked", _l("要补件"), status="asked"),
        Tab("approved", _l("已通过"), status="approved"),
    )

    @classmethod
    def moves(cls) -> tuple[Move, ...]:
        """None: applicants and reviewers have pages of their own."""
        return ()


class DocumentView(ConsoleView):
    """Documents with their last valid day."""

    name = "approvals.documents"
    route_base = "/documents"
    model = Document
    title = _l("证照")
    singular = _l("证照")
    measure = _l("张")
    icon = "file"
    order = "-id"
    list_columns = (
        Column("kind", _l("证照"), value=document_label, link=True, sub="number", export=False),
        Column("trade", _l("行业"), value=_trade, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("expires_on", _l("有效期至"), kind="day", sort=True),
        Column("created_at", _l("上传时间"), kind="when", phone=False),
    )
    facts = (
        Column("kind", _l("证照"), value=document_label), Column("number", _l("编号")), Column("expires_on", _l("有效期至"), kind="day"),
        Column("merchant.name", _l("商户")), Column("trade", _l("行业"), value=_trade), Column("created_at", _l("上传时间"), kind="when"),
        Column("file", _l("文件"), value=lambda document: document.file.name, to=lambda document: signed_link(
            document.file, current_actor(), now=clock.now(),
        )),
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER)
    tabs = (
        Tab("now", _l("现用"), status=("pending", "valid", "expiring", "expired")), Tab("expiring", _l("快到期"), status="expiring", urgent=True),
        Tab("expired", _l("已过期"), status="expired", urgent=True),
    )
    record_actions = (
        Action(_l("换新证"), "DocumentView.renew", "renew", icon="upload", primary=True, when=lambda document: document.status in RENEWABLE),
    )
    exports = False
    words = {"renew": _l("换新证")}

    @classmethod
    def moves(cls) -> tuple[Move, ...]:
        """None: documents change by applications, renewals, and the calendar."""
        return ()

    def label_of(self, record: Any) -> str:
        """The kind, as the trade calls it."""
        return document_label(record)

    @expose("/<int:pk>/renew", methods=["GET", "POST"])
    @page_access("can_renew")
    def renew(self, pk: int) -> Response:
        """Hand in the successor of this document."""
        document, form = self.record(pk), RenewalForm()
        if request.method == "GET":
            return self._form_page(form, document)
        if not form.validate():
            return self._form_page(form, document, status=422)
        sent = form.file.data
        try:
            renew_document(
                document, sent.stream, sent.filename or "", number=form.number.data or "", expires_on=form.expires_on.data,
                actor=self.actor, now=clock.now(),
            )
        except Refusal as refusal:
            db.session.rollback()
            errors_into(form, refusal)
            return self._form_page(form, self.record(pk), status=refusal.status)
        return self.done(_("新证已交，审核通过后生效；这之前旧证照常有效"), "DocumentView.list")
