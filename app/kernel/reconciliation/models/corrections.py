"""What was matched or settled and turns out wrong: taken apart, matched by hand, or opened again, by two people."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import STAFF_ONLY
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.reconciliation.models.days import ReconBreak, ReconDay

PART, JOIN, REOPEN = "part", "join", "reopen"
CORRECTIONS: dict[str, Any] = {PART: _l("拆开"), JOIN: _l("人工对上"), REOPEN: _l("重开差异")}
CORRECTION_FLOW = proposal_flow(
    "recon_correction", _l("对账更正"), effect=late("app.kernel.reconciliation.operations.correcting:carry_out"),
    confirm=_l("当天的账会重新比对，挂账和分录跟着变"), ends=True,
)


class ReconCorrection(Proposal, Dated, Model):
    """One person says that something was matched or settled wrongly, another agrees.

    `part` takes the line `row` of the bill and the record `record_id` of `kind` (payment, refund, payout) apart: while it is approved, no comparison
    makes them a pair; a payout's movement (`record_id` None) is parted from all that it was a batch of. `join` makes a pair of the line of `break_id` and
    the record of `other_id`. `reopen` opens the settled break `break_id` again.
    """

    __tablename__ = "recon_correction"
    __access__ = STAFF_ONLY
    __table_args__ = (
        CheckConstraint(f"what IN ('{PART}', '{JOIN}', '{REOPEN}')", name="what"),
        CheckConstraint(f"(what = '{JOIN}') = (other_id IS NOT NULL) AND (what = '{PART}') = (break_id IS NULL)", name="breaks"),
        CheckConstraint(f"what = '{REOPEN}' OR (bill_id IS NOT NULL AND row IS NOT NULL AND kind <> '')", name="line"),
        *proposal_checks(),
        Index("uq_recon_correction_line", "bill_id", "row", unique=True, postgresql_where=text("status = 'draft' AND what <> 'reopen'")),
        Index("uq_recon_correction_break", "break_id", unique=True, postgresql_where=text("status = 'draft'")),
        Index("ix_recon_correction_day", "day_id"),
        Index("ix_recon_correction_bill", "bill_id", "row"),
        Index("ix_recon_correction_break", "break_id"),
        Index("ix_recon_correction_other", "other_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    what: Mapped[str] = mapped_column(String(8))
    day_id: Mapped[int] = mapped_column(ForeignKey("recon_day.id"))
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("pay_bill.id"))
    row: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(8), default="")
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    our_number: Mapped[str] = mapped_column(String(64), default="")
    channel_number: Mapped[str] = mapped_column(String(64), default="")
    amount: Mapped[int] = mapped_column(BigInteger)
    break_id: Mapped[int | None] = mapped_column(ForeignKey("recon_break.id"))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("recon_break.id"))

    day: Mapped[ReconDay] = relationship(lazy="raise_on_sql")
    settled: Mapped[ReconBreak | None] = relationship(lazy="raise_on_sql", foreign_keys=[break_id])
    other: Mapped[ReconBreak | None] = relationship(lazy="raise_on_sql", foreign_keys=[other_id])

    @property
    def label(self) -> str:
        """`拆开 D261130000001`."""
        return f"{CORRECTIONS[self.what]} {self.our_number or self.channel_number or self.row}"


guard_status(ReconCorrection, CORRECTION_FLOW)
