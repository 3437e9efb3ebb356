"""What after-sales bring: the refund flow, its pages, and the handler of finished refunds."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.kernel.aftersales.models import CASE_FLOW
from app.kernel.aftersales.operations import finish_case
from app.kernel.aftersales.queries import waiting_cases
from app.kernel.aftersales.views import RefundCaseView, RefundOrderPage

FRONT = ("Owner", "Manager", "Cashier", "Operator")

manifest = Manifest(
    name="aftersales",
    title=_l("售后"),
    order=70,
    flows=(CASE_FLOW,),
    fields={"after_refund_case.amount": Column("amount", _l("退款金额"), kind="money")},
    words={"refund_case.asked": _l("申请退款")},
    handlers={"refund_succeeded": (finish_case,)},
    views=(RefundCaseView, RefundOrderPage),
    grants=(
        *(Grant(role, "aftersales.cases", ("*",)) for role in FRONT),
        *(Grant(role, "aftersales.refund", ("index",)) for role in FRONT),
        Grant("Finance", "aftersales.cases", ("list", "show", "export")),
    ),
    menu=(MenuItem("aftersales.cases", "RefundCaseView.list", _l("退款与售后"), "undo", _l("工作"), 130, badge=waiting_cases),),
)
