"""Campaigns, the merchants in them with their shares, and what was given on which line. Amounts in fen, shares in ppm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import STAFF_ONLY, owned, reference
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import FINANCE
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.marketing.flows import HOUSE, SYSTEM
from app.kernel.parties.models import Merchant

REASON = (Ask("reason", _l("原因")),)


def _effect(name: str) -> Callable[..., Any]:
    return late(f"app.kernel.marketing.campaigns.operations:{name}")


CAMPAIGN_FLOW = Flow(
    name="marketing_campaign",
    title=_l("联合活动"),
    states=(
        State("draft", _l("等商户同意"), "wait"),
        State("agreed", _l("等财务批准"), "wait"),
        State("approved", _l("进行中"), "run"),
        State("refused", _l("没有谈成"), "bad", final=True),
        State("ended", _l("已结束"), "mute", final=True),
    ),
    moves=(
        Move("agree", _l("都同意了"), ("draft",), "agreed", SYSTEM),
        Move("fall_through", _l("有商户不同意"), ("draft", "agreed"), "refused", SYSTEM),
        Move(
            "approve", _l("批准"), ("agreed",), "approved", FINANCE, effect=_effect("approve"), style="primary",
            confirm=_l("批准后到日期就开始优惠，费用按约定分担；策划费记给发起的商户"),
        ),
        Move("refuse", _l("不批准"), ("draft", "agreed"), "refused", FINANCE | {"Operator"}, asks=REASON, style="danger"),
        Move("end", _l("结束活动"), ("approved",), "ended", FINANCE | SYSTEM | {"Operator"}, style="danger", confirm=_l("结束后不再优惠，已经下的单不变")),
    ),
)
PARTY_FLOW = Flow(
    name="marketing_campaign_party",
    title=_l("联合活动的约定"),
    states=(State("asked", _l("待同意"), "wait"), State("accepted", _l("已同意"), "ok"), State("declined", _l("不同意"), "bad", final=True)),
    moves=(
        Move(
            "accept", _l("同意分担"), ("asked",), "accepted", HOUSE, effect=_effect("on_accepted"), style="primary",
            confirm=_l("同意后，活动优惠的钱按这个比例由你承担，核销时从可提现里扣"),
        ),
        Move("decline", _l("不同意"), ("asked",), "declined", HOUSE, asks=REASON, effect=_effect("on_declined"), style="danger"),
    ),
)


class Campaign(Proposal, Dated, Model):
    """`ppm` of the goods off at all its merchants from `begins_at` until `ends_at`, at most `budget` in all, of which `given` stands.

    The merchants bear what they agreed to, the platform the rest. It counts when every merchant accepted and a second person approved.
    `organizer_id` is the merchant that asked for it and owes the planning fee.
    """

    __tablename__ = "marketing_campaign"
    __access__ = reference()
    __table_args__ = (
        *proposal_checks(),
        CheckConstraint("ppm BETWEEN 1 AND 900000", name="ppm"),
        CheckConstraint("begins_at < ends_at", name="period"),
        CheckConstraint("given >= 0 AND given <= budget", name="within_budget"),
        Index("ix_marketing_campaign_running", "trade", "ends_at", postgresql_where=text("status = 'approved'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(40))
    organizer_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    ppm: Mapped[int]
    budget: Mapped[int] = mapped_column(BigInteger)
    given: Mapped[int] = mapped_column(BigInteger, default=0)
    begins_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)

    organizer: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Its title."""
        return self.title


class CampaignParty(Dated, Model):
    """A merchant's share of what a campaign costs: `ppm` of every discount, wherever it is redeemed."""

    __tablename__ = "marketing_campaign_party"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("campaign_id", "merchant_id"), CheckConstraint("ppm BETWEEN 0 AND 1000000", name="ppm"),
        Index("ix_marketing_campaign_party_merchant", "merchant_id", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("marketing_campaign.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    ppm: Mapped[int]
    status: Mapped[str] = mapped_column(String(8), default="asked")
    answered_by: Mapped[str] = mapped_column(String(80), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)

    campaign: Mapped[Campaign] = relationship()
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The campaign's title."""
        return self.campaign.title


class CampaignShare(Model):
    """What a campaign took off a line, with the shares frozen when it was ordered: merchant → ppm.

    `settled` is what merchants have borne of it since the line was completed, so far as refunds left it; `closed_at` when the order was cancelled and the
    budget had it back.
    """

    __tablename__ = "marketing_campaign_share"
    __access__ = STAFF_ONLY
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"), Index("ix_marketing_campaign_share_campaign", "campaign_id", "id"),
        Index("ix_marketing_campaign_share_order", "order_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("marketing_campaign.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    shares: Mapped[dict[str, int]] = mapped_column(JSONB)
    settled: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


guard_status(Campaign, CAMPAIGN_FLOW)
guard_status(CampaignParty, PARTY_FLOW)
