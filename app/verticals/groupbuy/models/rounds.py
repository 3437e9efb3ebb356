"""Rounds: what was ordered until a cut-off, and the sheets by which it is bought, picked, and counted. Amounts in fen."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.flows import Flow, Move, State
from app.framework.access import owned, reference
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status, late
from app.kernel.parties.models import Merchant
from app.verticals.groupbuy.models.people import Zone

WAREHOUSE = frozenset({"Warehouse", "Operator", "Admin"})
SYSTEM = frozenset({"system"})
EFFECTS = "app.verticals.groupbuy.operations.rounds"
SHEETS = {"purchase": _l("采购单"), "picking": _l("分拣单")}

ROUND_FLOW = Flow(
    name="groupbuy_round",
    title=_l("团期"),
    states=(
        State("open", _l("收单中"), "run"),
        State("closed", _l("已截单"), "wait"),
        State("received", _l("已收货"), "wait"),
        State("sent", _l("已发车"), "run"),
        State("over", _l("已到齐"), "ok", final=True),
    ),
    moves=(
        Move("close", _l("截单"), ("open",), "closed", SYSTEM, effect=late(f"{EFFECTS}:on_closed")),
        Move(
            "remake", _l("重做单据"), ("closed",), "closed", WAREHOUSE, effect=late(f"{EFFECTS}:on_remade"),
            confirm=_l("按这一期的订单重新汇总采购单和分拣单，已填的收货数会清空"),
        ),
        Move(
            "receive", _l("收货完成"), ("closed",), "received", WAREHOUSE, effect=late(f"{EFFECTS}:on_received"), style="primary",
            confirm=_l("没填的商品按订购数算收齐；到货不够的按比例分给各团长"),
        ),
        Move("send", _l("发车"), ("received",), "sent", WAREHOUSE, effect=late(f"{EFFECTS}:on_sent"), style="primary", confirm=_l("团长会看到要清点的货")),
        Move("finish", _l("全部到齐"), ("sent",), "over", SYSTEM),
    ),
)


class Round(Dated, Model):
    """Everything that a zone orders until `cutoff_at`; later orders go to the next one."""

    __tablename__ = "groupbuy_round"
    __access__ = reference()
    __table_args__ = (UniqueConstraint("zone_id", "day"), Index("ix_groupbuy_round_open", "cutoff_at", postgresql_where=text("status = 'open'")))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("groupbuy_zone.id"))
    day: Mapped[date] = mapped_column(Date)
    cutoff_at: Mapped[datetime] = mapped_column(Moment)
    status: Mapped[str] = mapped_column(String(10), default="open")
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)

    zone: Mapped[Zone] = relationship()

    @property
    def label(self) -> str:
        """`QX-20261130 · 青溪片区`."""
        return f"{self.number} · {self.zone.name}"


class Sheet(Dated, Model):
    """What a supplier has to bring (purchase) or what a leader gets (picking) in a round. `counted_at` is when a leader has checked it in."""

    __tablename__ = "groupbuy_sheet"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("round_id", "kind", "merchant_id"),
        CheckConstraint("kind IN ('purchase', 'picking')", name="kind"),
        Index("ix_groupbuy_sheet_merchant", "merchant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("groupbuy_round.id"))
    kind: Mapped[str] = mapped_column(String(10))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    pieces: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int] = mapped_column(BigInteger, default=0)
    counted_at: Mapped[datetime | None] = mapped_column(Moment)
    counted_by: Mapped[str] = mapped_column(String(80), default="")

    round: Mapped[Round] = relationship()
    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    lines: Mapped[list[SheetLine]] = relationship(back_populates="sheet", order_by="SheetLine.title, SheetLine.id", cascade="all, delete-orphan")

    @property
    def label(self) -> str:
        """The number."""
        return self.number


class SheetLine(Model):
    """A good on a sheet: pieces ordered, and what came: `counted` at the warehouse of a purchase, at the leader of a picking list. `allotted` is what the
    warehouse put on the leader's list. `amount` is what the supplier gets for all pieces, 0 on picking lists."""

    __tablename__ = "groupbuy_sheet_line"
    __access__ = owned()
    __table_args__ = (
        UniqueConstraint("sheet_id", "goods_id"),
        CheckConstraint("quantity > 0 AND amount >= 0", name="quantity"),
        CheckConstraint("counted BETWEEN 0 AND quantity AND allotted BETWEEN 0 AND quantity", name="counted"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("groupbuy_sheet.id", ondelete="CASCADE"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    goods_id: Mapped[int] = mapped_column(ForeignKey("groupbuy_goods.id"), index=True)
    title: Mapped[str] = mapped_column(String(60))
    spec: Mapped[str] = mapped_column(String(30), default="")
    quantity: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger, default=0)
    allotted: Mapped[int | None]
    counted: Mapped[int | None]

    sheet: Mapped[Sheet] = relationship(back_populates="lines")

    @property
    def short(self) -> int:
        """Pieces that did not come; 0 while nobody has counted."""
        return self.quantity - self.counted if self.counted is not None else 0


guard_status(Round, ROUND_FLOW)
