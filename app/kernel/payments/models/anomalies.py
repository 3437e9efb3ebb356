"""What was odd about a payment, a refund, or a callback: what it was, what was done at once, and whether a person has looked. Amounts in fen."""

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
from app.kernel.payments.models.money import MONEY_STAFF, SYSTEM, ChannelNotice, Payment, Refund

ANOMALY_KINDS = {
    "paid_twice": _l("重复支付"),
    "paid_late": _l("关单后到账"),
    "differs": _l("和我们的记录不一致"),
    "unknown": _l("渠道有、我们没有"),
    "forged": _l("签名不对的回调"),
    "stale": _l("过期的回调"),
    "replayed": _l("重复的回调"),
    "stuck": _l("多次处理不成"),
    "share_stuck": _l("分账没有分成"),
    "return_stuck": _l("分账没退回来"),
}
DONE = {
    "refunded": _l("整笔退回顾客，订单不变"),
    "not_booked": _l("没有记账，钱还在渠道账户里"),
    "refused": _l("没有受理，账没有变"),
    "ignored": _l("已经处理过，这次不再处理"),
    "not_shared": _l("没有分出，钱冻结在商户的账户里"),
    "refund_waits": _l("退款等着，没有提交给渠道"),
}
NEXT_STEPS = {
    "paid_twice": _l("等退款到账，这一条会自动了结；退款异常时到退款单重试或改用其他方式退"),
    "paid_late": _l("等退款到账，这一条会自动了结；退款异常时到退款单重试或改用其他方式退"),
    "differs": _l("对照渠道后台查清是谁记错：我们记错就改正后在渠道通知里重新处理，渠道记错就联系渠道"),
    "unknown": _l("在渠道后台查这个单号是不是我们的：是就重新处理通知，不是就联系渠道退回"),
    "forged": _l("有人在冒充渠道就封掉来源地址；来自渠道的地址就检查密钥有没有换"),
    "stale": _l("偶尔一次是网络慢，不用管；一再出现就检查服务器的时钟和来源地址"),
    "replayed": _l("渠道没收到答复会重发，不用处理；次数很多时检查我们的答复是不是太慢"),
    "stuck": _l("看出错的原因，修好后在渠道通知里重新处理"),
    "share_stuck": _l("到分账里看原因：接收方恢复后再分一次，分不了就转应收"),
    "return_stuck": _l("请接收方备足余额，到分账回退里换新单再退；退回来后退款自动提交"),
}

ANOMALY_FLOW = Flow(
    name="pay_anomaly",
    title=_l("支付异常"),
    states=(
        State("open", _l("待核对"), "bad"),
        State("settled", _l("已核对"), "ok"),
        State("harmless", _l("不用处理"), "mute"),
    ),
    moves=(
        Move(
            "settle", _l("核对完了"), ("open",), "settled", MONEY_STAFF, asks=(Ask("reason", _l("查到什么，怎么处理的")),), style="primary",
            effect=late("app.kernel.payments.operations.anomalies:note_settled"),
        ),
        Move("resolve", _l("自动了结"), ("open",), "settled", SYSTEM, effect=late("app.kernel.payments.operations.anomalies:note_settled")),
        Move("reopen", _l("重新打开"), ("settled", "harmless"), "open", MONEY_STAFF | SYSTEM, asks=(Ask("reason", _l("原因")),)),
    ),
)


class Anomaly(Dated, Model):
    """One odd thing. `key` is what it is about: the same thing again counts `times` on. `done` says what was done at once."""

    __tablename__ = "pay_anomaly"
    __access__ = STAFF_ONLY
    __table_args__ = (
        Index("ix_pay_anomaly_open", "status", "id", postgresql_where=text("status = 'open'")),
        Index("ix_pay_anomaly_kind", "kind", "id"),
        CheckConstraint("times > 0", name="times"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(12), default="open")
    subject: Mapped[str] = mapped_column(String(64), default="", index=True)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[str] = mapped_column(String(500), default="")
    done: Mapped[str] = mapped_column(String(12))
    times: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime] = mapped_column(Moment)
    last_at: Mapped[datetime] = mapped_column(Moment)
    address: Mapped[str] = mapped_column(String(64), default="")
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("pay_payment.id"), index=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("pay_refund.id"), index=True)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("pay_notice.id"), index=True)
    answer: Mapped[str] = mapped_column(String(200), default="")
    settled_by: Mapped[str | None] = mapped_column(String(80))
    settled_at: Mapped[datetime | None] = mapped_column(Moment)

    payment: Mapped[Payment | None] = relationship(lazy="raise_on_sql")
    refund: Mapped[Refund | None] = relationship(lazy="raise_on_sql")
    notice: Mapped[ChannelNotice | None] = relationship(lazy="raise_on_sql")

    @property
    def label(self) -> str:
        """What it is, and of which number."""
        return f"{ANOMALY_KINDS[self.kind]} {self.subject}".rstrip()


guard_status(Anomaly, ANOMALY_FLOW)
