"""What applicants and merchants are told about their papers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.console.links import trade_title
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.approvals.flows import APPLICANTS
from app.kernel.approvals.models import Application, Document
from app.kernel.approvals.queries import demand_of

OWNER = _l("申请商户的店主")
RUNNERS = _l("商户的店主和店长")
MERCHANT = Variable("merchant", _l("商户名称"), _l("老巷子砂锅粥"))
TRADE = Variable("trade", _l("行业"), _l("点餐"))
REASON = Variable("reason", _l("原因"), _l("食品经营许可证拍得不清楚"), required=True)
PAPER = Variable("document", _l("证照"), _l("食品经营许可证"), required=True)
UNTIL = Variable("until", _l("到期日"), "2027-03-31")


def _to_applicant(application: Application, happening: Happening) -> Told:
    values = {"merchant": application.merchant.name, "trade": trade_title(application.trade), "reason": happening.reason}
    return Told("ApplicationPage.index", values=values, merchant_id=application.merchant_id, roles=frozenset({"Owner"}))


def _to_holder(document: Document, happening: Happening) -> Told:
    demand = demand_of(document.trade, document.kind)
    values = {
        "merchant": document.merchant.name, "trade": trade_title(document.trade), "reason": happening.reason,
        "document": demand.label if demand else document.label, "until": document.expires_on.isoformat() if document.expires_on else "—",
    }
    return Told("DocumentView.show", {"pk": document.id}, values, document.merchant_id, APPLICANTS)


NOTICES = (
    NoticeKind(
        "approvals.approved", _l("入驻申请通过"), OWNER, ("application.approve",), _to_applicant, _l("入驻申请已通过"),
        _l("{merchant}的{trade}入驻申请已通过，可以开店了。"), (MERCHANT, TRADE), texted=True,
    ),
    NoticeKind(
        "approvals.asked", _l("入驻申请要补件"), OWNER, ("application.ask",), _to_applicant, _l("入驻申请要补件"),
        _l("{merchant}的{trade}入驻申请要补件：{reason}"), (MERCHANT, TRADE, REASON), texted=True,
    ),
    NoticeKind(
        "approvals.rejected", _l("入驻申请未通过"), OWNER, ("application.reject",), _to_applicant, _l("入驻申请未通过"),
        _l("{merchant}的{trade}入驻申请未通过：{reason}。改好后可以再提交。"), (MERCHANT, TRADE, REASON), texted=True,
    ),
    NoticeKind(
        "approvals.document_expiring", _l("证照快到期"), RUNNERS, ("document.warn",), _to_holder, _l("{document}快到期"),
        _l("{merchant}的{document}到 {until} 为止有效，请在那之前上传新的。"), (MERCHANT, TRADE, PAPER, UNTIL), texted=True,
    ),
    NoticeKind(
        "approvals.document_expired", _l("证照已过期"), RUNNERS, ("document.expire",), _to_holder, _l("{document}已过期"),
        _l("{merchant}的{document}已在 {until} 过期。新证审核通过后，由平台恢复营业。"), (MERCHANT, TRADE, PAPER, UNTIL), texted=True,
    ),
    NoticeKind(
        "approvals.document_refused", _l("新证照未通过"), RUNNERS, ("document.refuse",), _to_holder, _l("{document}未通过"),
        _l("{merchant}上传的{document}未通过：{reason}"), (MERCHANT, TRADE, PAPER, REASON),
    ),
)
