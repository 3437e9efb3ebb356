"""Payments, refunds, what the channel told us, and its bills. Amounts are integer fen, times UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.framework.access import STAFF_ONLY, owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.ledger.accounts import clearing
from app.kernel.ledger.values import AccountRef, OrderRef, Share
from app.kernel.parties.models import Customer, Merchant
from app.kernel.payments.tenders import tender_of

TOP_UP = "wallet"  # the subject of a payment that fills a wallet
SYSTEM = frozenset({"system"})
MONEY_STAFF = frozenset({"Operator", "Finance", "Admin"})

PAYMENT_FLOW = Flow(
    name="payment",
    title=_l("支付"),
    states=(
        State("created", _l("待支付"), "wait"),
        State("paid", _l("已支付"), "ok"),
        State("closed", _l("已关闭"), "mute"),
    ),
    moves=(
        # Money that arrives after closing has arrived all the same.
        Move("pay", _l("到账"), ("created", "closed"), "paid", SYSTEM),
        Move("close", _l("关闭"), ("created",), "closed", SYSTEM),
    ),
)

REFUND_FLOW = Flow(
    name="refund",
    title=_l("退款单"),
    states=(
        State("created", _l("待提交"), "wait"),
        State("submitted", _l("退款中"), "run"),
        State("succeeded", _l("已到账"), "ok", final=True),
        State("abnormal", _l("退款异常"), "bad"),
        State("closed", _l("渠道已关闭"), "bad"),
        State("elsewhere", _l("已用其他方式退"), "ok", final=True),
    ),
    moves=(
        # A callback may overtake the answer to our own asking, so every outcome starts from `created` too.
        Move("submit", _l("渠道已受理"), ("created",), "submitted", SYSTEM),
        Move("succeed", _l("到账"), ("created", "submitted", "abnormal"), "succeeded", SYSTEM),
        Move("fail", _l("标为异常"), ("created", "submitted"), "abnormal", SYSTEM),
        Move("close", _l("渠道关闭"), ("created", "submitted", "abnormal"), "closed", SYSTEM),
        Move(
            "retry", _l("原单号重试"), ("abnormal",), "created", MONEY_STAFF | SYSTEM, style="primary",
            effect=late("app.kernel.payments.operations.refunding:send_again"), confirm=_l("用同一个退款单号再提交一次，不会重复退款"),
        ),
        Move("pay_elsewhere", _l("用其他方式退"), ("abnormal", "closed"), "elsewhere", SYSTEM, applies=lambda refund: refund.replaced_at is None),
        Move(
            "replace", _l("换新单重退"), ("closed",), "closed", MONEY_STAFF, style="primary", applies=lambda refund: refund.replaced_at is None,
            effect=late("app.kernel.payments.operations.refunding:replace"), confirm=_l("渠道已关闭这一单，新建一单退给顾客"),
        ),
    ),
)

NOTICE_FLOW = Flow(
    name="channel_notice",
    title=_l("渠道通知"),
    states=(
        State("received", _l("待处理"), "wait"),
        State("handled", _l("已处理"), "ok", final=True),
        State("failed", _l("不一致"), "bad"),
    ),
    moves=(
        Move("handle", _l("处理"), ("received",), "handled", SYSTEM),
        Move("fail", _l("标为不一致"), ("received",), "failed", SYSTEM),
        Move(
            "retry", _l("重新处理"), ("failed",), "received", MONEY_STAFF, style="primary",
            effect=late("app.kernel.payments.operations.notices:obey_again"),
        ),
    ),
)


class Payment(Dated, Model):
    """Money asked for one subject: of a customer, or without one of the merchant itself. `number` is our out_trade_no, `channel_number` theirs once it is paid.
    `part_id` is the part of the subject that it pays, where several people pay one; 0 for what is due as a whole. `customer_id` is who pays.

    `account_number` is our merchant number at the channel, or whose wallet, points, or account paid; `sub_merchant` is the number of the merchant
    whose money it is at the channel, frozen until it was shared (分账), empty where we take it ourselves; of what a wallet paid `principal` is the part
    that the customer had paid for, the rest was given on top; `points` are the pieces of points that it cost. `refunded` is kept by a trigger on
    refunds and never passes `amount`.
    """

    __tablename__ = "pay_payment"
    __subject__ = "payment"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        Index("uq_pay_payment_open", "subject_type", "subject_id", "part_id", unique=True, postgresql_where=text("status = 'created'")),
        Index("ix_pay_payment_subject", "subject_type", "subject_id", "id"),
        Index("ix_pay_payment_merchant", "merchant_id", "id"),
        Index("ix_pay_payment_customer", "customer_id", "id"),
        Index("ix_pay_payment_theirs", "channel_number", postgresql_where=text("sub_merchant <> ''")),
        Index("ix_pay_payment_due", "expires_at", postgresql_where=text("status = 'created'")),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("merchant_id IS NOT NULL OR customer_id IS NOT NULL", name="somebody"),
        CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded_within"),
        CheckConstraint("status <> 'paid' OR (paid_at IS NOT NULL AND channel_number IS NOT NULL)", name="paid_with_proof"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(32, "C"), unique=True)
    subject_type: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    part_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    trade: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("party_customer.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    description: Mapped[str] = mapped_column(String(127))
    channel: Mapped[str] = mapped_column(String(16), default="wechat")
    account_number: Mapped[str] = mapped_column(String(32))
    sub_merchant: Mapped[str] = mapped_column(String(32), default="", server_default="")
    principal: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    points: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    status: Mapped[str] = mapped_column(String(16), default="created")
    prepay_id: Mapped[str | None] = mapped_column(String(64))
    code_url: Mapped[str | None] = mapped_column(String(300))
    channel_number: Mapped[str | None] = mapped_column(String(64, "C"), unique=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    paid_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    merchant: Mapped[Merchant | None] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Our number."""
        return self.number

    @property
    def remaining(self) -> int:
        """Fen that could still be refunded."""
        return self.amount - self.refunded

    @property
    def clearing_account(self) -> AccountRef:
        """Where the ledger keeps what the channel has received and not yet put into our balance."""
        return clearing(self.channel, self.sub_merchant or self.account_number)

    @property
    def sources(self) -> list[Share]:
        """The accounts that paid, and the fen of each."""
        tender = tender_of(self.channel)
        return list(tender.sources(self)) if tender else [Share(self.clearing_account, self.amount)]

    @property
    def reference(self) -> OrderRef:
        """How ledger postings name what was paid for."""
        return OrderRef(self.subject_id if self.subject_type == "order" else None, self.trade, self.merchant_id)


class Refund(Dated, Model):
    """Money on its way back. `number` is our out_refund_no: fixed when the refund is made, sent again as often as needed.

    `send_at` keeps the channel's minute between two refunds of a payment. `problem` is what the channel said last. `origin` is the number of what
    asked for it (a refund case may be paid back in several parts), or `surplus` for a payment that nobody had asked for.
    """

    __tablename__ = "pay_refund"
    __subject__ = "refund"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        Index("ix_pay_refund_payment", "payment_id", "id"),
        Index("ix_pay_refund_merchant", "merchant_id", "id"),
        Index("ix_pay_refund_customer", "customer_id", "id"),
        Index("ix_pay_refund_subject", "subject_type", "subject_id"),
        Index("ix_pay_refund_origin", "origin", postgresql_where=text("origin <> ''")),
        Index("ix_pay_refund_open", "status", "send_at", postgresql_where=text("status IN ('created', 'submitted', 'abnormal', 'closed')")),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("status <> 'succeeded' OR (succeeded_at IS NOT NULL AND channel_number IS NOT NULL)", name="succeeded_with_proof"),
        CheckConstraint("replaced_at IS NULL OR status = 'closed'", name="replaced_when_closed"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(32, "C"), unique=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("pay_payment.id"))
    subject_type: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    trade: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    principal: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    points: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    reason: Mapped[str] = mapped_column(String(200))
    origin: Mapped[str] = mapped_column(String(24), default="", server_default="")
    status: Mapped[str] = mapped_column(String(16), default="created")
    channel_number: Mapped[str | None] = mapped_column(String(64, "C"), unique=True)
    problem: Mapped[str] = mapped_column(String(200), default="", server_default="")
    asked_at: Mapped[datetime] = mapped_column(Moment)
    send_at: Mapped[datetime] = mapped_column(Moment)
    succeeded_at: Mapped[datetime | None] = mapped_column(Moment)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("pay_refund.id"), unique=True)
    replaced_at: Mapped[datetime | None] = mapped_column(Moment)

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql")
    merchant: Mapped[Merchant | None] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Our number."""
        return self.number

    @property
    def reference(self) -> OrderRef:
        """How ledger postings name what the money is for."""
        return OrderRef(self.subject_id if self.subject_type == "order" else None, self.trade, self.merchant_id)


class ChannelNotice(Model):
    """What the channel told us, kept before it is obeyed. `body` are the bytes as they came, `resource` what they say.

    An answer to a query that disagrees with our books is kept here as well, as event `QUERY` with an empty body.
    """

    __tablename__ = "pay_notice"
    __access__ = STAFF_ONLY
    __table_args__ = (Index("ix_pay_notice_open", "status", "id", postgresql_where=text("status <> 'handled'")),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    notify_id: Mapped[str] = mapped_column(String(64), unique=True)
    event_type: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(64), default="", index=True)
    received_at: Mapped[datetime] = mapped_column(Moment)
    handled_at: Mapped[datetime | None] = mapped_column(Moment)
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    resource: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(String(16), default="received")
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    tries: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def label(self) -> str:
        """The event and the number it is about."""
        return f"{self.event_type} {self.subject}"


class ChannelBill(Model):
    """A bill of the channel for one business day: the bytes as they came, their SHA-256, and what they add up to.

    `opening` and `closing` are balances in fen, of fund bills alone; `transaction_id` is what a fund bill became in the ledger.
    """

    __tablename__ = "pay_bill"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("account_number", "kind", "day"),
        CheckConstraint("kind IN ('trade', 'fund', 'sharing')", name="kind"),
        CheckConstraint("(kind = 'fund') = (opening IS NOT NULL) AND (kind = 'fund') = (closing IS NOT NULL)", name="fund_has_balances"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(16), default="wechat")
    account_number: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    income: Mapped[int] = mapped_column(BigInteger)
    spending: Mapped[int] = mapped_column(BigInteger)
    opening: Mapped[int | None] = mapped_column(BigInteger)
    closing: Mapped[int | None] = mapped_column(BigInteger)
    transaction_id: Mapped[int | None] = mapped_column(BigInteger)
    imported_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """Day and kind."""
        return f"{self.day:%Y-%m-%d} {self.kind}"


class BillLine(Model):
    """A line of a bill, as COPY put it there when the bill was imported; `row` is its line in the file, the heads being line 1.

    `amount` is fen: of an order or a refund in a trade bill; signed, into or out of the account, in a fund bill; out to a receiver in a sharing bill.
    `settled` is what of it reaches the account (应结). `fee` is thousandths of a fen. `continues` is false where a fund bill's balance does not follow
    from the row before.
    """

    __tablename__ = "pay_bill_line"
    __access__ = STAFF_ONLY

    bill_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12, "C"))
    number: Mapped[str] = mapped_column(String(64, "C"))
    channel_number: Mapped[str] = mapped_column(String(64, "C"))
    amount: Mapped[int] = mapped_column(BigInteger)
    settled: Mapped[int] = mapped_column(BigInteger, server_default="0")
    fee: Mapped[int] = mapped_column(BigInteger, server_default="0")
    coupon: Mapped[int] = mapped_column(BigInteger, server_default="0")
    state: Mapped[str] = mapped_column(String(32, "C"))
    at: Mapped[datetime] = mapped_column(Moment)
    balance: Mapped[int | None] = mapped_column(BigInteger)
    continues: Mapped[bool] = mapped_column(server_default=text("true"))


guard_status(Payment, PAYMENT_FLOW)
guard_status(Refund, REFUND_FLOW)
guard_status(ChannelNotice, NOTICE_FLOW)
