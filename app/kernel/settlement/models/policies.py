"""When and how merchants are settled, by trade and merchant, from a day on; a second person approves."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import STAFF_ONLY
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks

CYCLES = {"daily": _l("每天"), "weekly": _l("每周（周日截止）"), "monthly": _l("每月（月末截止）")}

POLICY_FLOW = proposal_flow(
    "settle_policy", _l("结算规则"), effect=late("app.kernel.settlement.operations.policies:put_in_force"), confirm=_l("批准后从生效日起按这个规则放款和出账"),
)


class Policy(Proposal, Dated, Model):
    """How a trade's merchants are settled from `starts_on` on, or one merchant; the newest approved one that began counts.

    An order's money comes free `hold_days` business days after completion, `reserve_ppm` of it `reserve_days` later.
    Less than `minimum` fen waits for the next cycle. The merchant has `confirm_days` to confirm a statement or dispute it.
    """

    __tablename__ = "settle_policy"
    __access__ = STAFF_ONLY
    __table_args__ = (
        CheckConstraint("cycle IN ('daily', 'weekly', 'monthly')", name="cycle"),
        CheckConstraint("hold_days BETWEEN 0 AND 90 AND reserve_days BETWEEN 0 AND 365 AND minimum >= 0 AND confirm_days BETWEEN 0 AND 30", name="days"),
        CheckConstraint("reserve_ppm BETWEEN 0 AND 500000", name="reserve"),
        *proposal_checks(),
        Index("ix_settle_policy_trade", "trade", "merchant_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    cycle: Mapped[str] = mapped_column(String(12), default="daily")
    hold_days: Mapped[int] = mapped_column(default=1)
    reserve_ppm: Mapped[int] = mapped_column(default=0)
    reserve_days: Mapped[int] = mapped_column(default=0)
    minimum: Mapped[int] = mapped_column(BigInteger, default=0)
    confirm_days: Mapped[int] = mapped_column(default=0)
    starts_on: Mapped[date] = mapped_column(Date)

    @property
    def label(self) -> str:
        """`dining 2026-12-01`."""
        return f"{self.trade} {self.starts_on:%Y-%m-%d}"


guard_status(Policy, POLICY_FLOW)
