"""Requests to share and to take back, under the numbers that the channel knows. Amounts are integer fen."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import STAFF_ONLY
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.payments.models import Refund
from app.kernel.sharing.models.sharings import EFFECTS, FINANCE, SYSTEM, Sharing

RESULTS = {"PENDING": _l("等结果"), "SUCCESS": _l("已分到"), "CLOSED": _l("没分成")}

CALL_FLOW = Flow(
    name="share_call",
    title=_l("分账请求"),
    states=(
        State("created", _l("待提交"), "wait"),
        State("submitted", _l("渠道处理中"), "run"),
        State("done", _l("有结果"), "ok", final=True),
        State("refused", _l("渠道不受理"), "bad", final=True),
    ),
    moves=(
        Move("submit", _l("渠道已受理"), ("created",), "submitted", SYSTEM),
        Move("end", _l("有结果"), ("created", "submitted"), "done", SYSTEM),
        Move("refuse", _l("标为不受理"), ("created",), "refused", SYSTEM),
    ),
)

RETURN_FLOW = Flow(
    name="share_return",
    title=_l("分账回退"),
    states=(
        State("created", _l("待提交"), "wait"),
        State("submitted", _l("渠道处理中"), "run"),
        State("done", _l("已回退"), "ok", final=True),
        State("failed", _l("没退回来"), "bad"),
        State("replaced", _l("已换新单"), "mute", final=True),
    ),
    moves=(
        Move("submit", _l("渠道已受理"), ("created",), "submitted", SYSTEM),
        Move("end", _l("已回退"), ("created", "submitted"), "done", SYSTEM),
        Move("fail", _l("标为没退回来"), ("created", "submitted"), "failed", SYSTEM),
        Move(
            "replace", _l("换新单再退"), ("failed",), "replaced", FINANCE | SYSTEM, style="primary", effect=late(f"{EFFECTS}:replace_return"),
            asks=(Ask("reason", _l("原因，例如已给接收方账户充值")),), confirm=_l("旧单号已经作废，用新单号再退一次，不会重复"),
        ),
    ),
)


class ShareCall(Dated, Model):
    """One request: `number` is our out_order_no, sent again as often as needed."""

    __tablename__ = "share_call"
    __access__ = STAFF_ONLY
    __table_args__ = (
        Index("ix_share_call_sharing", "sharing_id", "id"),
        Index("ix_share_call_open", "updated_at", postgresql_where=text("status IN ('created', 'submitted')")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(32, "C"), unique=True)
    sharing_id: Mapped[int] = mapped_column(ForeignKey("share_sharing.id"))
    status: Mapped[str] = mapped_column(String(12), default="created")
    channel_number: Mapped[str | None] = mapped_column(String(64), unique=True)
    problem: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime] = mapped_column(Moment)

    sharing: Mapped[Sharing] = relationship(lazy="raise_on_sql")
    lines: Mapped[list[ShareLine]] = relationship(back_populates="call", order_by="ShareLine.seq")

    @property
    def label(self) -> str:
        """Our number."""
        return self.number


guard_status(ShareCall, CALL_FLOW)


class ShareLine(Model):
    """One receiver's part of a request: whose it is, the account at the channel, and what became of it (`result` as the channel says)."""

    __tablename__ = "share_line"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("call_id", "seq"),
        Index("ix_share_line_done", "done_at", postgresql_where=text("result = 'SUCCESS'")),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("result IN ('PENDING', 'SUCCESS', 'CLOSED') AND (result <> 'SUCCESS' OR done_at IS NOT NULL)", name="result"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("share_call.id"))
    seq: Mapped[int]
    owner_kind: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[int] = mapped_column(BigInteger)
    account: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int] = mapped_column(BigInteger)
    result: Mapped[str] = mapped_column(String(8), default="PENDING")
    reason: Mapped[str] = mapped_column(String(64), default="")
    detail_number: Mapped[str] = mapped_column(String(64), default="")
    done_at: Mapped[datetime | None] = mapped_column(Moment)

    call: Mapped[ShareCall] = relationship(back_populates="lines")


class ShareReturn(Dated, Model):
    """A part taken back before a refund: `number` is our out_return_no. What failed at the channel is over; another takes its place."""

    __tablename__ = "share_return"
    __access__ = STAFF_ONLY
    __table_args__ = (
        Index("ix_share_return_sharing", "sharing_id", "id"),
        Index("ix_share_return_open", "updated_at", postgresql_where=text("status IN ('created', 'submitted', 'failed')")),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("status <> 'done' OR done_at IS NOT NULL", name="done_with_proof"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(32, "C"), unique=True)
    sharing_id: Mapped[int] = mapped_column(ForeignKey("share_sharing.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("share_line.id"), index=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("pay_refund.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(12), default="created")
    channel_number: Mapped[str | None] = mapped_column(String(64), unique=True)
    problem: Mapped[str] = mapped_column(String(200), default="")
    tries: Mapped[int] = mapped_column(default=1)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)

    sharing: Mapped[Sharing] = relationship(lazy="raise_on_sql")
    line: Mapped[ShareLine] = relationship(lazy="raise_on_sql")
    refund: Mapped[Refund] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Our number."""
        return self.number


guard_status(ShareReturn, RETURN_FLOW)
