"""Propose a campaign, agree, take it off orders, and have each merchant bear its share. Amounts in fen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app.core.actors import Actor, system
from app.core.errors import Invalid, Refusal
from app.extensions import db
from app.framework.database import elevated, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.audit.operations import append
from app.kernel.commission.queries import NoRule, price_of
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.ledger.accounts import merchant_available
from app.kernel.ledger.operations import post, take_from_available
from app.kernel.ledger.postings.campaign import campaign_returned, campaign_shared
from app.kernel.ledger.values import OrderRef, Share
from app.kernel.marketing.campaigns.models import Campaign, CampaignParty, CampaignShare
from app.kernel.marketing.campaigns.queries import parties_of, shares_of_lines
from app.kernel.marketing.campaigns.rules import PPM, borne, still_given
from app.kernel.plans.operations.charging import charge
from app.kernel.plans.owners import Owner

SYSTEM = system("marketing")
PLANNING = "campaign_planning"


class OwnCampaign(SamePerson):
    """Whoever planned a campaign may not approve it."""

    code = "campaign.own"
    sentence = _l("自己策划的活动要由另一个人批准")


class CampaignOver(Refusal):
    """The campaign ended, or its budget was used up, since the price was worked out."""

    code = "campaign.over"
    status = 409
    sentence = _l("“%(title)s”刚刚结束或优惠用完了，重新算价后再下单")


def propose_campaign(
    *, trade: str, title: str, organizer_id: int, ppm: int, budget: int, shares: Mapping[int, int], begins_at: datetime, ends_at: datetime, reason: str,
    actor: Actor, now: datetime,
) -> Campaign:
    """The merchants (merchant → ppm of the cost) are asked; nothing is given before all accepted and somebody else approved. Raises Invalid."""
    problems = (
        ("shares", len(shares) < 2, _l("联合活动至少两家商户")),
        ("shares", sum(shares.values()) > PPM or any(share < 0 for share in shares.values()), _l("分担比例合计不能超过 100%%，余下的由平台承担")),
        ("organizer_id", organizer_id not in shares, _l("发起的商户要在活动里")),
        ("ppm", not 0 < ppm <= 900_000, _l("优惠比例要大于 0、不超过 90%%")),
        ("budget", budget <= 0, _l("写一共最多优惠多少钱")),
        ("ends_on", ends_at <= max(begins_at, now), _l("结束要在开始之后，也要在现在之后")),
    )
    errors = [{"field": field, "code": "value", "message": str(words)} for field, wrong, words in problems if wrong]
    if errors:
        raise Invalid(errors=errors)
    campaign = save(Campaign(
        trade=trade, title=title, organizer_id=organizer_id, ppm=ppm, budget=budget, begins_at=begins_at, ends_at=ends_at, reason=reason,
        made_by=maker_name(actor),
    ))
    append("marketing_campaign.proposed", campaign, actor=actor, now=now, reason=reason, changes={"title": [None, title]})
    for merchant_id, share in sorted(shares.items()):
        party = save(CampaignParty(campaign_id=campaign.id, merchant_id=merchant_id, ppm=share))
        publish("happened", act="marketing_campaign_party.asked", record=party, reason="", actor=actor, now=now)
    return campaign


def on_accepted(party: CampaignParty, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `accept`: the last one to accept makes the campaign an agreement."""
    party.answered_by, party.answered_at = maker_name(actor), now
    with elevated():
        campaign = lock(Campaign, party.campaign_id)
        db.session.flush()
        if campaign.status == "draft" and all(each.status == "accepted" for each in parties_of(campaign.id)):
            move(campaign, "agree", actor=SYSTEM, now=now)


def on_declined(party: CampaignParty, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `decline`: there is no agreement."""
    party.answered_by, party.answered_at = maker_name(actor), now
    with elevated():
        campaign = lock(Campaign, party.campaign_id)
        if campaign.status in ("draft", "agreed"):
            move(campaign, "fall_through", actor=SYSTEM, now=now)


def approve(campaign: Campaign, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person; the organizer owes the planning fee of the price list. Refuses OwnCampaign."""
    approve_as_second(campaign, actor=actor, now=now, refusal=OwnCampaign)
    with elevated():
        try:
            price = price_of(campaign.trade, PLANNING, campaign.organizer_id, now)
        except NoRule:
            return
        if price.fen > 0:
            charge(
                owner=Owner("merchant", campaign.organizer_id), purpose="service", subject_id=campaign.id, trade=campaign.trade, kind=PLANNING,
                title=f"{price.title} · {campaign.title}", amount=price.fen, price=price, actor=actor, now=now,
            )


def take_campaign(campaign_id: int, parts: Mapping[int, int], *, order_id: int, now: datetime) -> None:
    """What comes off the order's lines (line → fen) is charged to the budget and frozen with everybody's share. Refuses CampaignOver. Runs elevated."""
    amount = sum(parts.values())
    taken = db.session.execute(
        update(Campaign).where(Campaign.id == campaign_id, Campaign.status == "approved", Campaign.ends_at > now, Campaign.given + amount <= Campaign.budget)
        .values(given=Campaign.given + amount).returning(Campaign.id).execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise CampaignOver(title=db.session.get_one(Campaign, campaign_id).title)
    shares = {str(party.merchant_id): party.ppm for party in parties_of(campaign_id)}
    db.session.add_all([
        CampaignShare(campaign_id=campaign_id, order_id=order_id, order_line_id=line_id, amount=fen, shares=shares) for line_id, fen in parts.items() if fen
    ])
    db.session.flush()


def share_out(*, order: Any, now: datetime) -> None:
    """Handler of `order_completed`: the merchants bear their shares of what the campaign gave on the order's lines."""
    _bear(order, [line.id for line in order.lines], now, key=f"{order.id}")


def give_shares_back(*, order: Any, line_ids: Collection[int], key: str, now: datetime) -> None:
    """Handler of `order_refunded`: of what the merchants have borne, they get back in proportion."""
    if order.completed_at is not None:
        _bear(order, line_ids, now, key=f"{order.id}/{key}")


def return_to_budget(*, order: Any, now: datetime) -> None:
    """Handler of `order_closed`: an order that was never completed gives back what it took of the budget."""
    if order.completed_at is not None:
        return
    with elevated():
        shares = db.session.scalars(select(CampaignShare).where(CampaignShare.order_id == order.id, CampaignShare.closed_at.is_(None))).all()
        for share in shares:
            share.closed_at = now
            db.session.execute(
                update(Campaign).where(Campaign.id == share.campaign_id).values(given=Campaign.given - share.amount)
                .execution_options(synchronize_session=False)
            )


def _bear(order: Any, line_ids: Collection[int], now: datetime, *, key: str) -> None:
    """Every merchant has borne exactly its share of what stands: the difference to what it bore before is taken or given back."""
    with elevated():
        due: dict[int, int] = {}
        lines = {line.id: line for line in order.lines}
        for share in shares_of_lines(line_ids):
            line = lines[share.order_line_id]
            stands = borne(still_given(share.amount, line.subsidy, line.subsidy_returned), {int(key): ppm for key, ppm in share.shares.items()})
            stands.pop(0, None)
            for merchant_id in {*stands, *map(int, share.settled)}:
                due[merchant_id] = due.get(merchant_id, 0) + stands.get(merchant_id, 0) - share.settled.get(str(merchant_id), 0)
            share.settled = {str(merchant_id): fen for merchant_id, fen in stands.items()}
        db.session.flush()
        about = OrderRef(order.id, order.trade, order.merchant_id)
        take = _taken([(merchant_id, fen) for merchant_id, fen in sorted(due.items()) if fen > 0])
        give = [Share(merchant_available(merchant_id), -fen) for merchant_id, fen in sorted(due.items()) if fen < 0]
        if take:
            post(campaign_shared(about, key=key, from_merchants=take, at=now), now)
        if give:
            post(campaign_returned(about, key=key, to_merchants=give, at=now), now)


def _taken(due: Sequence[tuple[int, int]]) -> list[Share]:
    return [share for merchant_id, fen in due for share in take_from_available(merchant_id, fen)]
