"""What a merchant says is wrong in a statement, and finance's answer. Amounts in fen."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.kernel.settlement.models.statements import Statement

FINANCE, OWNER = frozenset({"Finance", "Admin"}), frozenset({"Owner"})
EFFECTS = "app.kernel.settlement.operations.disputes"
OPEN = ("open", "proposed")

DISPUTE_FLOW = Flow(
    name="settle_dispute",
    title=_l("账单异议"),
    states=(
        State("open", _l("待答复"), "wait"),
        State("proposed", _l("待复核"), "wait"),
        State("upheld", _l("已补给商户"), "ok", final=True),
        State("rejected", _l("维持原账"), "mute", final=True),
        State("withdrawn", _l("商户撤回"), "mute", final=True),
    ),
    moves=(
        Move(
            "propose", _l("提出补款"), ("open",), "proposed", FINANCE, style="primary", effect=late(f"{EFFECTS}:propose"),
            asks=(Ask("granted", _l("补给商户多少"), "money"), Ask("answer", _l("答复"))),
        ),
        Move(
            "uphold", _l("复核通过"), ("proposed",), "upheld", FINANCE, style="primary", effect=late(f"{EFFECTS}:uphold"), confirm_amount="granted",
            confirm=_l("补款进商户可提现，在下一份账单里；提出的人不能自己复核"),
        ),
        Move("send_back", _l("退回再议"), ("proposed",), "open", FINANCE, asks=(Ask("reason", _l("原因")),)),
        Move("reject", _l("维持原账"), ("open",), "rejected", FINANCE, asks=(Ask("answer", _l("答复")),), effect=late(f"{EFFECTS}:reject"), style="danger"),
        Move("withdraw", _l("撤回异议"), ("open",), "withdrawn", OWNER, effect=late(f"{EFFECTS}:withdraw"), confirm=_l("账单照原样付款")),
    ),
)


class Dispute(Dated, Model):
    """`claimed` is what the merchant misses, `granted` what it is given: a correction in the next statement, for rows never change."""

    __tablename__ = "settle_dispute"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("claimed > 0 AND granted BETWEEN 0 AND claimed", name="amounts"),
        CheckConstraint("status <> 'upheld' OR (granted > 0 AND approved_by IS NOT NULL)", name="upheld_by_somebody"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="second_person"),
        Index("ix_settle_dispute_statement", "statement_id", "id"),
        Index("ix_settle_dispute_merchant", "merchant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("settle_statement.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    order_number: Mapped[str] = mapped_column(String(24), default="")
    claimed: Mapped[int] = mapped_column(BigInteger)
    granted: Mapped[int] = mapped_column(BigInteger, default=0)
    reason: Mapped[str] = mapped_column(String(300))
    answer: Mapped[str] = mapped_column(String(200), default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("file_object.id"))
    status: Mapped[str] = mapped_column(String(12), default="open")
    opened_by: Mapped[str] = mapped_column(String(80))
    proposed_by: Mapped[str | None] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))

    statement: Mapped[Statement] = relationship(lazy="raise_on_sql")
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


guard_status(Dispute, DISPUTE_FLOW)
