"""Kinds of fees, the rules that price them in the operator's order, and the rules' immutable versions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask_appbuilder import Model
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import STAFF_ONLY, reference
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.commission.rules import BASES, METHODS
from app.kernel.governance.flows import proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks

VERSION_FLOW = proposal_flow(
    "fee_rule_version", _l("费率版本"), effect=late("app.kernel.commission.operations.proposing:put_in_force"), confirm=_l("批准后，新订单按这个费率计费"),
    ends=True, system_approves=True,
)
ORDERING_FLOW = proposal_flow(
    "fee_ordering", _l("规则顺序"), effect=late("app.kernel.commission.operations.ordering:put_in_order"), confirm=_l("批准后，新订单按这个顺序匹配规则"),
)


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


class FeeKind(Dated, Model):
    """A line of the price list: what a trade charges for, who pays whom, what it is in the books. `item` is the mission's R.

    `period` is what a fixed price is for (day, week, month, year, once); `about` says what the fee is taken on where that is no amount of an
    order; `least_ppm` to `most_ppm` is the range that the trade usually charges.
    """

    __tablename__ = "fee_kind"
    __access__ = reference()
    __table_args__ = (UniqueConstraint("trade", "kind"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(80))
    item: Mapped[str] = mapped_column(String(8))
    method: Mapped[str] = mapped_column(String(16), default="ppm")
    period: Mapped[str] = mapped_column(String(8), default="")
    about: Mapped[str] = mapped_column(String(80), default="")
    payer: Mapped[str] = mapped_column(String(16), default="merchant")
    payee: Mapped[str] = mapped_column(String(16), default="platform")
    income: Mapped[str] = mapped_column(String(16), default="commission")
    tax_class: Mapped[str] = mapped_column(String(16), default="agency")
    least_ppm: Mapped[int | None]
    most_ppm: Mapped[int | None]

    @property
    def label(self) -> str:
        """The fee's name, in the reader's language where the code brought it."""
        return gettext(self.title)


class FeeRule(Dated, Model):
    """A rule of a kind of fee, asked in the order of `rank`, lowest first; the first that matches an order prices it.

    It matches when its conditions hold and one of its versions is for the merchant: the merchant's own, else everybody's. Conditions never
    change (another scope is another rule): `category` of the merchant, `order_kind` (a way of serving), from `from_minute` to `to_minute` of
    the Shanghai day, merchants of less than `new_days` days. A rule without conditions is what the others fall back to.
    """

    __tablename__ = "fee_rule"
    __access__ = reference()
    __table_args__ = (
        ForeignKeyConstraint(["trade", "kind"], ["fee_kind.trade", "fee_kind.kind"], name="fk_fee_rule_kind"),
        UniqueConstraint("trade", "kind", "rank", deferrable=True, initially="DEFERRED"),
        CheckConstraint(
            "(from_minute IS NULL) = (to_minute IS NULL) AND from_minute BETWEEN 0 AND 1439 AND to_minute BETWEEN 1 AND 1440 AND from_minute < to_minute"
            " AND new_days > 0", name="conditions",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    trade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(80))
    rank: Mapped[int] = mapped_column(default=100)
    category: Mapped[str] = mapped_column(String(30), default="")
    order_kind: Mapped[str] = mapped_column(String(16), default="")
    from_minute: Mapped[int | None]
    to_minute: Mapped[int | None]
    new_days: Mapped[int | None]

    priced: Mapped[FeeKind] = relationship(
        primaryjoin="and_(foreign(FeeRule.trade) == FeeKind.trade, foreign(FeeRule.kind) == FeeKind.kind)", viewonly=True, lazy="joined",
    )
    versions: Mapped[list[FeeRuleVersion]] = relationship(back_populates="rule", order_by="FeeRuleVersion.number.desc()")

    @property
    def label(self) -> str:
        """The rule's name, in the reader's language where the code brought it."""
        return gettext(self.title)

    @property
    def conditional(self) -> bool:
        """True for a rule that asks for anything but the merchant."""
        return bool(self.category or self.order_kind or self.from_minute is not None or self.new_days)


class FeeRuleVersion(Proposal, Dated, Model):
    """What the fee was between two moments, for everybody or for one merchant. Approved versions never change.

    Two approved versions for the same scope may not overlap in time: an exclusion constraint refuses it.
    """

    __tablename__ = "fee_rule_version"
    __access__ = STAFF_ONLY
    __table_args__ = (
        UniqueConstraint("rule_id", "number"),
        CheckConstraint("ppm BETWEEN 0 AND 1000000 AND fen >= 0", name="rate"),
        CheckConstraint(f"base IN ({_quoted(BASES)})", name="base"),
        CheckConstraint(f"method IN ({_quoted(METHODS)})", name="method"),
        CheckConstraint("(method IN ('amount_tiers', 'volume_tiers')) = (jsonb_array_length(tiers) > 0)", name="tiers"),
        CheckConstraint("method NOT IN ('volume_tiers', 'per_period') OR (least_fen IS NULL AND most_fen IS NULL)", name="limits"),
        *proposal_checks(),
        ExcludeConstraint(
            ("rule_id", "="), (text("coalesce(merchant_id, 0)"), "="), ("valid", "&&"), where=text("status = 'approved'"), using="gist",
            name="one_version_at_a_time", deferrable=True, initially="DEFERRED",
        ),
        Index("ix_fee_rule_version_valid", "rule_id", "status"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("fee_rule.id"))
    number: Mapped[int]
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    base: Mapped[str] = mapped_column(String(40), default="after_merchant_coupon")
    method: Mapped[str] = mapped_column(String(16), default="ppm")
    tiers: Mapped[list[dict[str, int]]] = mapped_column(JSONB, default=list)
    marginal: Mapped[bool] = mapped_column(default=False)
    ppm: Mapped[int] = mapped_column(default=0)
    fen: Mapped[int] = mapped_column(BigInteger, default=0)
    least_fen: Mapped[int | None] = mapped_column(BigInteger)
    most_fen: Mapped[int | None] = mapped_column(BigInteger)

    rule: Mapped[FeeRule] = relationship(back_populates="versions", lazy="joined")

    @property
    def label(self) -> str:
        """`点餐佣金 v12`."""
        return f"{self.rule.label} v{self.number}"


guard_status(FeeRuleVersion, VERSION_FLOW)


class FeeOrdering(Proposal, Dated, Model):
    """Another order of a kind's rules, first to last, proposed by one person; it holds once another approves it."""

    __tablename__ = "fee_ordering"
    __access__ = STAFF_ONLY
    __table_args__ = (CheckConstraint("cardinality(rule_ids) > 1", name="rules"), *proposal_checks(), Index("ix_fee_ordering_kind", "kind_id", "status"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind_id: Mapped[int] = mapped_column(ForeignKey("fee_kind.id"))
    rule_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))

    priced: Mapped[FeeKind] = relationship(lazy="joined")

    @property
    def label(self) -> str:
        """`点餐佣金 · 3`."""
        return f"{self.priced.label} · {self.id}"


guard_status(FeeOrdering, ORDERING_FLOW)
