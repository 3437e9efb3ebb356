"""Invoices (发票) for the platform's fees of a month: asked for by the merchant, issued or refused by finance. Amounts in fen."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Ask, Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant

FINANCE, OWNER = frozenset({"Finance", "Admin"}), frozenset({"Owner"})
EFFECTS = "app.kernel.settlement.operations.invoices"
KINDS = {"normal": _l("普通发票"), "special": _l("增值税专用发票")}
STANDING = ("asked", "issued")

INVOICE_FLOW = Flow(
    name="settle_invoice",
    title=_l("发票"),
    states=(
        State("asked", _l("待开票"), "wait"),
        State("issued", _l("已开票"), "ok", final=True),
        State("refused", _l("未开票"), "bad", final=True),
        State("cancelled", _l("已撤回"), "mute", final=True),
    ),
    moves=(
        Move(
            "issue", _l("登记开票"), ("asked",), "issued", FINANCE, style="primary", effect=late(f"{EFFECTS}:note_issue"),
            asks=(Ask("invoice_number", _l("发票号码"), max_length=20), Ask("issued_on", _l("开票日期（如 2026-11-30）"), max_length=10)),
        ),
        Move("refuse", _l("不开票"), ("asked",), "refused", FINANCE, asks=(Ask("reason", _l("原因")),), style="danger", effect=late(f"{EFFECTS}:note_refusal")),
        Move("cancel", _l("撤回申请"), ("asked",), "cancelled", OWNER, confirm=_l("之后可以重新申请")),
    ),
)


class Invoice(Dated, Model):
    """An invoice over `amount` of the fees of `month` (its first day); each fee is invoiced once: one standing invoice a merchant and month."""

    __tablename__ = "settle_invoice"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("kind IN ('normal', 'special')", name="kind"),
        CheckConstraint("status <> 'issued' OR (invoice_number <> '' AND issued_on IS NOT NULL)", name="issued_with_number"),
        Index("uq_settle_invoice_standing", "merchant_id", "month", unique=True, postgresql_where=text("status IN ('asked', 'issued')")),
        Index("uq_settle_invoice_invoice_number", "invoice_number", unique=True, postgresql_where=text("invoice_number <> ''")),
        Index("ix_settle_invoice_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    month: Mapped[date] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(8), default="normal")
    title: Mapped[str] = mapped_column(String(100))
    tax_number: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(100), default="")
    status: Mapped[str] = mapped_column(String(12), default="asked")
    invoice_number: Mapped[str] = mapped_column(String(20), default="")
    issued_on: Mapped[date | None] = mapped_column(Date)
    issued_by: Mapped[str] = mapped_column(String(80), default="")
    answer: Mapped[str] = mapped_column(String(200), default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file_object.id"))
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


guard_status(Invoice, INVOICE_FLOW)
