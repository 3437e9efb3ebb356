"""Where a party is paid: a bank card or a WeChat wallet, its number sealed, in force once a second person approved it."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import owned
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.parties.models import Merchant

METHODS = {"bank": _l("银行卡"), "wechat": _l("微信零钱")}

ACCOUNT_FLOW = proposal_flow(
    "settle_account", _l("收款账户"), effect=late("app.kernel.settlement.operations.accounts:put_in_force"), ends=True, system_approves=True,
    confirm=_l("批准后，之后的付款都打到这个账户"),
)


class PayeeAccount(Proposal, Dated, Model):
    """An account of a party; the approved one is paid to. `number` is a bank card, or the openid of a wallet; only its mask is stored in clear."""

    __tablename__ = "settle_account"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("method IN ('bank', 'wechat')", name="method"),
        CheckConstraint("owner_kind <> 'merchant' OR merchant_id = owner_id", name="merchant"),
        *proposal_checks(),
        Index("ix_settle_account_owner", "owner_kind", "owner_id"),
        ExcludeConstraint(  # looked at when the transaction ends: the earlier account ends in the same one
            ("owner_kind", "="), ("owner_id", "="), where=text("status = 'approved'"), using="btree", name="one_in_force", deferrable=True,
            initially="DEFERRED",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    owner_kind: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[int] = mapped_column(BigInteger)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    method: Mapped[str] = mapped_column(String(8), default="bank")
    holder: Mapped[str] = mapped_column(String(60))
    bank_name: Mapped[str] = mapped_column(String(60), default="")
    number_sealed: Mapped[str] = mapped_column(String(300), default="")
    number_masked: Mapped[str] = mapped_column(String(24), default="")

    merchant: Mapped[Merchant | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """`青溪农商银行 **** 0123`."""
        return f"{self.bank_name or METHODS[self.method]} {self.number_masked}"

    @property
    def place(self) -> str:
        """Where its sealed number belongs."""
        return f"settle_account:number:{self.id}"


guard_status(PayeeAccount, ACCOUNT_FLOW)
