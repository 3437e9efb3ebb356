"""What merchants offer to those who pay ahead, and who did. Amounts in fen; what a wallet holds stands in the ledger alone."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.core.money import yuan
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.parties.models import Customer, Merchant

PROPOSED = proposal_flow(
    "wallet_offer", _l("储值方案"), effect=late("app.kernel.wallet.operations:put_in_force"), confirm=_l("批准后顾客可以按这个方案储值，赠送由商户承担"),
    ends=True,
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
    """A customer pays ahead. `gift` is what was offered then, `fee` what the platform takes of the merchant for it once it is paid."""

    __tablename__ = "wallet_top_up"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        CheckConstraint("amount > 0 AND gift >= 0 AND fee >= 0", name="amounts"),
        CheckConstraint("status <> 'paid' OR paid_at IS NOT NULL", name="paid_when"),
        Index("ix_wallet_top_up_merchant", "merchant_id", "id"),
        Index("ix_wallet_top_up_customer", "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("wallet_offer.id"))
    trade: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(BigInteger)
    gift: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[int] = mapped_column(BigInteger, default=0)
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    pay_by: Mapped[datetime] = mapped_column(Moment)
    paid_at: Mapped[datetime | None] = mapped_column(Moment)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


guard_status(Offer, OFFER_FLOW)
guard_status(TopUp, TOP_UP_FLOW)
