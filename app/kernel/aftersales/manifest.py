"""What after-sales bring: the refund flow, its pages, and the handler of finished refunds."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.settings import Setting
from app.kernel.aftersales.home import SecondPersonCard
from app.kernel.aftersales.models import CASE_FLOW
from app.kernel.aftersales.notices import NOTICES
from app.kernel.aftersales.operations import finish_case
from app.kernel.aftersales.queries import cases_standing, waiting_cases
from app.kernel.aftersales.views import RefundCaseView, RefundOrderPage
from app.kernel.plans import standing

FRONT = ("Owner", "Manager", "Cashier", "Operator")

standing.register(cases_standing)

manifest = Manifest(
    name="aftersales",
    title=_l("售后"),
    order=70,
    settings=(
        Setting("aftersales.answer_within", _l("退款答复期限"), "hours", 24, _l("顾客申请退款后，商户要在多久内答复；对之后的申请生效。"), least=1, most=168),
        Setting(
            "aftersales.second_person_above", _l("退款要第二人批准的金额"), "money", 50_000,
            _l("商户或平台给出的一笔退款达到这个金额，先等另一个人批准再退；填 0 就不用批准。系统自动的退款不受影响。"), least=0, most=100_000_000, money=True,
        ),
    ),
    flows=(CASE_FLOW,),
    fields={"after_refund_case.amount": Column("amount", _l("退款金额"), kind="money")},
    notices=NOTICES,
    words={"refund_case.asked": _l("申请退款"), "order_order.waived": _l("没付的不再收")},
    home=(SecondPersonCard,),
    handlers={"refund_succeeded": (finish_case,)},
    views=(RefundCaseView, RefundOrderPage),
    grants=(
        *(Grant(role, "aftersales.cases", ("*",)) for role in FRONT),
        *(Grant(role, "aftersales.refund", ("index",)) for role in FRONT),
        Grant("Finance", "aftersales.cases", ("list", "show", "export")),
    ),
    menu=(MenuItem("aftersales.cases", "RefundCaseView.list", _l("退款与售后"), "undo", _l("工作"), 130, badge=waiting_cases),),
)
