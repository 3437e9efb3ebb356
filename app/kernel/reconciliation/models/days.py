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
from app.kernel.ledger.accounts import clearing, unidentified_receipt
from app.kernel.ledger.values import AccountRef
from app.kernel.payments.models import ChannelBill
from app.kernel.reconciliation.rules.words import BREAKS, RESOLUTIONS, resolution_for

SYSTEM = frozenset({"system"})
FINANCE = frozenset({"Finance", "Admin"})
SETTLING = "app.kernel.reconciliation.operations.settling"
CORRECTING = "app.kernel.reconciliation.operations.correcting"
MONTHS = "app.kernel.reconciliation.operations.months"
UNSETTLED = ("open", "investigating", "proposed")

DAY_FLOW = Flow(
    name="recon_day",
    title=_l("对账日"),
    states=(State("open", _l("有差异"), "wait"), State("even", _l("已对平"), "ok"), State("signed", _l("已签字"), "ok", final=True)),
    moves=(
        Move("settle", _l("对平"), ("open",), "even", SYSTEM),
        Move("reopen", _l("又有差异"), ("even",), "open", SYSTEM),
        Move(
            "sign", _l("签字"), ("even",), "signed", FINANCE, style="primary", effect=late(f"{SETTLING}:sign"),
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
        State("closed", _l("已了结"), "ok"),
    ),
    moves=(
        Move("take", _l("我来查"), ("open",), "investigating", FINANCE, style="primary", effect=late(f"{SETTLING}:take")),
        Move(
            "propose", _l("提出处理"), ("open", "investigating"), "proposed", FINANCE, style="primary", effect=late(f"{SETTLING}:propose"),
            asks=(Ask("reason", _l("查到了什么，为什么这样处理")),),
        ),
        Move(
            "approve", _l("复核通过"), ("proposed",), "closed", FINANCE, style="primary", effect=late(f"{SETTLING}:approve"),
            confirm=_l("按提出的处理记账，不能撤回"), confirm_amount="money", applies=lambda found: found.effect != 0,
        ),
        Move(
            "accept", _l("复核通过"), ("proposed",), "closed", FINANCE, style="primary", effect=late(f"{SETTLING}:approve"),
            confirm=_l("这条差异不用调账"), applies=lambda found: found.effect == 0,
        ),
        Move(
            "send_back", _l("退回再查"), ("proposed",), "investigating", FINANCE, asks=(Ask("reason", _l("退回原因")),),
            effect=late(f"{SETTLING}:send_back"),
        ),
        Move(
            "join", _l("和另一条对上"), ("open", "investigating"), "investigating", FINANCE, effect=late(f"{CORRECTING}:propose_joining"),
            asks=(Ask("other", _l("另一条的差异号"), max_length=80), Ask("reason", _l("为什么是同一笔"))), applies=lambda found: found.one_sided,
        ),
        Move(
            "reopen", _l("重开"), ("closed",), "closed", FINANCE, effect=late(f"{CORRECTING}:propose_reopening"),
            asks=(Ask("reason", _l("哪里处理错了")),), applies=lambda found: found.resolution != "matched",
        ),
        Move("match", _l("对上了"), UNSETTLED, "closed", SYSTEM, effect=late(f"{SETTLING}:take_back")),
        Move("reappear", _l("又要处理"), ("closed",), "open", SYSTEM, effect=late(f"{SETTLING}:reappear")),
    ),
)


MONTH_FLOW = Flow(
    name="recon_month",
    title=_l("对账月"),
    states=(State("open", _l("未关账"), "wait"), State("proposed", _l("待复核"), "wait"), State("closed", _l("已关账"), "ok", final=True)),
    moves=(
        Move("propose", _l("提出关账"), ("open",), "proposed", FINANCE, style="primary", effect=late(f"{MONTHS}:propose_close")),
        Move(
            "close", _l("复核关账"), ("proposed",), "closed", FINANCE, style="primary", effect=late(f"{MONTHS}:close"),
            confirm=_l("这个月的账单、比对和差异不能再改，账本也不再记到这个月"),
        ),
        Move("send_back", _l("退回"), ("proposed",), "open", FINANCE, asks=(Ask("reason", _l("退回原因")),)),
    ),
)


class ReconDay(Dated, Model):
    """A day of one account that was compared. `theirs_*` are what the trade bill says, `ours_*` what we booked on that day.

    `lines` and `matched` count the trade bill, `movements` and `moved` the fund bill. `fee_ppm` is the contract's rate by which it was compared.
    """

    __tablename__ = "recon_day"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("account_number", "day"),
        CheckConstraint("matched BETWEEN 0 AND lines", name="matched_within"),
        CheckConstraint("moved BETWEEN 0 AND movements", name="moved_within"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    channel: Mapped[str] = mapped_column(String(16), default="wechat")
    account_number: Mapped[str] = mapped_column(String(32))
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("pay_bill.id"), index=True)
    fund_bill_id: Mapped[int | None] = mapped_column(ForeignKey("pay_bill.id"), index=True)
    sharing_bill_id: Mapped[int | None] = mapped_column(ForeignKey("pay_bill.id"), index=True)
    fee_ppm: Mapped[int] = mapped_column(server_default="6000")
    status: Mapped[str] = mapped_column(String(12), default="open")
    lines: Mapped[int] = mapped_column(default=0)
    matched: Mapped[int] = mapped_column(default=0)
    movements: Mapped[int] = mapped_column(default=0, server_default="0")
    moved: Mapped[int] = mapped_column(default=0, server_default="0")
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
    """A line of a bill and what it belongs to, where that is no plain pair of the same number and day; each of them once.

    `kind` is payment, refund, payout (`record_id` is the ledger transaction that sent it), or fund (a movement and a line of a trade bill, no record).
    """

    __tablename__ = "recon_pair"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("bill_id", "row", "record_id", postgresql_nulls_not_distinct=True), UniqueConstraint("kind", "record_id"),
        CheckConstraint("how IN ('number', 'channel_number', 'window', 'payout', 'group', 'people')", name="how"),
        Index("ix_recon_pair_day", "day_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day_id: Mapped[int] = mapped_column(ForeignKey("recon_day.id"))
    bill_id: Mapped[int] = mapped_column(ForeignKey("pay_bill.id"))
    row: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    how: Mapped[str] = mapped_column(String(16))


class ReconBreak(Dated, Model):
    """A difference, with the evidence of both sides. `effect` is what the account of its `source` lacks in our books, and what stands in suspense while
    it is unsettled; `row` is a line of the bill `bill_id`; `movement` is the kind of the fund bill's line. `round` counts how often it was opened.
    """

    __tablename__ = "recon_break"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_recon_break_day", "day_id", "id"),
        Index("ix_recon_break_open", "status", "due_on", postgresql_where=text("status <> 'closed'")),
        Index("ix_recon_break_record", "record_kind", "record_id"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="second_person"),
        CheckConstraint("source IN ('clearing', 'unidentified')", name="source"),
        CheckConstraint("status <> 'closed' OR resolution <> ''", name="closed_somehow"),
        CheckConstraint("round > 0", name="round"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(80, "C"))
    day_id: Mapped[int] = mapped_column(ForeignKey("recon_day.id"))
    kind: Mapped[str] = mapped_column(String(24))
    status: Mapped[str] = mapped_column(String(16), default="open")
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("pay_bill.id"), index=True)
    row: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(12), default="clearing", server_default="clearing")
    movement: Mapped[str] = mapped_column(String(12), default="", server_default="")
    our_number: Mapped[str] = mapped_column(String(64), default="")
    channel_number: Mapped[str] = mapped_column(String(64), default="")
    record_kind: Mapped[str] = mapped_column(String(8), default="")
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    theirs: Mapped[int | None] = mapped_column(BigInteger)
    ours: Mapped[int | None] = mapped_column(BigInteger)
    theirs_at: Mapped[datetime | None] = mapped_column(Moment)
    ours_at: Mapped[datetime | None] = mapped_column(Moment)
    effect: Mapped[int] = mapped_column(BigInteger)
    round: Mapped[int] = mapped_column(default=1)
    owner: Mapped[str] = mapped_column(String(80), default="")
    due_on: Mapped[date] = mapped_column(Date)
    resolution: Mapped[str] = mapped_column(String(16), default="")
    explanation: Mapped[str] = mapped_column(String(200), default="")
    proposed_by: Mapped[str | None] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    day: Mapped[ReconDay] = relationship(lazy="raise_on_sql")
    bill: Mapped[ChannelBill | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number

    @property
    def posting_key(self) -> str:
        """Its name in the ledger: a break that was opened again is a fact of its own each time."""
        return self.number if self.round == 1 else f"{self.number}/{self.round}"

    @property
    def one_sided(self) -> bool:
        """True when a payment or a refund stands on one side only, so that it may belong to one that stands on the other only."""
        return self.kind in {f"{side}_only_{kind}" for side in ("channel", "local") for kind in ("payment", "refund")} and not self.movement

    @property
    def money(self) -> int:
        """Fen that change place when the break is approved."""
        return abs(self.effect)

    @property
    def what(self) -> Any:
        """The kind in words."""
        return BREAKS[self.kind]

    @property
    def plan(self) -> str:
        """The resolution: the one that was proposed, or the usual one."""
        return self.resolution or resolution_for(self.effect, self.kind, self.movement)

    @property
    def outcome(self) -> Any:
        """The resolution in words."""
        return RESOLUTIONS[self.plan]

    @property
    def between_bills(self) -> bool:
        """True when the two sides are the trade bill and the fund bill, not our books and a bill."""
        return bool(self.movement and not self.record_id) or (self.kind == "timing" and not self.record_id)

    @property
    def waits(self) -> bool:
        """True while nobody has settled it."""
        return self.status in UNSETTLED

    def source_account(self, day: ReconDay) -> AccountRef:
        """Where the effect was taken from when the difference was found."""
        return unidentified_receipt() if self.source == "unidentified" else day.clearing_account


class ReconMonth(Dated, Model):
    """A month of one account, `month` being its first day: closed when every day of it is signed, by two people; then nothing of it changes."""

    __tablename__ = "recon_month"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("account_number", "month"),
        CheckConstraint("closed_by IS NULL OR closed_by <> proposed_by", name="second_person"),
        CheckConstraint("status <> 'closed' OR closed_by IS NOT NULL", name="closed_by_somebody"),
        CheckConstraint("extract(day FROM month) = 1", name="first_day"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(Date)
    account_number: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(12), default="open")
    proposed_by: Mapped[str | None] = mapped_column(String(80))
    closed_by: Mapped[str | None] = mapped_column(String(80))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """The month."""
        return f"{self.month:%Y-%m}"


guard_status(ReconDay, DAY_FLOW)
guard_status(ReconBreak, BREAK_FLOW)
guard_status(ReconMonth, MONTH_FLOW)
