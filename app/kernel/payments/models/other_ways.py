"""A refund that the channel cannot deliver is paid another way: two people decide, and the bank's reference proves it. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import STAFF_ONLY
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.governance.models import Proposal, proposal_checks
from app.kernel.parties.models import Customer
from app.kernel.payments.models.money import Refund

FINANCE = frozenset({"Finance", "Admin"})
EFFECTS = "app.kernel.payments.operations.other_ways"
REASON = (Ask("reason", _l("原因")),)
UNDERWAY = ("draft", "approved")

OTHER_WAY_FLOW = Flow(
    name="pay_other_way",
    title=_l("改用其他方式退"),
    states=(
        State("draft", _l("待批准"), "wait"),
        State("approved", _l("待付款"), "run"),
        State("paid", _l("已付"), "ok", final=True),
        State("refused", _l("未批准"), "mute", final=True),
        State("dropped", _l("不付了"), "mute", final=True),
    ),
    moves=(
        Move(
            "approve", _l("批准"), ("draft",), "approved", FINANCE, style="primary", effect=late(f"{EFFECTS}:approve"), confirm_amount="amount",
            confirm=_l("提出的人不能自己批准；批准后由财务转账"),
        ),
        Move("refuse", _l("不批准"), ("draft",), "refused", FINANCE, asks=REASON, style="danger"),
        Move(
            "record", _l("登记已转账"), ("approved",), "paid", FINANCE, style="primary", effect=late(f"{EFFECTS}:record"),
            asks=(Ask("reference", _l("银行回单号"), max_length=64),), confirm=_l("钱已经从银行转给顾客；登记后退款单了结，不能再退第二次"),
        ),
        Move("drop", _l("不付了"), ("approved",), "dropped", FINANCE, asks=REASON, style="danger", confirm=_l("还没有转账才可以选；退款单回到异常")),
    ),
)


class OtherWay(Proposal, Dated, Model):
    """One refund paid by bank transfer. `payee` and `account_tail` say to whom; the whole number stays with the bank. `reference` is the bank's."""

    __tablename__ = "pay_other_way"
    __access__ = STAFF_ONLY
    __table_args__ = (
        *proposal_checks(),
        Index("uq_pay_other_way_underway", "refund_id", unique=True, postgresql_where=text("status IN ('draft', 'approved', 'paid')")),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "status NOT IN ('approved', 'paid', 'dropped') OR approved_by IS NOT NULL", name="approved_first"
        ),
        CheckConstraint("status <> 'paid' OR (reference <> '' AND paid_at IS NOT NULL)", name="paid_with_proof"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("pay_refund.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("party_customer.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    payee: Mapped[str] = mapped_column(String(40))
    account_tail: Mapped[str] = mapped_column(String(4))
    reference: Mapped[str] = mapped_column(String(64), default="")
    paid_at: Mapped[datetime | None] = mapped_column(Moment)

    refund: Mapped[Refund] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The payee."""
        return f"{self.payee} *{self.account_tail}"


guard_status(OtherWay, OTHER_WAY_FLOW)
