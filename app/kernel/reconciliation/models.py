"""Days that were compared, the pairs that were found, and the breaks. Amounts are integer fen, days are business days of Shanghai."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import STAFF_ONLY
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.ledger.accounts import clearing
from app.kernel.ledger.values import AccountRef
from app.kernel.reconciliation.rules import BREAKS, RESOLUTIONS

SYSTEM = frozenset({"system"})
FINANCE = frozenset({"Finance", "Admin"})
OPERATIONS = "app.kernel.reconciliation.operations"
UNSETTLED = ("open", "investigating", "proposed")

DAY_FLOW = Flow(
    name="recon_day",
    title=_l("对账日"),
    states=(State("open", _l("有差异"), "wait"), State("even", _l("已对平"), "ok"), State("signed", _l("已签字"), "ok", final=True)),
    moves=(
        Move("settle", _l("对平"), ("open",), "even", SYSTEM),
        Move("reopen", _l("又有差异"), ("even",), "open", SYSTEM),
        Move(
            "sign", _l("签字"), ("even",), "signed", FINANCE, style="primary", effect=late(f"{OPERATIONS}:sign"),
            confirm=_l("这一天的账不再比对，也不再改"),
        ),
    ),
)

BREAK_FLOW = Flow(
    name="recon_break",
    title=_l("对账差异"),
    states=(
        State("open", _l("待查"), "bad"),
        State("investigating", _l("在查"), "run"),
        State("proposed", _l("待复核"), "wait"),
        State("closed", _l("已了结"), "ok", final=True),
    ),
    moves=(
        Move("take", _l("我来查"), ("open",), "investigating", FINANCE, style="primary", effect=late(f"{OPERATIONS}:take")),
        Move(
            "propose", _l("提出处理"), ("open", "investigating"), "proposed", FINANCE, style="primary", effect=late(f"{OPERATIONS}:propose"),
            asks=(Ask("reason", _l("查到了什么，为什么这样处理")),),
        ),
        Move(
            "approve", _l("复核通过"), ("proposed",), "closed", FINANCE, style="primary", effect=late(f"{OPERATIONS}:approve"),
            confirm=_l("按提出的处理记账，不能撤回"), confirm_amount="money", applies=lambda found: found.effect != 0,
        ),
        Move(
            "accept", _l("复核通过"), ("proposed",), "closed", FINANCE, style="primary", effect=late(f"{OPERATIONS}:approve"),
            confirm=_l("这条差异不用调账"), applies=lambda found: found.effect == 0,
        ),
        Move("send_back", _l("退回再查"), ("proposed",), "investigating", FINANCE, asks=(Ask("reason", _l("退回原因")),)),
        Move("match", _l("对上了"), UNSETTLED, "closed", SYSTEM, effect=late(f"{OPERATIONS}:take_back")),
    ),
)


class ReconDay(Dated, Model):
    """A day of one account that was compared. `theirs_*` are what the bill says, `ours_*` what we booked on that day."""

    __tablename__ = "recon_day"
    __access__ = STAFF_ONLY
    __table_args__ = (UniqueConstraint("account_number", "day"), CheckConstraint("matched BETWEEN 0 AND lines", name="matched_within"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    channel: Mapped[str] = mapped_column(String(16), default="wechat")
    account_number: Mapped[str] = mapped_column(String(32))
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("pay_bill.id"))
    status: Mapped[str] = mapped_column(String(12), default="open")
    lines: Mapped[int] = mapped_column(default=0)
    matched: Mapped[int] = mapped_column(default=0)
    theirs_in: Mapped[int] = mapped_column(BigInteger, default=0)
    theirs_out: Mapped[int] = mapped_column(BigInteger, default=0)
    ours_in: Mapped[int] = mapped_column(BigInteger, default=0)
    ours_out: Mapped[int] = mapped_column(BigInteger, default=0)
    compared_at: Mapped[datetime] = mapped_column(Moment)
    signed_by: Mapped[str] = mapped_column(String(80), default="")
    signed_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """The day."""
        return f"{self.day:%Y-%m-%d}"

    @property
    def clearing_account(self) -> AccountRef:
        """Where the day's payments and refunds stand in the ledger."""
        return clearing(self.channel, self.account_number)


class ReconPair(Model):
    """A line of a bill and our record of it; each of them once."""

    __tablename__ = "recon_pair"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("day_id", "row"), UniqueConstraint("kind", "record_id"),
        CheckConstraint("how IN ('number', 'channel_number', 'window')", name="how"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day_id: Mapped[int] = mapped_column(ForeignKey("recon_day.id"))
    row: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    record_id: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    how: Mapped[str] = mapped_column(String(16))


class ReconBreak(Dated, Model):
    """A difference, with the evidence of both sides. `effect` is what clearing lacks in our books and what stands in suspense while it is unsettled."""

    __tablename__ = "recon_break"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_recon_break_day", "day_id", "id"),
        Index("ix_recon_break_open", "status", "due_on", postgresql_where=text("status <> 'closed'")),
        Index("ix_recon_break_record", "record_kind", "record_id"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="second_person"),
        CheckConstraint("status <> 'closed' OR resolution <> ''", name="closed_somehow"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(80, "C"))
    day_id: Mapped[int] = mapped_column(ForeignKey("recon_day.id"))
    kind: Mapped[str] = mapped_column(String(24))
    status: Mapped[str] = mapped_column(String(16), default="open")
    row: Mapped[int | None]
    our_number: Mapped[str] = mapped_column(String(64), default="")
    channel_number: Mapped[str] = mapped_column(String(64), default="")
    record_kind: Mapped[str] = mapped_column(String(8), default="")
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    theirs: Mapped[int | None] = mapped_column(BigInteger)
    ours: Mapped[int | None] = mapped_column(BigInteger)
    effect: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str] = mapped_column(String(80), default="")
    due_on: Mapped[date] = mapped_column(Date)
    resolution: Mapped[str] = mapped_column(String(16), default="")
    explanation: Mapped[str] = mapped_column(String(200), default="")
    proposed_by: Mapped[str | None] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    day: Mapped[ReconDay] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number

    @property
    def money(self) -> int:
        """Fen that change place when the break is approved."""
        return abs(self.effect)

    @property
    def what(self) -> Any:
        """The kind in words."""
        return BREAKS[self.kind]

    @property
    def outcome(self) -> Any:
        """The resolution in words."""
        return RESOLUTIONS.get(self.resolution, self.resolution)


guard_status(ReconDay, DAY_FLOW)
guard_status(ReconBreak, BREAK_FLOW)
