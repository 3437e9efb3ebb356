"""What coupons bring: the console's lists, the customer's door, two proofs, what the clock ends."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.marketing.api import api
from app.kernel.marketing.jobs import end_coupons
from app.kernel.marketing.models import CLAIM_FLOW, COUPON_FLOW
from app.kernel.marketing.notices import NOTICES
from app.kernel.marketing.operations import give_back
from app.kernel.marketing.proofs import BudgetsAreTheirUses, UsesStandOnOrders
from app.kernel.marketing.queries import waiting_coupons
from app.kernel.marketing.views import ClaimView, CouponView, UseView

READ = ("list", "show", "export")
GROUP = _l("营销")

manifest = Manifest(
    name="marketing",
    title=_l("优惠券"),
    order=66,
    flows=(COUPON_FLOW, CLAIM_FLOW),
    blueprints=(api,),
    jobs=(Job("end_coupons", _l("结束到期的优惠券"), end_coupons, schedule="7 * * * *", lock="end_coupons"),),
    notices=NOTICES,
    handlers={"order_closed": (give_back,)},
    checks=(BudgetsAreTheirUses, UsesStandOnOrders),
    words={"marketing_coupon.proposed": _l("做了优惠券")},
    fields={"marketing_coupon.title": Column("title", _l("券名"))},
    views=(CouponView, ClaimView, UseView),
    grants=(
        *(Grant(role, CouponView.name, (*READ, "add", "start", "pause", "resume", "end")) for role in ("Owner", "Manager")),
        Grant("Operator", CouponView.name, (*READ, "add", "pause", "resume", "end")),
        Grant("Finance", CouponView.name, (*READ, "approve", "refuse", "pause", "end")),
        *(Grant(role, view.name, READ) for role in ("Owner", "Manager", "Operator", "Finance") for view in (ClaimView, UseView)),
    ),
    menu=(
        MenuItem(CouponView.name, "CouponView.list", _l("优惠券"), "coupon", GROUP, 400, badge=waiting_coupons),
        MenuItem(ClaimView.name, "ClaimView.list", _l("领券记录"), "people", GROUP, 401),
        MenuItem(UseView.name, "UseView.list", _l("用券记录"), "list", GROUP, 402),
    ),
)
