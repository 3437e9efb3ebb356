"""A review of an order, and the scores that reviews add up to. Times UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import catalogue, owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.orders.models import Order
from app.kernel.parties.models import Customer, Merchant
from app.kernel.parties.roles import OPERATORS, RUNNERS

STAFF, SYSTEM = OPERATORS | {"Reviewer"}, frozenset({"system"})
SHOWN = ("shown", "replied")
PICTURES = 6
WHOLE = 0  # the subject of a review of the order as a whole


def _effect(name: str) -> Callable[..., Any]:
    return late(f"app.kernel.reviews.effects:{name}")


REVIEW_FLOW = Flow(
    name="review",
    title=_l("评价"),
    states=(
        State("pending", _l("待审核"), "wait"),
        State("shown", _l("待回复"), "hold"),
        State("replied", _l("已回复"), "ok"),
        State("hidden", _l("已隐藏"), "bad"),
    ),
    moves=(
        Move("publish", _l("通过，展示"), ("pending",), "shown", STAFF | SYSTEM, style="primary", effect=_effect("on_shown")),
        Move(
            "reply", _l("回复"), SHOWN, "replied", RUNNERS, style="primary", effect=_effect("on_replied"),
            asks=(Ask("reply", _l("回复顾客，所有人都看得到")),),
        ),
        Move("hide", _l("隐藏"), ("pending", *SHOWN), "hidden", STAFF, style="danger", effect=_effect("on_hidden"), asks=(Ask("reason", _l("原因")),)),
        Move("restore", _l("恢复展示"), ("hidden",), "shown", STAFF, effect=_effect("on_shown"), asks=(Ask("reason", _l("原因")),)),
    ),
)


class Review(Dated, Model):
    """What a customer says of something bought: `stars` from 1 to 5. `subject_id` is the bought thing as order lines name it, 0 for the order as a
    whole, `subject` its title then. `pictures` are keys of public pictures; `risks` the risk words found;
    `hidden_because` is what staff said when they hid it; `counted` whether it is in the scores."""

    __tablename__ = "review_review"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        UniqueConstraint("order_id", "subject_id"),
        Index("ix_review_review_merchant", "merchant_id", "status", "id"),
        Index("ix_review_review_subject", "trade", "subject_id", "id", postgresql_where=text("status IN ('shown', 'replied')")),
        Index("ix_review_review_customer", "customer_id", "id"),
        Index("ix_review_review_status", "status", "id"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        CheckConstraint("counted = (status IN ('shown', 'replied'))", name="counted"),
        CheckConstraint("status <> 'replied' OR reply <> ''", name="replied_with_words"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(20))
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id"))
    order_number: Mapped[str] = mapped_column(String(24))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    customer_name: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigInteger, default=WHOLE)
    subject: Mapped[str] = mapped_column(String(80), default="")
    status: Mapped[str] = mapped_column(String(12), default="pending")
    counted: Mapped[bool] = mapped_column(default=False)
    stars: Mapped[int]
    words: Mapped[str] = mapped_column(String(500), default="")
    pictures: Mapped[list[str]] = mapped_column(JSONB, default=list)
    risks: Mapped[list[str]] = mapped_column(JSONB, default=list)
    reply: Mapped[str] = mapped_column(String(300), default="")
    replied_at: Mapped[datetime | None] = mapped_column(Moment)
    hidden_because: Mapped[str] = mapped_column(String(200), default="")
    reviewed_at: Mapped[datetime] = mapped_column(Moment)

    order: Mapped[Order] = relationship(lazy="raise_on_sql")
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The stars and what was bought."""
        return f"{self.stars}★ {self.subject or self.order_number}"

    @property
    def by(self) -> str:
        """The writer as strangers see it: the first letter of the name."""
        return f"{self.customer_name[:1]}**"


guard_status(Review, REVIEW_FLOW)


class Score(Model):
    """How many reviews that are shown something has, and their stars in all; subject 0 is the merchant in the trade."""

    __tablename__ = "review_score"
    __access__ = catalogue()
    __table_args__ = (
        UniqueConstraint("trade", "merchant_id", "subject_id"),
        CheckConstraint("reviews >= 0 AND stars BETWEEN reviews AND 5 * reviews", name="stars"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    subject_id: Mapped[int] = mapped_column(BigInteger)
    reviews: Mapped[int] = mapped_column(default=0)
    stars: Mapped[int] = mapped_column(default=0)

    @property
    def label(self) -> str:
        """The average to a tenth."""
        return f"{self.stars / self.reviews:.1f}" if self.reviews else ""
