"""Merchants and who works for them."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import Access, owned
from app.framework.database import Dated
from app.framework.flow import guard_status
from app.kernel.parties.roles import OPERATORS

REASON = (Ask("reason", _l("原因")),)

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
        Move("suspend", _l("暂停"), ("open",), "suspended", OPERATORS | {"system"}, asks=REASON, style="danger", undo="resume"),
        Move("resume", _l("恢复"), ("suspended",), "open", OPERATORS | {"system"}, asks=REASON, undo="suspend"),
        Move("close", _l("关闭"), ("open", "suspended", "applying"), "closed", OPERATORS, asks=REASON, style="danger", confirm=_l("关闭后不能恢复")),
    ),
)


class Merchant(Dated, Model):
    """A firm that does business on the platform, in one or more trades."""

    __tablename__ = "party_merchant"
    __access__ = Access(merchant="id", open_to=frozenset({"customer", "public"}), where=lambda cls: cls.status == "open")
    __table_args__ = (
        CheckConstraint("funds_model IN ('split', 'own')", name="funds_model"),
        Index("uq_party_merchant_sub_merchant", "sub_merchant_number", unique=True, postgresql_where=text("sub_merchant_number IS NOT NULL")),
        Index("ix_party_merchant_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(String(20, "C"), unique=True)
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
    """A person's place in a merchant: owner, manager, cashier, kitchen, or courier."""

    __tablename__ = "party_membership"
    __access__ = owned()
    __table_args__ = (UniqueConstraint("user_id", "merchant_id"), CheckConstraint("role IN ('Owner', 'Manager', 'Cashier', 'Kitchen', 'Courier')", name="role"))

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
