"""Everything odd about payments on one page, and refunds that are paid another way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.core.actors import Actor
from app.core.money import yuan
from app.extensions import db
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.view import ConsoleView, page_link
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.parties.queries import person_named
from app.kernel.payments.models import ANOMALY_KINDS, DONE, Anomaly, OtherWay, Refund
from app.kernel.payments.models.anomalies import NEXT_STEPS
from app.kernel.payments.operations.other_ways import propose_other_way
from app.kernel.payments.views import GROUP, NoticeView, PaymentView, RefundView


def _link(name: str, label: Any, view: Any) -> Column:
    """A way to the record behind the odd thing, for those who may open it."""
    return Column(name, label, value=lambda each: _l("查看") if getattr(each, name) else None, to=lambda each: page_link(view, getattr(each, name)))


def _settler(anomaly: Anomaly) -> Any:
    if anomaly.settled_by and ":" not in anomaly.settled_by:
        return _l("系统")
    return person_named(anomaly.settled_by)


class AnomalyView(ConsoleView):
    """The queue of odd things."""

    name = "payments.anomalies"
    route_base = "/payments/anomalies"
    model = Anomaly
    title = _l("支付异常")
    singular = _l("支付异常")
    subtitle = _l("重复支付、关单后到账、金额不符、伪造或重复的回调：系统做了什么，你要做什么")
    measure = _l("条")
    icon = "alert"
    group = GROUP
    list_columns = (
        Column("kind", _l("什么异常"), kind="choice", choices=ANOMALY_KINDS, link=True),
        Column("subject", _l("单号"), kind="ref", sub="detail"),
        Column("amount", _l("金额"), kind="money", sort=True, total=True),
        Column("times", _l("次数"), kind="count", sort=True, phone=False),
        Column("done", _l("系统做了什么"), kind="choice", choices=DONE, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("last_at", _l("最近一次"), kind="when", sort=True),
    )
    search_columns = ("subject", "detail")
    search_hint = _l("支付单号、退款单号")
    filters = (
        ChoiceFilter("kind", _l("什么异常"), choices=ANOMALY_KINDS), ChoiceFilter("status", _l("状态")), DateFilter("last_at", _l("最近一次")),
        MoneyFilter("amount", _l("金额")),
    )
    tabs = (
        Tab("open", _l("待核对"), urgent=True, status="open"),
        Tab("settled", _l("已核对"), status="settled"),
        Tab("harmless", _l("不用处理"), status="harmless"),
    )
    order = "-last_at"
    facts = (
        Column("kind", _l("什么异常"), kind="choice", choices=ANOMALY_KINDS),
        Column("amount", _l("金额"), kind="money", big=True),
        Column("subject", _l("单号"), kind="ref"),
        Column("times", _l("次数"), kind="count"),
        Column("first_at", _l("第一次"), kind="when"),
        Column("last_at", _l("最近一次"), kind="when"),
        Column("address", _l("来源地址"), kind="ref"),
        Column("done", _l("系统做了什么"), kind="choice", choices=DONE, wide=True),
        Column("next_step", _l("你要做什么"), value=lambda anomaly: NEXT_STEPS[anomaly.kind], wide=True, export=False),
        Column("detail", _l("详情"), wide=True),
        _link("payment_id", _l("支付单"), PaymentView),
        _link("refund_id", _l("退款单"), RefundView),
        _link("notice_id", _l("渠道通知"), NoticeView),
        Column("settled_by", _l("谁核对的"), value=_settler),
        Column("settled_at", _l("核对时间"), kind="when"),
        Column("answer", _l("核对结果"), wide=True),
    )
    empty_title = _l("没有支付异常")
    empty_text = _l("渠道的钱和我们的记录都对得上")


class OtherWayForm(FlaskForm):
    """Which refund, and to whose bank account."""

    refund_id = SelectField(_l("退款单"), coerce=int, validators=[DataRequired(_l("选一笔退款"))])
    payee = StringField(_l("收款人姓名"), validators=[DataRequired(_l("填写收款人姓名")), Length(max=40)])
    account_tail = StringField(
        _l("收款账号后四位"), validators=[DataRequired(_l("填写后四位")), Length(max=8)], description=_l("完整账号只在银行填写，系统里不保存"),
    )
    reason = TextAreaField(_l("原因"), validators=[DataRequired(_l("填写原因")), Length(max=200)], description=_l("顾客怎么提供的账号，渠道为什么退不了"))


def _propose(*, refund_id: int, payee: str, account_tail: str, reason: str, actor: Actor, now: datetime) -> OtherWay:
    return propose_other_way(refund_id, payee=payee.strip(), account_tail=account_tail.strip(), reason=reason, actor=actor, now=now)


class OtherWayView(ConsoleView):
    """Refunds by bank transfer."""

    name = "payments.other_ways"
    route_base = "/payments/other-ways"
    model = OtherWay
    title = _l("改用其他方式退")
    singular = _l("改付")
    subtitle = _l("渠道退不了的款由财务转账：一个人提出，另一个人批准，转账后登记银行回单号")
    measure = _l("笔")
    icon = "wallet"
    group = GROUP
    list_columns = (
        Column("payee", _l("收款人"), link=True, sub="account_tail"),
        Column("refund.number", _l("退款单号"), kind="ref", to=lambda way: page_link(RefundView, way.refund_id)),
        Column("amount", _l("金额"), kind="money", sort=True, total=True),
        Column("status", _l("状态"), kind="state"),
        PROPOSER,
        Column("created_at", _l("提出时间"), kind="when", sort=True),
    )
    search_columns = ("payee", "reference")
    search_hint = _l("收款人、银行回单号")
    filters = (ChoiceFilter("status", _l("状态")), DateFilter("created_at", _l("提出时间")), MoneyFilter("amount", _l("金额")))
    tabs = (
        Tab("draft", _l("待批准"), urgent=True, status="draft"),
        Tab("approved", _l("待付款"), urgent=True, status="approved"),
        Tab("paid", _l("已付"), status="paid"),
    )
    order = "-id"
    facts = (
        Column("amount", _l("金额"), kind="money", big=True),
        Column("payee", _l("收款人")),
        Column("account_tail", _l("收款账号后四位"), kind="ref"),
        Column("refund.number", _l("退款单号"), kind="ref", to=lambda way: page_link(RefundView, way.refund_id)),
        PROPOSER, APPROVER, APPROVED_AT,
        Column("reference", _l("银行回单号"), kind="ref"),
        Column("paid_at", _l("登记时间"), kind="when"),
        REASON,
    )
    form = OtherWayForm
    create = staticmethod(_propose)
    add_label = _l("改用其他方式退")
    create_label = _l("提交批准")
    form_note = _l("批准前和登记前都不记账；登记后退款单了结，不会再经渠道退一次")
    empty_title = _l("没有改付的退款")
    empty_text = _l("渠道退不了的款（账户注销、超过 365 天、退满 50 次）在这里改用银行转账")

    def make_form(self, record: Any = None) -> Any:
        """The form with the refunds that are stuck; `?pk=` chooses one."""
        form = OtherWayForm()
        stuck = select(Refund).where(Refund.status.in_(("abnormal", "closed")), Refund.replaced_at.is_(None)).order_by(Refund.id.desc()).limit(100)
        form.refund_id.choices = [(each.id, f"{each.number} · {yuan(each.amount)}") for each in db.session.scalars(stuck)]
        wanted = request.args.get("pk", "")
        if request.method == "GET" and wanted.isdecimal():
            form.refund_id.data = int(wanted)
        return form
