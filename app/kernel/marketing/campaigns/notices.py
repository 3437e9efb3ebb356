"""What merchants and finance are told about campaigns."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.marketing.campaigns.models import Campaign, CampaignParty
from app.kernel.marketing.flows import HOUSE

TITLE = Variable("title", _l("活动名"), _l("万象城周年庆"), required=True)
SHARE = Variable("share", _l("分担比例"), "30%")


def _to_party(party: CampaignParty, happening: Happening) -> Told:
    values = {"title": party.campaign.title, "share": f"{party.ppm / 10_000:g}%"}
    return Told("CampaignPartyView.show", {"pk": party.id}, values, merchant_id=party.merchant_id, roles=HOUSE)


def _to_finance(campaign: Campaign, happening: Happening) -> Told:
    return Told("CampaignView.show", {"pk": campaign.id}, {"title": campaign.title}, roles=frozenset({"Finance"}))


CAMPAIGN_NOTICES = (
    NoticeKind(
        "marketing.campaign_asked", _l("请你参加联合活动"), _l("商户的店主和店长"), ("marketing_campaign_party.asked",), _to_party,
        _l("请你参加“{title}”"), _l("优惠的钱你分担 {share}，同意后才生效。"), (TITLE, SHARE),
    ),
    NoticeKind(
        "marketing.campaign_agreed", _l("联合活动等你批准"), _l("平台财务"), ("marketing_campaign.agree",), _to_finance, _l("“{title}”等批准"),
        _l("参加的商户都同意了，批准后到日期就开始。"), (TITLE,),
    ),
)
