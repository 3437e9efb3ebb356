"""What merchants offer to those who pay ahead, and who did. Amounts in fen; what a wallet holds stands in the ledger alone."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.core.money import yuan
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.framework.settings import value_of
from app.kernel.governance.flows import FINANCE, proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.parties.models import Customer, Merchant

GOES_BACK = _l("本金按充值时的付款方式退回，从最近一笔充值退起；赠送作废，商户不再承担")

PROPOSED = proposal_flow(
    "wallet_offer", _l("储值方案"), effect=late("app.kernel.wallet.operations.wallets:put_in_force"),
    confirm=_l("批准后顾客可以按这个方案储值，赠送由商户承担"), ends=True,
)
OFFER_FLOW = Flow(
    PROPOSED.name, PROPOSED.title, PROPOSED.states,
    (
        *(move for move in PROPOSED.moves if move.name != "end"),
        Move("end", _l("停用"), ("approved",), "ended", frozenset({"Owner", "Operator", "Finance", "Admin"}), style="danger", confirm=_l("已经储值的不受影响")),
    ),
)
TOP_UP_FLOW = Flow(
    name="wallet_top_up",
    title=_l("储值"),
    states=(State("waiting", _l("待支付"), "wait"), State("paid", _l("已到账"), "ok", final=True)),
    moves=(Move("pay", _l("到账"), ("waiting",), "paid", frozenset({"system"})),),
)


def second_person_is_due(refund: WalletRefund) -> bool:
    """True when so much goes back that whoever decides it needs somebody else's approval."""
    limit = value_of("wallet.second_person_above")
    return 0 < limit <= refund.amount


def one_person_is_enough(refund: WalletRefund) -> bool:
    """True for all other amounts."""
    return not second_person_is_due(refund)


REFUND_FLOW = Flow(
    name="wallet_refund",
    title=_l("储值退还"),
    states=(
        State("asked", _l("待处理"), "wait"),
        State("approving", _l("等第二人批准"), "wait"),
        State("refunding", _l("退款中"), "hold"),
        State("refunded", _l("已退还"), "ok", final=True),
        State("refused", _l("已拒绝"), "bad", final=True),
        State("withdrawn", _l("已撤回"), "mute", final=True),
    ),
    moves=(
        Move(
            "grant", _l("同意退还"), ("asked",), "refunding", FINANCE, effect=late("app.kernel.wallet.operations.refunding:grant"),
            applies=one_person_is_enough, style="primary", confirm=GOES_BACK, confirm_amount="amount",
        ),
        Move(
            "propose", _l("同意退还，请第二人批准"), ("asked",), "approving", FINANCE, effect=late("app.kernel.wallet.operations.refunding:propose"),
            applies=second_person_is_due, style="primary", confirm=_l("金额较大，另一个人批准后才退给顾客"), confirm_amount="amount",
        ),
        Move(
            "approve", _l("批准退还"), ("approving",), "refunding", FINANCE, effect=late("app.kernel.wallet.operations.refunding:approve"), style="primary",
            confirm=GOES_BACK, confirm_amount="amount",
        ),
        Move(
            "refuse", _l("拒绝"), ("asked", "approving"), "refused", FINANCE, asks=(Ask("reason", _l("原因")),), style="danger",
            effect=late("app.kernel.wallet.operations.refunding:note_answer"),
        ),
        Move("withdraw", _l("撤回"), ("asked", "approving"), "withdrawn", frozenset({"customer"}), api=True),
        Move("finish", _l("到账"), ("refunding",), "refunded", frozenset({"system"})),
    ),
)


class Offer(Proposal, Dated, Model):
    """Pay `amount`, have `gift` on top: proposed by the merchant's owner or the platform, approved by finance."""

    __tablename__ = "wallet_offer"
    __access__ = owned()
    __table_args__ = (
        *proposal_checks(),
        CheckConstraint("amount > 0 AND gift BETWEEN 0 AND amount", name="amounts"),
        Index("ix_wallet_offer_merchant", "merchant_id", "status", "amount"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    gift: Mapped[int] = mapped_column(BigInteger)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """`¥100.00 + ¥10.00`."""
        return f"{yuan(self.amount)} + {yuan(self.gift)}"


class TopUp(Dated, Model):
    """A customer pays ahead. `gift` is what was offered then, `fee` what the platform takes of the merchant for it once it is paid.

    `payment_id` filled it; `given_back` of it was never spent and went back that way, with `fee_given_back` of the fee.
    """

    __tablename__ = "wallet_top_up"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        CheckConstraint("amount > 0 AND gift >= 0 AND fee >= 0", name="amounts"),
        CheckConstraint("status <> 'paid' OR (paid_at IS NOT NULL AND payment_id IS NOT NULL)", name="paid_when"),
        CheckConstraint("given_back BETWEEN 0 AND amount AND fee_given_back BETWEEN 0 AND fee", name="given_back_within"),
        Index("ix_wallet_top_up_merchant", "merchant_id", "id"),
        Index("ix_wallet_top_up_customer", "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("wallet_offer.id"), index=True)
    trade: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(BigInteger)
    gift: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[int] = mapped_column(BigInteger, default=0)
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    pay_by: Mapped[datetime] = mapped_column(Moment)
    paid_at: Mapped[datetime | None] = mapped_column(Moment)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("pay_payment.id"), unique=True)
    given_back: Mapped[int] = mapped_column(BigInteger, default=0)
    fee_given_back: Mapped[int] = mapped_column(BigInteger, default=0)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


class WalletRefund(Dated, Model):
    """A customer wants back what a merchant's wallet holds unspent: `amount` goes back to them, `gift` lapses, `fee` of the platform's goes to the merchant.

    Both amounts are what the wallet held when it was asked; it is given back whole or not at all. From a limit on `decided_by` lets it go and
    `approved_by`, somebody else, gives it back.
    """

    __tablename__ = "wallet_refund"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        CheckConstraint("amount > 0 AND gift >= 0 AND fee >= 0", name="amounts"),
        CheckConstraint("status NOT IN ('approving', 'refunding', 'refunded') OR decided_by IS NOT NULL", name="decided_by_somebody"),
        CheckConstraint("approved_by IS NULL OR approved_by <> decided_by", name="second_person"),
        Index("uq_wallet_refund_open", "merchant_id", "customer_id", unique=True, postgresql_where=text("status IN ('asked', 'approving')")),
        Index("ix_wallet_refund_customer", "customer_id", "id"),
        Index("ix_wallet_refund_merchant", "merchant_id", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    gift: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[int] = mapped_column(BigInteger, default=0)
    status: Mapped[str] = mapped_column(String(12), default="asked")
    reason: Mapped[str] = mapped_column(String(200))
    answer: Mapped[str] = mapped_column(String(200), default="")
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    refunded_at: Mapped[datetime | None] = mapped_column(Moment)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


guard_status(WalletRefund, REFUND_FLOW)
guard_status(Offer, OFFER_FLOW)
guard_status(TopUp, TOP_UP_FLOW)
