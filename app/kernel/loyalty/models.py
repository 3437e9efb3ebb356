"""Programmes, levels, members, lots of points, and what people gave or took by hand. Points are counted in pieces, money in fen."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow
from app.core.money import percent
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.ledger.accounts import points
from app.kernel.ledger.values import AccountRef
from app.kernel.parties.models import Merchant

PLATFORM = "P"
SOURCES = {"earned": _l("消费获得"), "granted": _l("手工发放"), "returned": _l("退款退回")}

_PROPOSED = proposal_flow(
    "loyalty_adjustment", _l("积分调整"), effect=late("app.kernel.loyalty.operations.adjusting:apply"), confirm=_l("批准后马上记到会员名下"),
)
ADJUSTMENT_FLOW = Flow(
    _PROPOSED.name, _PROPOSED.title, _PROPOSED.states,
    tuple(
        move if move.name not in {"approve", "refuse"} else type(move)(
            move.name, move.label, move.sources, move.target, move.roles | {"Owner"}, move.asks, move.effect, style=move.style, confirm=move.confirm,
        ) for move in _PROPOSED.moves
    ),
)


def issuer_of(merchant_id: int | None) -> str:
    """What the ledger calls whoever gives the points: a merchant, or the platform."""
    return f"M{merchant_id}" if merchant_id else PLATFORM


class Programme(Dated, Model):
    """How a merchant (or the platform, without one) gives and takes points: `per_yuan` for each whole yuan paid, `for_yuan` of them are worth a yuan,
    at most `cap_ppm` of an order is paid so, and they live for `months`."""

    __tablename__ = "loyalty_programme"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("per_yuan BETWEEN 0 AND 1000 AND for_yuan BETWEEN 1 AND 100000", name="rates"),
        CheckConstraint("cap_ppm BETWEEN 0 AND 1000000 AND months BETWEEN 1 AND 60", name="bounds"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    issuer: Mapped[str] = mapped_column(String(24), unique=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    per_yuan: Mapped[int]
    for_yuan: Mapped[int]
    cap_ppm: Mapped[int]
    months: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)

    merchant: Mapped[Merchant | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """`1 : 100`."""
        return f"{self.per_yuan} : {self.for_yuan}"


class Level(Dated, Model):
    """Members who earned `threshold` points in twelve months pay `discount_ppm` less for the goods."""

    __tablename__ = "loyalty_level"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("merchant_id", "threshold"),
        CheckConstraint("threshold > 0 AND discount_ppm BETWEEN 0 AND 500000", name="bounds"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    name: Mapped[str] = mapped_column(String(20))
    threshold: Mapped[int]
    discount_ppm: Mapped[int]

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """`金卡 5 %`."""
        return f"{self.name} {percent(self.discount_ppm)}"


class LoyaltyMember(Dated, Model):
    """A customer with an issuer: `points` is what the lots still hold; `name` and `phone_masked` are what the customer was called when points
    came last, for the merchant to read. The row is the lock under which points move."""

    __tablename__ = "loyalty_member"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        UniqueConstraint("issuer", "customer_id"),
        Index("ix_loyalty_member_merchant", "merchant_id", "id"),
        Index("ix_loyalty_member_customer", "customer_id", "id"),
        CheckConstraint("points >= 0", name="points"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    issuer: Mapped[str] = mapped_column(String(24))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    name: Mapped[str] = mapped_column(String(40), default="")
    phone_masked: Mapped[str] = mapped_column(String(20), default="")
    points: Mapped[int] = mapped_column(BigInteger, default=0)

    merchant: Mapped[Merchant | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Name, or the masked phone of somebody who gave none."""
        return self.name or self.phone_masked or f"#{self.customer_id}"

    @property
    def account(self) -> AccountRef:
        """Where the ledger keeps the points."""
        return points(self.customer_id, self.issuer)


class Lot(Dated, Model):
    """Points that came together and expire together; the oldest are used first. `per_yuan` is how they were earned, `taken_back` what refunds took."""

    __tablename__ = "loyalty_lot"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        Index("ix_loyalty_lot_live", "member_id", "expires_on", "id", postgresql_where=text("remaining > 0")),
        Index("uq_loyalty_lot_order", "member_id", "order_id", unique=True, postgresql_where=text("source = 'earned'")),
        Index("ix_loyalty_lot_order", "order_id"),
        CheckConstraint("points > 0 AND remaining BETWEEN 0 AND points AND taken_back BETWEEN 0 AND points", name="amounts"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("loyalty_member.id"))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(12))
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    per_yuan: Mapped[int] = mapped_column(default=0)
    points: Mapped[int] = mapped_column(BigInteger)
    remaining: Mapped[int] = mapped_column(BigInteger)
    taken_back: Mapped[int] = mapped_column(BigInteger, default=0)
    came_at: Mapped[datetime] = mapped_column(Moment)
    expires_on: Mapped[date] = mapped_column(Date)


class Adjustment(Proposal, Dated, Model):
    """Points given (or, below zero, taken) by hand; a second person of the same side approves."""

    __tablename__ = "loyalty_adjustment"
    __access__ = owned()
    __table_args__ = (*proposal_checks(), CheckConstraint("points <> 0", name="points"), Index("ix_loyalty_adjustment_merchant", "merchant_id", "status"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("loyalty_member.id"), index=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    points: Mapped[int] = mapped_column(BigInteger)

    member: Mapped[LoyaltyMember] = relationship(lazy="raise_on_sql")
    merchant: Mapped[Merchant | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The signed number of points."""
        return f"{self.points:+d}"


guard_status(Adjustment, ADJUSTMENT_FLOW)
