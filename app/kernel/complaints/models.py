"""A complaint about an order. Amounts in fen, times UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.aftersales.models import RefundCase
from app.kernel.complaints.rules import BEARERS
from app.kernel.orders.models import Order
from app.kernel.parties.models import Customer, Merchant
from app.kernel.parties.roles import OPERATORS, RUNNERS

EFFECTS = "app.kernel.complaints.operations"
ARBITERS = OPERATORS
CUSTOMER, SYSTEM = frozenset({"customer"}), frozenset({"system"})
LIVE = ("open", "answered", "arbitrating", "ruled")
PICTURES = 6

COMPLAINT_FLOW = Flow(
    name="complaint",
    title=_l("投诉"),
    states=(
        State("open", _l("等商户答复"), "wait"),
        State("answered", _l("等顾客确认"), "hold"),
        State("arbitrating", _l("等平台裁决"), "bad"),
        State("ruled", _l("裁决待复核"), "wait"),
        State("agreed", _l("商户同意退款"), "ok", final=True),
        State("upheld", _l("裁决退款"), "ok", final=True),
        State("dismissed", _l("裁决不退"), "mute", final=True),
        State("closed", _l("已了结"), "mute", final=True),
        State("withdrawn", _l("顾客撤回"), "mute", final=True),
    ),
    moves=(
        Move(
            "agree", _l("同意退款"), ("open", "answered"), "agreed", RUNNERS, style="primary", effect=late(f"{EFFECTS}.answering:agree"),
            asks=(Ask("granted", _l("退多少"), "money"), Ask("answer", _l("答复顾客"))), confirm=_l("钱会原路退给顾客，由商户承担"),
        ),
        Move("answer", _l("答复，不退款"), ("open",), "answered", RUNNERS, effect=late(f"{EFFECTS}.answering:answer"), asks=(Ask("answer", _l("答复顾客")),)),
        Move("accept", _l("接受答复"), ("answered",), "closed", CUSTOMER | SYSTEM, effect=late(f"{EFFECTS}.answering:close"), api=True),
        Move("escalate", _l("请平台裁决"), ("answered",), "arbitrating", CUSTOMER, effect=late(f"{EFFECTS}.answering:escalate"), api=True),
        Move("time_out", _l("超时没有答复"), ("open",), "arbitrating", SYSTEM, effect=late(f"{EFFECTS}.answering:escalate")),
        Move("withdraw", _l("撤回投诉"), ("open", "answered", "arbitrating"), "withdrawn", CUSTOMER, effect=late(f"{EFFECTS}.answering:close"), api=True),
        Move(
            "rule", _l("裁决退款"), ("arbitrating",), "ruled", ARBITERS, style="primary", effect=late(f"{EFFECTS}.ruling:rule"),
            asks=(
                Ask("granted", _l("退多少"), "money"), Ask("bearer", _l("谁承担"), "choice", choices=tuple(BEARERS.items())),
                Ask("ruling", _l("裁决理由")),
            ),
        ),
        Move(
            "uphold", _l("复核通过"), ("ruled",), "upheld", ARBITERS, style="primary", effect=late(f"{EFFECTS}.ruling:uphold"), confirm_amount="granted",
            confirm=_l("钱会原路退给顾客；作出裁决的人不能自己复核"),
        ),
        Move("send_back", _l("退回再议"), ("ruled",), "arbitrating", ARBITERS, asks=(Ask("reason", _l("原因")),)),
        Move(
            "dismiss", _l("裁决不退"), ("arbitrating",), "dismissed", ARBITERS, style="danger", effect=late(f"{EFFECTS}.ruling:dismiss"),
            asks=(Ask("ruling", _l("裁决理由")),), confirm=_l("冻结的钱还给商户"),
        ),
    ),
)


class Complaint(Dated, Model):
    """What a customer says went wrong with an order.

    `wish` is what the customer wants back, `granted` what it gets, `held` what is held from the merchant meanwhile. `merchant_ppm` is the
    merchant's part of what the refund takes from it, `borne` what the platform gave it back. `answer_by` is when the next word is due.
    """

    __tablename__ = "complaint_complaint"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        Index("uq_complaint_complaint_live", "order_id", unique=True, postgresql_where=text("status IN ('open', 'answered', 'arbitrating', 'ruled')")),
        Index("ix_complaint_complaint_merchant", "merchant_id", "status", "id"),
        Index("ix_complaint_complaint_customer", "customer_id", "id"),
        Index("ix_complaint_complaint_due", "answer_by", postgresql_where=text("status IN ('open', 'answered')")),
        CheckConstraint("wish > 0 AND granted >= 0 AND held >= 0 AND borne >= 0", name="amounts"),
        CheckConstraint("merchant_ppm BETWEEN 0 AND 1000000", name="merchant_ppm"),
        CheckConstraint("status <> 'upheld' OR (granted > 0 AND approved_by IS NOT NULL)", name="upheld_by_somebody"),
        CheckConstraint("approved_by IS NULL OR approved_by <> ruled_by", name="second_person"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id"), index=True)
    order_number: Mapped[str] = mapped_column(String(24))
    trade: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    status: Mapped[str] = mapped_column(String(12), default="open")
    reason: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(String(500))
    pictures: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    wish: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    answer_by: Mapped[datetime] = mapped_column(Moment)
    answer: Mapped[str] = mapped_column(String(200), default="")
    ruling: Mapped[str] = mapped_column(String(200), default="")
    granted: Mapped[int] = mapped_column(BigInteger, default=0)
    bearer: Mapped[str] = mapped_column(String(8), default="")
    merchant_ppm: Mapped[int] = mapped_column(default=1_000_000)
    borne: Mapped[int] = mapped_column(BigInteger, default=0)
    ruled_by: Mapped[str | None] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("after_refund_case.id"), index=True)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    order: Mapped[Order] = relationship(lazy="raise_on_sql")
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")
    case: Mapped[RefundCase | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


guard_status(Complaint, COMPLAINT_FLOW)
