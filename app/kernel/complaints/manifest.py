"""What complaints bring: the customer's door, the pages of merchants and arbiters, the clock, a proof, and the rule of who bears what."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.complaints.api import api
from app.kernel.complaints.home import ComplaintsCard
from app.kernel.complaints.jobs import end_silence
from app.kernel.complaints.models import COMPLAINT_FLOW
from app.kernel.complaints.notices import NOTICES
from app.kernel.complaints.proofs import HoldsAreComplaints
from app.kernel.complaints.queries import waiting_complaints
from app.kernel.complaints.rules import DEFAULTS, WHOLE
from app.kernel.complaints.views import ComplaintView

BEARING = {
    "quality": _l("“质量有问题”由商户承担的比例"), "missing": _l("“少送、错送”由商户承担的比例"), "late": _l("“太晚”由商户承担的比例"),
    "attitude": _l("“服务态度”由商户承担的比例"), "not_served": _l("“没有履约”由商户承担的比例"), "platform": _l("“平台的问题”由商户承担的比例"),
    "other": _l("“其他”由商户承担的比例"),
}

manifest = Manifest(
    name="complaints",
    title=_l("投诉"),
    order=71,
    settings=(
        Setting("complaints.answer_within", _l("投诉答复期限"), "hours", 48, _l("商户要在多久内答复投诉；超时交平台裁决。"), least=1, most=240),
        Setting("complaints.accept_within", _l("顾客确认期限"), "hours", 72, _l("商户答复后，顾客多久不回应算接受。"), least=1, most=240),
        Setting("complaints.within", _l("可以投诉的期限"), "days", 30, _l("付款后多少天内可以投诉。"), least=1, most=365),
        *(
            Setting(
                f"complaints.merchant_bears_{reason}", label, "percent", DEFAULTS[reason],
                _l("裁决退款时，退款里商户的部分由商户承担多少，其余由平台补给商户；裁决的人可以另选。"), least=0, most=WHOLE, money=True,
            )
            for reason, label in BEARING.items()
        ),
    ),
    flows=(COMPLAINT_FLOW,),
    notices=NOTICES,
    words={"complaint.opened": _l("顾客投诉")},
    home=(ComplaintsCard,),
    blueprints=(api,),
    jobs=(Job("end_silence", _l("处理超时的投诉"), end_silence, schedule="*/10 * * * *", lock="end_silence"),),
    checks=(HoldsAreComplaints,),
    views=(ComplaintView,),
    grants=(
        *(Grant(role, ComplaintView.name, ("*",)) for role in ("Owner", "Manager", "Operator")),
        *(Grant(role, ComplaintView.name, ("list", "show", "export")) for role in ("Cashier", "Finance")),
    ),
    menu=(MenuItem(ComplaintView.name, "ComplaintView.list", _l("投诉"), "alert", _l("工作"), 131, badge=waiting_complaints),),
)
