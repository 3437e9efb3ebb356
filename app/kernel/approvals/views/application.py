"""The applicant's pages: firm, documents, handing in; and where the application stands."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.core import clock
from app.core.errors import Forbidden, NotFound, Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.fields import errors_into, values_of
from app.framework.console.page import Page, expose, page_access
from app.framework.console.refused import take_back, version_given
from app.framework.console.timeline import timeline_of
from app.framework.database import get
from app.kernel.approvals.checks import document_faults
from app.kernel.approvals.flows import APPLICATION_FLOW
from app.kernel.approvals.forms import CompanyForm, PaperForm
from app.kernel.approvals.models import Application, Case, Document
from app.kernel.approvals.operations.applications import EDITABLE, save_application, start_application, submit_application, take_back_application
from app.kernel.approvals.operations.documents import attach_document, detach_document
from app.kernel.approvals.operations.second_looks import appeal
from app.kernel.approvals.presenting import application_labels, application_snapshot
from app.kernel.approvals.queries import application_of, demands_of, documents_of, newest_case
from app.kernel.approvals.reviewables import open_trades, trade_of
from app.kernel.files.links import signed_link
from app.kernel.forms.fields import by_category, extended, typed_answers
from app.kernel.forms.models import FieldDefinition
from app.kernel.forms.queries import categories_of, fields_of
from app.kernel.parties.models import Merchant

STEPS = (_l("主体资料"), _l("证照"), _l("确认提交"))
SECRETS = ("legal_person", "bank_account")


class ApplicationPage(Page):
    """`/application`: one page a step; drafts are kept at each."""

    name = "approvals.application"
    route_base = "/application"
    title = _l("入驻申请")
    icon = "shield"
    words = {"index": _l("查看申请"), "edit": _l("填写和提交申请")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The merchant's application; a choice of trades when there are several and none has been begun."""
        merchant = self._merchant()
        trades = open_trades()
        begun = [found for each in trades if (found := application_of(merchant.id, each.name))]
        if len(begun) == 1:
            return redirect(self._address(begun[0]), 303)  # type: ignore[return-value]
        if not begun and len(trades) == 1 and self.may("edit"):
            application = start_application(merchant, trades[0].name, actor=self.actor, now=clock.now())
            return redirect(self._address(application), 303)  # type: ignore[return-value]
        states = {found.trade: found for found in begun}
        return self.render("approvals/choose.html", trades=trades, demands_of=demands_of, states=states, flow=APPLICATION_FLOW)

    @expose("/<trade>/begin", methods=["POST"])
    @page_access("can_edit")
    def begin(self, trade: str) -> Response:
        """An application to this trade."""
        return redirect(self._address(start_application(self._merchant(), trade, actor=self.actor, now=clock.now())), 303)  # type: ignore[return-value]

    @expose("/<trade>/")
    @page_access("can_index")
    def show(self, trade: str) -> Response:
        """Where the application stands: state, what the reviewer said, what was handed in, and its story."""
        application = self._application(trade)
        case = newest_case(f"{trade}.application", application.id)
        return self.render("approvals/application.html", case=case, faults=(), **self._around(application, 2))

    @expose("/<trade>/company", methods=["GET", "POST"])
    @page_access("can_edit")
    def company(self, trade: str) -> Response:
        """The firm, contact, account, and the fields of staff. What is typed is kept, complete or not."""
        application = self._application(trade)
        form = self._company_form(application)
        if request.method == "GET":
            return self._company_page(application, form)
        try:
            save_application(
                application, values_of(form), typed_answers(form, self._answered(application, form)), actor=self.actor, now=clock.now(),
                version=version_given(request.form),
            )
        except Refusal as refusal:
            take_back(refusal)
            errors_into(form, refusal)
            return self._company_page(self._application(trade), form, refusal.status)
        if request.form.get("stay"):
            self.say(_("草稿已存"))
            return redirect(self.url("company", trade=trade), 303)  # type: ignore[return-value]
        return redirect(self.url("papers", trade=trade), 303)  # type: ignore[return-value]

    @expose("/<trade>/papers", methods=["GET", "POST"])
    @page_access("can_edit")
    def papers(self, trade: str) -> Response:
        """The documents that the trade demands: what is there, what is missing, one form for each kind."""
        application = self._application(trade)
        if request.method == "GET":
            return self._papers_page(application)
        form, kind = PaperForm(), request.form.get("kind", "")
        if not form.validate():
            return self._papers_page(application, kind, form, 422)
        sent = form.file.data
        try:
            attach_document(
                application, kind, sent.stream, sent.filename or "", number=form.number.data or "", expires_on=form.expires_on.data,
                actor=self.actor, now=clock.now(),
            )
        except Refusal as refusal:
            take_back(refusal)
            errors_into(form, refusal)
            return self._papers_page(self._application(trade), kind, form, refusal.status)
        self.say(_("已上传"))
        return redirect(self.url("papers", trade=trade), 303)  # type: ignore[return-value]

    @expose("/<trade>/papers/<int:pk>/remove", methods=["POST"])
    @page_access("can_edit")
    def remove(self, trade: str, pk: int) -> Response:
        """Take a document out again."""
        application = self._application(trade)
        if application.status not in EDITABLE:
            raise NotFound
        detach_document(get(Document, pk), actor=self.actor, now=clock.now())
        self.say(_("已移除"))
        return redirect(self.url("papers", trade=trade), 303)  # type: ignore[return-value]

    @expose("/<trade>/submit", methods=["POST"])
    @page_access("can_edit")
    def submit(self, trade: str) -> Response:
        """Hand it in; what is missing is named, with the way to it."""
        application = self._application(trade)
        try:
            submit_application(application, actor=self.actor, now=clock.now())
        except Refusal as refusal:
            if not refusal.errors:
                raise
            db.session.rollback()
            application = self._application(trade)
            faults = [(each["message"], self._way(trade, each["field"])) for each in refusal.errors]
            return self.render("approvals/application.html", refusal.status, case=None, faults=faults, **self._around(application, 2))
        self.say(_("申请已提交，结果会出现在这里"))
        return redirect(self.url("show", trade=trade), 303)  # type: ignore[return-value]

    @expose("/<trade>/appeal", methods=["POST"])
    @page_access("can_edit")
    def appeal(self, trade: str) -> Response:
        """Against the rejection, to another reviewer."""
        application = self._application(trade)
        rejected = newest_case(f"{trade}.application", application.id)
        if rejected is None:
            raise NotFound
        appeal(rejected, request.form.get("plea", ""), actor=self.actor, now=clock.now())
        self.say(_("申诉已提交，由另一位审核员再看"))
        return redirect(self.url("show", trade=trade), 303)  # type: ignore[return-value]

    @expose("/<trade>/take-back", methods=["POST"])
    @page_access("can_edit")
    def take_back(self, trade: str) -> Response:
        """Back to a draft."""
        take_back_application(self._application(trade), actor=self.actor, now=clock.now())
        self.say(_("已撤回，改好再提交"))
        return redirect(self.url("company", trade=trade), 303)  # type: ignore[return-value]

    # ---- parts -------------------------------------------------------------------------------------------------------------

    def _merchant(self) -> Merchant:
        """The merchant that the member acts for; staff have no application of their own."""
        if self.actor.merchant_id is None:
            raise Forbidden(right=str(self.title))
        return get(Merchant, self.actor.merchant_id)

    def _application(self, trade: str) -> Application:
        application = application_of(self._merchant().id, trade)
        if application is None or trade_of(trade) is None:
            raise NotFound
        return application

    def _address(self, application: Application) -> str:
        step = "company" if application.status == "draft" and self.may("edit") else "show"
        return self.url(step, trade=application.trade)

    def _way(self, trade: str, field: str) -> str:
        """Where a fault is mended."""
        page, anchor = ("papers", field.removeprefix("documents.")) if field.startswith("documents.") else ("company", field)
        return f"{self.url(page, trade=trade)}#{anchor}"

    @staticmethod
    def _may_appeal(application: Application) -> bool:
        """A rejection can be appealed against once."""
        rejected = newest_case(f"{application.trade}.application", application.id)
        return rejected is not None and rejected.purpose != "appeal"

    def _around(self, application: Application, step: int) -> dict[str, Any]:
        """What every step shows: the state, the steps, the documents, the story."""
        manifest, documents = trade_of(application.trade), documents_of(application.merchant_id, application.trade)
        labels, demands = application_labels(Case(trade=application.trade)), demands_of(application.trade)
        return {
            "may_appeal": application.status == "rejected" and self._may_appeal(application),
            "application": application, "trade": manifest, "steps": STEPS, "step": step, "documents": documents, "flow": APPLICATION_FLOW,
            "facts": [(labels.get(name, name), value) for name, value in application_snapshot(application, documents).items()],
            "editable": application.status in EDITABLE and self.may("edit"), "timeline": timeline_of(application),
            "link_to": lambda document: signed_link(document.file, self.actor, now=clock.now()),
            "demands": demands, "missing": document_faults(demands, documents, business_day(clock.now())), "page_title": self.title,
        }

    def _company_form(self, application: Application) -> FlaskForm:
        definitions, categories = fields_of(f"{application.trade}.application"), categories_of(application.trade)
        form: FlaskForm = by_category(extended(CompanyForm, definitions, application.answers)(obj=application), definitions)
        if categories:
            form["category"].choices = [("", _("选一个")), *categories.items()]
        else:
            del form["category"]
        for name in SECRETS:
            masked = getattr(application, f"{name}_masked")
            if masked:
                form[name].description = _("已填 %(masked)s，不改就留空", masked=masked)
                form[name].flags.required = False
        return form

    @staticmethod
    def _answered(application: Application, form: FlaskForm) -> list[FieldDefinition]:
        """The fields of staff that the chosen category answers; what was typed into others is left out."""
        return fields_of(f"{application.trade}.application", category=(form["category"].data or "") if "category" in form else "")

    def _company_page(self, application: Application, form: FlaskForm, status: int = 200) -> Response:
        return self.render("approvals/company.html", status, form=form, **self._around(application, 0))

    def _papers_page(self, application: Application, kind: str = "", form: PaperForm | None = None, status: int = 200) -> Response:
        forms = {"wrong_kind": kind, "wrong": form, "blank": PaperForm(formdata=None)}
        return self.render("approvals/papers.html", status, **forms, **self._around(application, 1))
