"""Campaigns for the platform, and the agreement of each merchant that is in one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.actors import Actor
from app.core.clock import now as clock_now
from app.core.errors import Invalid
from app.core.periods import business_day, day_range, day_start
from app.framework.console.columns import Column, Section, Tab
from app.framework.console.fields import MoneyField, PercentField
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.links import trade_title
from app.framework.console.view import ConsoleView
from app.kernel.approvals.reviewables import open_trades
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.marketing.campaigns.models import PARTY_FLOW, Campaign, CampaignParty
from app.kernel.marketing.campaigns.operations import propose_campaign
from app.kernel.marketing.campaigns.queries import agreement_of
from app.kernel.marketing.campaigns.rules import PPM
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.queries import merchants_by_code

AGREEMENT = (
    Column("merchant", _l("商户"), value=lambda each: each.party.merchant.name), Column("ppm", _l("分担"), kind="percent", value=lambda each: each.party.ppm),
    Column("status", _l("答复"), value=lambda each: PARTY_FLOW.state(each.party.status).label),
    Column("borne", _l("已承担"), kind="money", value=lambda each: each.borne),
    Column("at", _l("答复时间"), kind="when", value=lambda each: each.party.answered_at),
)


class CampaignForm(FlaskForm):
    """What is taken off, when, and who bears how much."""

    trade = SelectField(_l("行业"))
    title = StringField(_l("活动名"), validators=[DataRequired(_l("写活动名，例如：万象城周年庆")), Length(max=40)])
    ppm = PercentField(_l("减多少"), validators=[InputRequired(_l("写百分数"))], description=_l("9 折就填 10"))
    budget = MoneyField(_l("一共最多优惠"), validators=[InputRequired(_l("写金额"))])
    begins_on = DateField(_l("从哪天开始"), validators=[DataRequired(_l("选日期"))], default=lambda: business_day(clock_now()))
    ends_on = DateField(_l("到哪天为止（含）"), validators=[DataRequired(_l("选日期"))])
    shares = TextAreaField(
        _l("哪些商户，各分担多少"), validators=[DataRequired(_l("一行一家"))],
        description=_l("一行一家：商户号 比例，例如 M000012 30；第一行是发起的商户；余下的由平台承担"),
    )
    reason = StringField(_l("为什么"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


def _shares(text: str) -> dict[int, int]:
    """Merchant → ppm of the lines of the form, in their order. Raises Invalid."""
    wanted: dict[str, int] = {}
    for line in filter(None, (line.strip() for line in text.replace("\x00", "").splitlines())):
        code, _space, share = line.replace("：", " ").replace("\t", " ").partition(" ")
        share = share.strip().removesuffix("%").strip()
        if not share.replace(".", "", 1).isdecimal() or not share.isascii() or len(share) > 8 or float(share) > 100:
            raise _wrong(_l("“%(line)s”看不懂：写商户号、空格、百分数", line=line[:40]))
        wanted[code] = round(float(share) * PPM / 100)
    known = merchants_by_code(wanted)
    unknown = [code for code in wanted if code not in known]
    if unknown:
        raise _wrong(_l("没有商户号 %(code)s，或者没有入驻", code=unknown[0][:20]))
    return {known[code]: share for code, share in wanted.items()}


def _wrong(words: Any) -> Invalid:
    return Invalid(errors=[{"field": "shares", "code": "value", "message": str(words)}])


def _propose(
    *, actor: Actor, now: datetime, begins_on: date, ends_on: date, shares: str, ppm: int | None, budget: int | None, **of_the_campaign: Any,
) -> Campaign:
    parties = _shares(shares)
    return propose_campaign(
        organizer_id=next(iter(parties), 0), shares=parties, ppm=ppm or 0, budget=budget or 0, begins_at=day_start(begins_on),
        ends_at=day_range(ends_on)[1], actor=actor, now=now, **of_the_campaign,
    )


class CampaignView(ConsoleView):
    """Every campaign, for the platform that plans them."""

    name = "marketing.campaigns"
    route_base = "/campaigns"
    model = Campaign
    title = _l("联合活动")
    singular = _l("联合活动")
    subtitle = _l("几家商户一起优惠，费用按约定分担：每家同意、财务批准后才生效")
    measure = _l("个")
    icon = "coupon"
    label = "title"
    list_columns = (
        Column("title", _l("活动名"), link=True),
        Column("organizer.name", _l("发起的商户"), phone=False),
        Column("ppm", _l("减多少"), kind="percent"),
        Column("status", _l("状态"), kind="state"),
        Column("given", _l("已优惠"), kind="money", sort=True, total=True),
        Column("budget", _l("一共最多"), kind="money", phone=False),
        Column("ends_at", _l("结束"), kind="when", sort=True),
    )
    search_columns = ("title",)
    search_hint = _l("活动名")
    filters = (ChoiceFilter("status"), DateFilter("ends_at", _l("结束")))
    tabs = (
        Tab("draft", _l("等商户同意"), status="draft"), Tab("agreed", _l("等财务批准"), urgent=True, status="agreed"),
        Tab("approved", _l("进行中"), status="approved"), Tab("ended", _l("结束和没谈成"), status=("ended", "refused")),
    )
    order = "-id"
    facts = (
        Column("given", _l("已优惠"), kind="money", big=True),
        Column("budget", _l("一共最多"), kind="money", big=True),
        Column("organizer.name", _l("发起的商户")),
        Column("trade", _l("行业"), value=lambda campaign: trade_title(campaign.trade)),
        Column("ppm", _l("减多少"), kind="percent"),
        Column("begins_at", _l("开始"), kind="when"),
        Column("ends_at", _l("结束"), kind="when"),
        PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    sections = (
        Section(_l("约定"), note=_l("商户没承担的部分由平台承担"), rows=lambda campaign: agreement_of(campaign.id), columns=AGREEMENT, name="agreement"),
    )
    form = CampaignForm
    create = staticmethod(_propose)
    add_label = _l("策划联合活动")
    create_label = _l("发给商户")
    form_note = _l("每家商户同意后，由财务批准；策划费记给发起的商户")
    empty_title = _l("还没有联合活动")
    empty_text = _l("策划一个，几家商户都同意、财务批准后就生效")

    def make_form(self, record: Any = None) -> Any:
        """Trades that merchants may join."""
        form = CampaignForm()
        form.trade.choices = [(each.name, each.title) for each in open_trades()]
        return form


class CampaignPartyView(ConsoleView):
    """The merchant's agreements."""

    name = "marketing.campaign_parties"
    route_base = "/campaign-agreements"
    model = CampaignParty
    title = _l("联合活动约定")
    singular = _l("约定")
    subtitle = _l("和别的商户一起优惠：同意后按比例承担，核销时从可提现里扣")
    measure = _l("项")
    icon = "people"
    list_columns = (
        Column("campaign.title", _l("活动名"), link=True),
        Column("merchant.name", _l("商户"), phone=False),
        Column("campaign.ppm", _l("减多少"), kind="percent"),
        Column("ppm", _l("分担"), kind="percent"),
        Column("status", _l("答复"), kind="state"),
        Column("campaign.begins_at", _l("开始"), kind="when", phone=False),
        Column("campaign.ends_at", _l("结束"), kind="when"),
    )
    filters = (ChoiceFilter("status", _l("答复")), MERCHANT_FILTER)
    tabs = (
        Tab("asked", _l("待同意"), urgent=True, status="asked"), Tab("accepted", _l("已同意"), status="accepted"),
        Tab("declined", _l("不同意"), status="declined"),
    )
    order = "-id"
    facts = (
        Column("ppm", _l("分担"), kind="percent", big=True),
        Column("campaign.ppm", _l("减多少"), kind="percent", big=True),
        Column("campaign.budget", _l("一共最多优惠"), kind="money"),
        Column("campaign.given", _l("已优惠"), kind="money"),
        Column("campaign.begins_at", _l("开始"), kind="when"),
        Column("campaign.ends_at", _l("结束"), kind="when"),
        Column("answered_at", _l("答复时间"), kind="when"),
    )
    sections = (
        Section(
            _l("约定"), note=_l("商户没承担的部分由平台承担"), rows=lambda party: agreement_of(party.campaign_id), columns=AGREEMENT, name="agreement",
        ),
    )
    empty_title = _l("还没有联合活动")
    empty_text = _l("平台策划了有你参加的活动时，会出现在这里等你同意")
