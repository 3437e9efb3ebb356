"""What coupons bring: the console's lists, the customer's door, two proofs, what the clock ends."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.marketing.api import api
from app.kernel.marketing.campaigns.models import CAMPAIGN_FLOW, PARTY_FLOW
from app.kernel.marketing.campaigns.notices import CAMPAIGN_NOTICES
from app.kernel.marketing.campaigns.operations import give_shares_back, return_to_budget, share_out
from app.kernel.marketing.campaigns.proofs import CampaignsAreShared
from app.kernel.marketing.campaigns.queries import asked_parties
from app.kernel.marketing.campaigns.views import CampaignPartyView, CampaignView
from app.kernel.marketing.deals.api import deals_api
from app.kernel.marketing.deals.jobs import close_groups, end_deals
from app.kernel.marketing.deals.models import DEAL_FLOW, GRAB_FLOW, GROUP_FLOW
from app.kernel.marketing.deals.notices import DEAL_NOTICES
from app.kernel.marketing.deals.operations import release_units
from app.kernel.marketing.deals.proofs import SeatsArePaidMembers, UnitsAreTaken
from app.kernel.marketing.deals.queries import waiting_deals
from app.kernel.marketing.deals.views import DealView, GrabView, GroupView
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
    flows=(COUPON_FLOW, CLAIM_FLOW, DEAL_FLOW, GROUP_FLOW, GRAB_FLOW, CAMPAIGN_FLOW, PARTY_FLOW),
    blueprints=(api, deals_api),
    jobs=(
        Job("end_coupons", _l("结束到期的优惠券"), end_coupons, schedule="7 * * * *", lock="end_coupons"),
        Job("end_deals", _l("结束到期的限时活动"), end_deals, schedule="*/5 * * * *", lock="end_deals"),
        Job("close_groups", _l("给没拼满的团退款"), close_groups, schedule="* * * * *", lock="close_groups"),
    ),
    notices=(*NOTICES, *DEAL_NOTICES, *CAMPAIGN_NOTICES),
    handlers={
        "order_closed": (give_back, release_units, return_to_budget), "order_completed": (share_out,), "order_refunded": (give_shares_back,),
    },
    checks=(BudgetsAreTheirUses, UsesStandOnOrders, UnitsAreTaken, SeatsArePaidMembers, CampaignsAreShared),
    words={
        "marketing_coupon.proposed": _l("做了优惠券"), "marketing_deal.proposed": _l("做了限时活动"),
        "marketing_campaign.proposed": _l("策划了联合活动"), "marketing_campaign_party.asked": _l("请商户参加联合活动"),
    },
    fields={
        "marketing_coupon.title": Column("title", _l("券名")), "marketing_deal.price": Column("price", _l("活动价"), kind="money"),
        "marketing_deal.units": Column("units", _l("一共卖多少件")),
    },
    views=(CouponView, ClaimView, UseView, DealView, GroupView, GrabView, CampaignView, CampaignPartyView),
    grants=(
        *(Grant(role, CouponView.name, (*READ, "add", "start", "pause", "resume", "end")) for role in ("Owner", "Manager")),
        Grant("Operator", CouponView.name, (*READ, "add", "pause", "resume", "end")),
        Grant("Finance", CouponView.name, (*READ, "approve", "refuse", "pause", "end")),
        *(Grant(role, view.name, READ) for role in ("Owner", "Manager", "Operator", "Finance") for view in (ClaimView, UseView, GroupView, GrabView)),
        *(Grant(role, DealView.name, (*READ, "add", "start", "pause", "resume", "end")) for role in ("Owner", "Manager")),
        Grant("Operator", DealView.name, (*READ, "add", "pause", "resume", "end")),
        Grant("Finance", DealView.name, (*READ, "approve", "refuse", "pause", "end")),
        Grant("Operator", CampaignView.name, (*READ, "add", "refuse", "end")),
        Grant("Finance", CampaignView.name, (*READ, "approve", "refuse", "end")),
        *(Grant(role, CampaignPartyView.name, (*READ, "accept", "decline")) for role in ("Owner", "Manager")),
    ),
    menu=(
        MenuItem(CouponView.name, "CouponView.list", _l("优惠券"), "coupon", GROUP, 400, badge=waiting_coupons),
        MenuItem(ClaimView.name, "ClaimView.list", _l("领券记录"), "people", GROUP, 401),
        MenuItem(UseView.name, "UseView.list", _l("用券记录"), "list", GROUP, 402),
        MenuItem(DealView.name, "DealView.list", _l("秒杀和拼团"), "clock", GROUP, 403, badge=waiting_deals),
        MenuItem(CampaignView.name, "CampaignView.list", _l("联合活动"), "coupon", GROUP, 405, badge=asked_parties),
        MenuItem(CampaignPartyView.name, "CampaignPartyView.list", _l("联合活动约定"), "people", GROUP, 406, badge=asked_parties),
        MenuItem(GroupView.name, "GroupView.list", _l("团"), "people", GROUP, 404),
    ),
)
