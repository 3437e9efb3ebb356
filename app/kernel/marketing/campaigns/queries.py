"""Reads of campaigns: which runs for a merchant, who is in it, what it came to. Amounts in fen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.core.actors import Actor
from app.extensions import db
from app.framework.database import elevated
from app.kernel.marketing.campaigns.models import Campaign, CampaignParty, CampaignShare


@dataclass(frozen=True)
class Borne:
    """A merchant in a campaign: its share, its answer, and what it has borne."""

    party: CampaignParty
    borne: int


def running_campaign(*, merchant_id: int, trade: str, now: datetime) -> Campaign | None:
    """The campaign that the merchant's goods are in now, the one that gives most; None without one."""
    with elevated():
        statement = select(Campaign).join(CampaignParty, CampaignParty.campaign_id == Campaign.id).where(
            CampaignParty.merchant_id == merchant_id, Campaign.trade == trade, Campaign.status == "approved", Campaign.begins_at <= now,
            Campaign.ends_at > now, Campaign.given < Campaign.budget,
        )
        return db.session.scalars(statement.order_by(Campaign.ppm.desc(), Campaign.id).limit(1)).one_or_none()


def parties_of(campaign_id: int) -> Sequence[CampaignParty]:
    """The merchants in it, by key."""
    statement = select(CampaignParty).where(CampaignParty.campaign_id == campaign_id).options(joinedload(CampaignParty.merchant))
    return db.session.scalars(statement.order_by(CampaignParty.merchant_id)).all()


def shares_of_lines(line_ids: Collection[int]) -> Sequence[CampaignShare]:
    """What campaigns gave on the lines, locked."""
    statement = select(CampaignShare).where(CampaignShare.order_line_id.in_(line_ids)).order_by(CampaignShare.id).with_for_update()
    return db.session.scalars(statement).all()


def agreement_of(campaign_id: int) -> list[Borne]:
    """Every merchant with its share and what it has borne, for all who are in it."""
    with elevated():
        settled: dict[str, int] = {}
        for each in db.session.scalars(select(CampaignShare.settled).where(CampaignShare.campaign_id == campaign_id)):
            for merchant, fen in each.items():
                settled[merchant] = settled.get(merchant, 0) + fen
        return [Borne(party, settled.get(str(party.merchant_id), 0)) for party in parties_of(campaign_id)]


def asked_parties(actor: Actor) -> int:
    """How many agreements wait for the merchant's answer; on the platform's side how many campaigns wait for approval."""
    if actor.merchant_id:
        return db.session.scalar(select(func.count()).select_from(CampaignParty).where(CampaignParty.status == "asked")) or 0
    return db.session.scalar(select(func.count()).select_from(Campaign).where(Campaign.status == "agreed")) or 0
