"""A payment that a merchant took itself, until nothing of it is left to share. Amounts are integer fen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.ledger.accounts import clearing
from app.kernel.ledger.values import AccountRef
from app.kernel.parties.models import Merchant
from app.kernel.payments.models import Payment

SYSTEM = frozenset({"system"})
FINANCE = frozenset({"Finance", "Admin"})
EFFECTS = "app.kernel.sharing.operations.resolving"
ENDED = ("finished", "lapsed", "void")
WHY = {
    "": "", "over": _l("冻结期已过"), "receiver": _l("接收方没有商户号"), "cap": _l("超过最大分账比例"), "fee": _l("扣掉手续费和退款后不够"),
    "calls": _l("分账次数用完"), "given_up": _l("财务决定不再分"),
}

SHARING_FLOW = Flow(
    name="sharing",
    title=_l("分账"),
    states=(
        State("waiting", _l("待分账"), "wait"),
        State("sharing", _l("分账中"), "run"),
        State("stuck", _l("分账卡住"), "bad"),
        State("proposed", _l("不分了，待复核"), "hold"),
        State("shared", _l("已分账"), "ok"),
        State("finishing", _l("完结中"), "run"),
        State("finished", _l("已完结"), "ok", final=True),
        State("lapsed", _l("到期自动解冻"), "mute", final=True),
        State("void", _l("已全退"), "mute", final=True),
    ),
    moves=(
        Move("share", _l("开始分账"), ("waiting",), "sharing", SYSTEM),
        Move("complete", _l("分账完成"), ("sharing",), "shared", SYSTEM),
        Move("stick", _l("标为卡住"), ("sharing", "finishing"), "stuck", SYSTEM),
        Move(
            "retry", _l("再分一次"), ("stuck",), "sharing", FINANCE, style="primary", effect=late(f"{EFFECTS}:retry"),
            asks=(Ask("reason", _l("原因，例如已请接收方恢复账户")),), confirm=_l("渠道没有分出的部分，用新单号再分一次，不会重复分"),
        ),
        Move(
            "propose", _l("提出不分了，转应收"), ("stuck",), "proposed", FINANCE, style="danger", effect=late(f"{EFFECTS}:propose"),
            asks=(Ask("reason", _l("原因")),), confirm=_l("另一个人复核以后，没分成的部分留在商户的账户里，记为商户欠平台"), confirm_amount="open_amount",
        ),
        Move(
            "give_up", _l("同意不分，转应收"), ("proposed",), "shared", FINANCE, style="danger", effect=late(f"{EFFECTS}:give_up"),
            confirm=_l("没分成的部分记为商户欠平台，从之后的账单里扣；提出的人不能自己复核"), confirm_amount="open_amount",
        ),
        Move(
            "send_back", _l("不同意，继续分"), ("proposed",), "stuck", FINANCE, effect=late(f"{EFFECTS}:send_back"), asks=(Ask("reason", _l("原因")),),
        ),
        Move("finish", _l("申请完结"), ("shared",), "finishing", SYSTEM),
        Move("end", _l("完结"), ("finishing",), "finished", SYSTEM),
        Move("lapse", _l("到期解冻"), ("waiting", "sharing", "stuck", "proposed", "shared", "finishing"), "lapsed", SYSTEM),
        Move("void", _l("全部退款"), ("waiting", "sharing", "shared"), "void", SYSTEM),
    ),
)


class Sharing(Dated, Model):
    """What of a merchant's own payment others get. `number` is where our numbers at the channel begin.

    `claimed` is what others are due, less what refunds took of it; `shared` is what they have, less what came back; `unshared` is claimed and could
    not be shared, `unshared_why` says why, `proposal` why somebody would give it up; `settled` is what of the rest we have left to the merchant in the
    ledger, from `released_at` on. `fee` is
    what the channel keeps of the payment.
    """

    __tablename__ = "share_sharing"
    __access__ = owned()
    __table_args__ = (
        Index("ix_share_sharing_merchant", "merchant_id", "id"),
        Index("ix_share_sharing_subject", "subject_type", "subject_id"),
        Index("ix_share_sharing_frozen", "frozen_until", postgresql_where=text("status NOT IN ('finished', 'lapsed', 'void')")),
        CheckConstraint("amount > 0 AND fee >= 0 AND claimed >= 0 AND shared BETWEEN 0 AND amount AND unshared >= 0", name="amounts"),
        CheckConstraint("settled = 0 OR released_at IS NOT NULL", name="settled_when_released"),
        CheckConstraint("status <> 'proposed' OR proposed_by IS NOT NULL", name="proposed_by_somebody"),
        CheckConstraint("given_up_by <> proposed_by", name="second_person"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24, "C"), unique=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("pay_payment.id"), unique=True)
    subject_type: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    trade: Mapped[str] = mapped_column(String(20))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    sub_merchant: Mapped[str] = mapped_column(String(32))
    transaction_id: Mapped[str] = mapped_column(String(64))
    amount: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[int] = mapped_column(BigInteger)
    most_ppm: Mapped[int]
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    claimed: Mapped[int] = mapped_column(BigInteger, default=0)
    shared: Mapped[int] = mapped_column(BigInteger, default=0)
    unshared: Mapped[int] = mapped_column(BigInteger, default=0)
    unshared_why: Mapped[str] = mapped_column(String(12), default="")
    settled: Mapped[int] = mapped_column(BigInteger, default=0)
    settlements: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(200), default="")
    proposal: Mapped[str] = mapped_column(String(200), default="")
    proposed_by: Mapped[str | None] = mapped_column(String(80))
    given_up_by: Mapped[str | None] = mapped_column(String(80))
    paid_at: Mapped[datetime] = mapped_column(Moment)
    frozen_until: Mapped[datetime] = mapped_column(Moment)
    released_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    warned_at: Mapped[datetime | None] = mapped_column(Moment)

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql")
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """Our number."""
        return self.number

    @property
    def clearing_account(self) -> AccountRef:
        """Where the ledger keeps what the channel holds of it."""
        return clearing("wechat", self.sub_merchant)

    @property
    def why(self) -> Any:
        """Why something is not shared, in words."""
        return WHY[self.unshared_why]

    @property
    def open_amount(self) -> int:
        """What would have to be shared and is not, in fen."""
        return max(self.claimed - self.shared - self.unshared, 0)


guard_status(Sharing, SHARING_FLOW)
