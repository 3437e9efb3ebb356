"""Stores and their cashiers, vouchers and their uses, redemptions, and the tries that failed. Amounts in fen, times UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import STAFF_ONLY, catalogue, owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.kernel.parties.roles import RUNNERS

SYSTEM = frozenset({"system"})
LIVE, REDEEMED, REFUNDED = "live", "redeemed", "refunded"


def _effect(name: str) -> Callable[..., Any]:
    return late(f"app.kernel.redemption.operations.{name}")


STORE_FLOW = Flow(
    name="redeem_store",
    title=_l("门店"),
    states=(State("open", _l("可核销"), "ok"), State("closed", _l("已停用"), "mute")),
    moves=(
        Move("close", _l("停用"), ("open",), "closed", RUNNERS, style="danger", confirm=_l("停用后这家店不能核销，已核销的不变"), undo="reopen"),
        Move("reopen", _l("恢复"), ("closed",), "open", RUNNERS, style="primary", undo="close"),
    ),
)
VOUCHER_FLOW = Flow(
    name="redeem_voucher",
    title=_l("券码"),
    states=(
        State("live", _l("待使用"), "run"),
        State("used", _l("已用完"), "ok"),
        State("refunded", _l("已退款"), "mute", final=True),
        State("expired", _l("过期已退"), "mute"),
    ),
    moves=(
        Move("use_up", _l("用完"), ("live",), "used", SYSTEM),
        Move("come_back", _l("撤销核销"), ("used", "expired"), "live", SYSTEM),
        Move("refund", _l("退款"), ("live",), "refunded", SYSTEM),
        Move("expire", _l("过期"), ("live",), "expired", SYSTEM),
    ),
)
REDEMPTION_FLOW = Flow(
    name="redeem_redemption",
    title=_l("核销"),
    states=(
        State("held", _l("可撤销"), "run"),
        State("done", _l("已完成"), "ok", final=True),
        State("undone", _l("已撤销"), "bad", final=True),
    ),
    moves=(
        Move("complete", _l("完成"), ("held",), "done", SYSTEM, effect=_effect("redeeming:on_completed")),
        Move(
            "undo", _l("撤销核销"), ("held",), "undone", RUNNERS, asks=(Ask("reason", _l("原因")),), effect=_effect("undoing:on_undone"), style="danger",
            confirm=_l("顾客的券恢复可用，这次核销的钱退回托管"),
        ),
    ),
)


class RedeemStore(Dated, Model):
    """A place of a merchant where codes are redeemed. Which cashiers may do so there is on `RedeemClerk`."""

    __tablename__ = "redeem_store"
    __access__ = catalogue(where=lambda cls: cls.status == "open")
    __table_args__ = (UniqueConstraint("merchant_id", "name"), CheckConstraint("status IN ('open', 'closed')", name="status"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    name: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(8), default="open")
    address: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    latitude: Mapped[float] = mapped_column(default=0.0)
    longitude: Mapped[float] = mapped_column(default=0.0)
    hours: Mapped[str] = mapped_column(String(60), default="")

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


class RedeemClerk(Dated, Model):
    """A cashier who may redeem at a store. Owners and managers may at every store of their merchant."""

    __tablename__ = "redeem_clerk"
    __access__ = owned()
    __table_args__ = (UniqueConstraint("store_id", "user_id"), Index("ix_redeem_clerk_user", "user_id", "merchant_id"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("redeem_store.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    name: Mapped[str] = mapped_column(String(80))

    store: Mapped[RedeemStore] = relationship()

    @property
    def label(self) -> str:
        """`收银 · 万象城店`."""
        return f"{self.name} · {self.store.name}"


class Voucher(Dated, Model):
    """One bought thing with a code: `uses` times, from `valid_from` until before `valid_until`, at `store_ids`, not on `closed_weekdays` or `closed_days`.

    The code is kept as a keyed hash that finds it and sealed for its owner's eyes, so that a copy of the table gives no code away; `tail` is what
    lists show of it. `subject_id` is what the trade sold. Each use is a line of the order.
    """

    __tablename__ = "redeem_voucher"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        CheckConstraint("uses > 0 AND used >= 0 AND refunded >= 0 AND used + refunded <= uses", name="uses"),
        CheckConstraint("valid_from < valid_until", name="period"),
        CheckConstraint("status <> 'used' OR used > 0", name="used_by_somebody"),
        Index("ix_redeem_voucher_merchant", "merchant_id", "id"),
        Index("ix_redeem_voucher_customer", "customer_id", "status", "id"),
        Index("ix_redeem_voucher_order", "order_id"),
        Index("ix_redeem_voucher_subject", "subject_id", "id"),
        Index("ix_redeem_voucher_ending", "valid_until", postgresql_where=text("status = 'live'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64, "C"), unique=True)
    sealed: Mapped[str] = mapped_column(String(200, "C"))
    tail: Mapped[str] = mapped_column(String(4, "C"))
    trade: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"))
    customer_name: Mapped[str] = mapped_column(String(60), default="")
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id"))
    order_number: Mapped[str] = mapped_column(String(24, "C"))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(8), default="live")
    uses: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = mapped_column(default=0)
    paid: Mapped[int] = mapped_column(BigInteger)
    valid_from: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[datetime] = mapped_column(Moment)
    closed_weekdays: Mapped[list[int]] = mapped_column(JSONB, default=list)
    closed_days: Mapped[list[str]] = mapped_column(JSONB, default=list)
    store_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    warned_at: Mapped[datetime | None] = mapped_column(Moment)

    all_uses: Mapped[list[VoucherUse]] = relationship(order_by="VoucherUse.seq", back_populates="voucher")
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The title and the last four digits."""
        return f"{self.title} ····{self.tail}"

    @property
    def left(self) -> int:
        """How many uses it still has."""
        return self.uses - self.used - self.refunded


class VoucherUse(Model):
    """One use of a voucher and the line of the order that paid for it: `live`, `redeemed`, or `refunded`. `amount` is what the customer paid for it."""

    __tablename__ = "redeem_use"
    __access__ = owned(customer="customer_id")
    __table_args__ = (
        UniqueConstraint("voucher_id", "seq"),
        CheckConstraint("state IN ('live', 'redeemed', 'refunded')", name="state"),
        CheckConstraint("(state = 'redeemed') = (redemption_id IS NOT NULL)", name="redeemed_by"),
        Index("ix_redeem_use_redemption", "redemption_id", postgresql_where=text("redemption_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("redeem_voucher.id"))
    merchant_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int]
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(8), default=LIVE)
    redemption_id: Mapped[int | None] = mapped_column(ForeignKey("redeem_redemption.id"))

    voucher: Mapped[Voucher] = relationship(back_populates="all_uses")


class Redemption(Dated, Model):
    """Uses of a voucher taken at a store: from the `first` on, `count` of them, with an order of their own (`order_id`) of the store's merchant.

    `held` until `undo_until`, when it is completed and the money shared out; before that a manager may undo it. `seller_id` sold the voucher.
    `nonce` is the cashier's device's own number for the act: the same again is the same redemption.
    """

    __tablename__ = "redeem_redemption"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("count > 0 AND first > 0 AND amount >= 0", name="count"),
        CheckConstraint("(status = 'undone') = (undone_at IS NOT NULL)", name="undone"),
        Index("ix_redeem_redemption_merchant", "merchant_id", "id"),
        Index("ix_redeem_redemption_store", "store_id", "id"),
        Index("ix_redeem_redemption_seller", "seller_id", "redeemed_at"),
        Index("ix_redeem_redemption_voucher", "voucher_id"),
        Index("ix_redeem_redemption_clerk", "clerk_id", "id"),
        Index("ix_redeem_redemption_due", "undo_until", postgresql_where=text("status = 'held'")),
        Index("uq_redeem_redemption_nonce", "store_id", "nonce", unique=True, postgresql_where=text("nonce <> ''")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("redeem_voucher.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("redeem_store.id"))
    trade: Mapped[str] = mapped_column(String(20))
    order_id: Mapped[int] = mapped_column(ForeignKey("order_order.id"), unique=True)
    order_number: Mapped[str] = mapped_column(String(24, "C"))
    status: Mapped[str] = mapped_column(String(8), default="held")
    title: Mapped[str] = mapped_column(String(80))
    tail: Mapped[str] = mapped_column(String(4, "C"))
    customer_name: Mapped[str] = mapped_column(String(60), default="")
    first: Mapped[int]
    count: Mapped[int]
    of: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    clerk_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    clerk_name: Mapped[str] = mapped_column(String(80))
    nonce: Mapped[str] = mapped_column(String(40), default="")
    redeemed_at: Mapped[datetime] = mapped_column(Moment)
    undo_until: Mapped[datetime] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
    undone_by: Mapped[str] = mapped_column(String(80), default="")
    undone_why: Mapped[str] = mapped_column(String(200), default="")

    store: Mapped[RedeemStore] = relationship(lazy="raise_on_sql")
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql", foreign_keys="Redemption.merchant_id")
    seller: Mapped[Merchant] = relationship(lazy="raise_on_sql", foreign_keys="Redemption.seller_id")

    @property
    def label(self) -> str:
        """`双人下午茶 第 2 次`."""
        return f"{self.title} {self.which}"

    @property
    def which(self) -> str:
        """`第 2 / 5 次`, `第 2–3 / 5 次`; empty for something with one use."""
        if self.of == 1:
            return ""
        last = self.first + self.count - 1
        return str(_l("第 %(which)s / %(all)d 次", which=self.first if self.count == 1 else f"{self.first}–{last}", all=self.of))


class RedeemTries(Model):
    """Wrong codes in a row of a cashier or at a store (`who`: `clerk:7`, `store:3`): how many since `since`, and until when no more are taken."""

    __tablename__ = "redeem_tries"
    __access__ = STAFF_ONLY
    __table_args__ = (CheckConstraint("count >= 0", name="count"),)

    who: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    count: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)


guard_status(RedeemStore, STORE_FLOW)
guard_status(Voucher, VOUCHER_FLOW)
guard_status(Redemption, REDEMPTION_FLOW)
