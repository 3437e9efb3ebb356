"""Staff and members (FAB's users), merchants, memberships, customers, and server-side sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import STAFF_ONLY, Access, owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status

STAFF = frozenset({"Admin", "Operator"})
REASON = (Ask("reason", _l("原因")),)


class StaffUser(User):
    """Somebody who signs in to the console, staff or member. Extends FAB's user in the same table."""

    __tablename__ = "ab_user"
    __access__ = STAFF_ONLY

    phone: Mapped[str | None] = mapped_column(String(20))
    totp_secret: Mapped[str | None] = mapped_column(String(200))
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    totp_last_step: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    password_expires_at: Mapped[datetime | None] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(server_default="0", default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    locale: Mapped[str] = mapped_column(String(8), server_default="zh", default="zh")
    theme: Mapped[str] = mapped_column(String(8), server_default="auto", default="auto")
    density: Mapped[str] = mapped_column(String(12), server_default="normal", default="normal")

    @property
    def label(self) -> str:
        """What the timeline calls this person: the Chinese name as one word."""
        return f"{self.last_name}{self.first_name}"


MERCHANT_FLOW = Flow(
    name="merchant",
    title=_l("商户"),
    states=(
        State("applying", _l("入驻中"), "wait"),
        State("open", _l("已入驻"), "ok"),
        State("suspended", _l("已暂停"), "hold"),
        State("closed", _l("已关闭"), "mute", final=True),
    ),
    moves=(
        Move("admit", _l("准入"), ("applying",), "open", frozenset({"system"})),
        Move("suspend", _l("暂停"), ("open",), "suspended", STAFF | {"system"}, asks=REASON, style="danger"),
        Move("resume", _l("恢复"), ("suspended",), "open", STAFF | {"system"}, asks=REASON),
        Move("close", _l("关闭"), ("open", "suspended", "applying"), "closed", STAFF, asks=REASON, style="danger", confirm=_l("关闭后不能恢复")),
    ),
)


class Merchant(Dated, Model):
    """A firm that does business on the platform, in one or more trades."""

    __tablename__ = "party_merchant"
    __access__ = Access(merchant="id", open_to=frozenset({"customer", "public"}), where=lambda cls: cls.status == "open")
    __table_args__ = (
        CheckConstraint("funds_model IN ('split', 'own')", name="funds_model"),
        Index("ix_party_merchant_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(16), default="applying")
    trades: Mapped[list[str]] = mapped_column(JSONB, default=list)
    contact_name: Mapped[str] = mapped_column(String(40), default="")
    contact_phone: Mapped[str] = mapped_column(String(20), default="")
    funds_model: Mapped[str] = mapped_column(String(8), default="split")
    sub_merchant_number: Mapped[str | None] = mapped_column(String(32))

    members: Mapped[list[Membership]] = relationship(back_populates="merchant", viewonly=True)

    @property
    def label(self) -> str:
        """The name that people use."""
        return self.name


guard_status(Merchant, MERCHANT_FLOW)


class Membership(Dated, Model):
    """A person's place in a merchant: owner, manager, cashier, or kitchen."""

    __tablename__ = "party_membership"
    __access__ = owned()
    __table_args__ = (UniqueConstraint("user_id", "merchant_id"), CheckConstraint("role IN ('Owner', 'Manager', 'Cashier', 'Kitchen')", name="role"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(80))
    username: Mapped[str] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)

    merchant: Mapped[Merchant] = relationship(back_populates="members")

    @property
    def label(self) -> str:
        """The member's name."""
        return self.name


class Customer(Dated, Model):
    """Somebody who buys through a mini-program. Never a console user; tokens of a type of their own."""

    __tablename__ = "party_customer"
    __access__ = Access(customer="id", customer_writes=True)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    openid: Mapped[str | None] = mapped_column(String(64), unique=True)
    phone_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    phone_sealed: Mapped[str | None] = mapped_column(String(200))
    phone_tail: Mapped[str] = mapped_column(String(4), default="", index=True)
    phone_masked: Mapped[str] = mapped_column(String(20), default="")
    name: Mapped[str] = mapped_column(String(40), default="")
    active: Mapped[bool] = mapped_column(default=True)
    epoch: Mapped[int] = mapped_column(default=1)

    @property
    def label(self) -> str:
        """Name, or the masked phone of someone who gave none."""
        return self.name or self.phone_masked or f"#{self.id}"


class PhoneCode(Model):
    """A one-time code sent to a phone: hashed, limited in tries, gone in minutes."""

    __tablename__ = "party_phone_code"
    __access__ = STAFF_ONLY

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    phone_index: Mapped[str] = mapped_column(String(64), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    address: Mapped[str] = mapped_column(String(45), default="")


class ConsoleSession(Model):
    """A signed-in browser: the token is stored hashed, so reading the table signs nobody in."""

    __tablename__ = "party_session"
    __access__ = STAFF_ONLY

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    address: Mapped[str] = mapped_column(String(45), server_default="")
    agent: Mapped[str] = mapped_column(String(200), server_default="")


class SignInFailure(Model):
    """A failed sign-in by account or address, counted for the lock-out across all web nodes."""

    __tablename__ = "party_sign_in_failure"
    __access__ = STAFF_ONLY
    __table_args__ = (Index("ix_party_sign_in_failure_who", "who", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    who: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Moment)
