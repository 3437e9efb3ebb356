"""What approvals bring: the review desk, applications, documents, the library, and their jobs."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Related
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.approvals.api import api
from app.kernel.approvals.checks import FIELDS
from app.kernel.approvals.flows import APPLICATION_FLOW, CASE_FLOW, DOCUMENT_FLOW
from app.kernel.approvals.home import PapersCard, ReviewCard, ReviewChart, ReviewedCard
from app.kernel.approvals.imports import REASONS
from app.kernel.approvals.jobs import release_stale_claims, sample_approved, watch_documents
from app.kernel.approvals.notices import NOTICES
from app.kernel.approvals.queries import waiting_badge
from app.kernel.approvals.views.application import ApplicationPage
from app.kernel.approvals.views.desk import ReviewDesk
from app.kernel.approvals.views.join import JoinPage
from app.kernel.approvals.views.library import DemandView, PolicyView, ReasonView
from app.kernel.approvals.views.lists import ApplicationView, CaseView, DocumentView

DESK = ("Reviewer", "Operator")
DESK_VIEWS = ("approvals.desk", "approvals.cases", "approvals.applications", "approvals.reasons")

manifest = Manifest(
    name="approvals",
    title=_l("审核"),
    order=30,
    settings=(
        Setting("approvals.claim_minutes", _l("审核领取时长"), "minutes", 15, _l("审核员领取一件后多久没决定，就放回队列给别人。"), least=5, most=240),
        Setting("approvals.warn_days", _l("证照到期提醒"), "days", 30, _l("证照到期前多少天开始提醒商户换证。"), least=1, most=180),
    ),
    flows=(APPLICATION_FLOW, DOCUMENT_FLOW, CASE_FLOW),
    imports=(REASONS,),
    blueprints=(api,),
    views=(ReviewDesk, CaseView, ApplicationView, DocumentView, ReasonView, PolicyView, DemandView, ApplicationPage, JoinPage),
    grants=(
        *(Grant(role, view, ("*",)) for role in DESK for view in DESK_VIEWS),
        *(Grant(role, "approvals.documents", ("list", "show")) for role in DESK),
        Grant("Reviewer", "approvals.policies", ("list", "show")),
        Grant("Operator", "approvals.policies", ("*",)),
        Grant("Reviewer", "approvals.demands", ("list", "show")),
        Grant("Operator", "approvals.demands", ("*",)),
        Grant("Owner", "approvals.application", ("index", "edit")),
        Grant("Manager", "approvals.application", ("index",)),
        Grant("Owner", "approvals.documents", ("list", "show", "renew")),
        Grant("Manager", "approvals.documents", ("list", "show", "renew")),
    ),
    menu=(
        MenuItem("approvals.desk", "ReviewDesk.index", _l("审核台"), "shield", _l("工作"), 20, badge=waiting_badge),
        MenuItem("approvals.cases", "CaseView.list", _l("审核记录"), "list", _l("工作"), 25),
        MenuItem("approvals.applications", "ApplicationView.list", _l("入驻申请"), "building", _l("平台"), 415),
        MenuItem("approvals.reasons", "ReasonView.list", _l("驳回理由库"), "book", _l("平台"), 452),
        MenuItem("approvals.policies", "PolicyView.list", _l("审核策略"), "gear", _l("平台"), 454),
        MenuItem("approvals.demands", "DemandView.list", _l("要交的证照"), "file", _l("平台"), 455),
        MenuItem("approvals.application", "ApplicationPage.index", _l("入驻申请"), "shield", _l("资金与店铺"), 340),
        MenuItem("approvals.documents", "DocumentView.list", _l("证照"), "file", _l("资金与店铺"), 345),
    ),
    fields={
        **{f"approval_application.{name}": Column(name, label) for name, (label, _length) in FIELDS.items()},
        "approval_application.category": Column("category", _l("业态")), "approval_demand.label_zh": Column("label_zh", _l("中文名称")),
    },
    notices=NOTICES,
    words={
        "application.started": _l("开始申请"), "application.saved": _l("修改资料"), "case.opened": _l("送审"), "case.sampled": _l("抽查"),
        "case.appealed": _l("申诉"), "case.refreshed": _l("送审内容有更新"),
        "case.revealed": _l("查看隐藏资料"), "document.handed_in": _l("上传证照"), "reason.added": _l("新建理由"), "reason.changed": _l("修改理由"),
        "policy.set": _l("定审核策略"), "policy.changed": _l("修改审核策略"), "demand.added": _l("多要一种证照"), "demand.changed": _l("修改要交的证照"),
    },
    related={"parties.merchants": (Related(ApplicationView, "merchant_id"), Related(DocumentView, "merchant_id"))},
    home=(ReviewCard, ReviewedCard, ReviewChart, PapersCard),
    jobs=(
        Job("watch_documents", _l("盯证照到期"), watch_documents, schedule="10 8 * * *"),
        Job("sample_approved", _l("抽查昨天通过的"), sample_approved, schedule="40 5 * * *"),
        Job("release_stale_claims", _l("放回没审完的件"), release_stale_claims, schedule="*/5 * * * *"),
    ),
)
