"""How a merchant is paid: by its own number at the channel, approved by a second person, or by ours; and who gets parts of its payments."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.framework.access import STAFF_ONLY
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.governance.flows import proposal_flow
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.parties.models import Merchant

ACCOUNT_FLOW = proposal_flow(
    "share_account", _l("资金模式变更"), effect=late("app.kernel.sharing.operations.accounts:take_effect"),
    confirm=_l("批准后，这家商户之后的收款按新的模式走；已经付的不变"),
)


class ShareAccount(Proposal, Dated, Model):
    """A change of a merchant's funds model: `split` with its own number at the channel, or `own`, paid by ours. `most_ppm` is what it agreed to share."""

    __tablename__ = "share_account"
    __access__ = STAFF_ONLY
    __table_args__ = (
        *proposal_checks(),
        Index("ix_share_account_merchant", "merchant_id", "id"),
        CheckConstraint("funds_model IN ('split', 'own') AND (funds_model = 'own') = (sub_merchant = '')", name="number_when_split"),
        CheckConstraint("most_ppm BETWEEN 0 AND 1000000", name="ppm"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    funds_model: Mapped[str] = mapped_column(String(8))
    sub_merchant: Mapped[str] = mapped_column(String(32), default="")
    most_ppm: Mapped[int]

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number, or that there is none."""
        return self.sub_merchant or str(_l("平台收款"))


guard_status(ShareAccount, ACCOUNT_FLOW)


class ShareReceiver(Model):
    """An account that was added at the channel to those who may get parts of a merchant's payments."""

    __tablename__ = "share_receiver"
    __access__ = STAFF_ONLY
    __table_args__ = (UniqueConstraint("sub_merchant", "account"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sub_merchant: Mapped[str] = mapped_column(String(32))
    account: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(Moment)
