"""What payments bring: the channel's door, the jobs that talk to it, five proofs, and the pages of money in and out."""

from flask_babel import lazy_gettext as _l

from app.framework.console import find
from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.ledger import chain
from app.kernel.payments import jobs
from app.kernel.payments.api import api
from app.kernel.payments.chain import explain_payment
from app.kernel.payments.finder import find_payments
from app.kernel.payments.home import OddMoneyCard
from app.kernel.payments.models import ANOMALY_FLOW, NOTICE_FLOW, OTHER_WAY_FLOW, PAYMENT_FLOW, REFUND_FLOW
from app.kernel.payments.notices import NOTICES
from app.kernel.payments.operations.anomalies import money_came_back
from app.kernel.payments.proofs import PAYMENT_PROOFS
from app.kernel.payments.queries import failed_notices, open_anomalies, open_other_ways, stuck_refunds
from app.kernel.payments.views import GROUP, BillView, NoticeView, PaymentView, RefundView
from app.kernel.payments.views.anomalies import AnomalyView, OtherWayView

READERS = ("Operator", "Finance", "Admin")
EXPORTED = (PaymentView, RefundView, BillView, AnomalyView)

find.register(find_payments)
chain.register(explain_payment)

manifest = Manifest(
    name="payments",
    title=_l("支付"),
    icon="wallet",
    group=GROUP,
    order=45,
    flows=(PAYMENT_FLOW, REFUND_FLOW, NOTICE_FLOW, ANOMALY_FLOW, OTHER_WAY_FLOW),
    views=(PaymentView, RefundView, NoticeView, BillView, AnomalyView, OtherWayView),
    grants=(
        *(Grant(role, view.name, ("list", "show", "export")) for role in READERS for view in EXPORTED),
        Grant("Finance", BillView.name, ("add",)),
        *(Grant(role, NoticeView.name) for role in READERS),
        Grant("Finance", OtherWayView.name, ("list", "show", "export", "add")),
        *(Grant(role, OtherWayView.name, ("list", "show")) for role in ("Operator", "Admin")),
        *(Grant(role, RefundView.name) for role in ("Owner", "Manager")),
    ),
    menu=(
        MenuItem(PaymentView.name, "PaymentView.list", _l("支付单"), "wallet", GROUP, 610),
        MenuItem(RefundView.name, "RefundView.list", _l("退款单"), "undo", GROUP, 611, badge=stuck_refunds),
        MenuItem(NoticeView.name, "NoticeView.list", _l("渠道通知"), "bell", GROUP, 612, badge=failed_notices),
        MenuItem(AnomalyView.name, "AnomalyView.list", _l("支付异常"), "alert", GROUP, 609, badge=open_anomalies),
        MenuItem(OtherWayView.name, "OtherWayView.list", _l("改用其他方式退"), "wallet", GROUP, 614, badge=open_other_ways),
        MenuItem(BillView.name, "BillView.list", _l("渠道账单"), "file", GROUP, 613),
    ),
    blueprints=(api,),
    jobs=(
        Job("obey_notice", _l("处理一条渠道通知"), jobs.obey_notice),
        Job("obey_notices", _l("处理留存的渠道通知"), jobs.obey_notices, schedule="* * * * *", lock="obey_notices"),
        Job("ask_about_payment", _l("向渠道查询支付"), jobs.ask_about_payment),
        Job("close_payment", _l("关闭支付单"), jobs.close_payment),
        Job("send_refund", _l("提交退款"), jobs.send_refund),
        Job("ask_about_refund", _l("向渠道查询退款"), jobs.ask_about_refund),
        Job("ask_about_the_quiet", _l("查询没有下文的支付和退款"), jobs.ask_about_the_quiet, schedule="*/10 * * * *", lock="ask_about_the_quiet"),
        Job("fetch_bills", _l("取渠道账单"), jobs.fetch_bills, schedule="15 10 * * *", lock="fetch_bills"),
    ),
    notices=NOTICES,
    home=(OddMoneyCard,),
    handlers={"refund_succeeded": (money_came_back,)},
    words={
        "pay_anomaly.found": _l("发现支付异常"), "pay_other_way.proposed": _l("提出改用其他方式退"), "refund.created": _l("开退款单"),
        "bill.imported": _l("取回账单"),
    },
    fields={"pay_refund.amount": Column("amount", _l("退款金额"), kind="money"), "pay_bill.rows": Column("rows", _l("行数"))},
    checks=PAYMENT_PROOFS,
)
