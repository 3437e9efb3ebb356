"""Stored value in the console: what is offered, who paid ahead, and who has it back unspent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.actors import Actor
from app.framework.console.columns import Column, Section, Tab
from app.framework.console.fields import LookupField, MoneyField
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter, PartyFilter
from app.framework.console.view import ConsoleView, page_link
from app.framework.identity import current_actor
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON, person
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.queries import customer_named, customers_called, merchant_named
from app.kernel.payments.queries import refunds_from
from app.kernel.payments.views import RefundView
from app.kernel.wallet.models import Offer, TopUp, WalletRefund
from app.kernel.wallet.operations.refunding import ask_refund
from app.kernel.wallet.operations.wallets import propose_offer


class OfferForm(FlaskForm):
    """Pay so much, have so much on top."""

    merchant_id = LookupField(_l("商户"), endpoint="/wallet/top-ups/look-up/merchant_id", named=merchant_named)
    amount = MoneyField(_l("储值金额"), validators=[InputRequired(_l("填写金额"))])
    gift = MoneyField(_l("赠送"), default=0, validators=[InputRequired(_l("填写金额，不送就填 0"))], description=_l("由商户承担，从之后的收入里扣"))
    reason = StringField(_l("为什么"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


def _propose(*, amount: int, gift: int, reason: str, actor: Actor, now: datetime, merchant_id: int | None = None) -> Offer:
    return propose_offer(merchant_id=actor.merchant_id or merchant_id or 0, amount=amount, gift=gift, reason=reason, actor=actor, now=now)


class WalletRefundForm(FlaskForm):
    """Whose wallet is given back, and why."""

    customer_id = LookupField(
        _l("顾客"), endpoint="/wallet/refunds/look-up/customer_id", named=customer_named, validators=[InputRequired(_l("选一位顾客"))],
    )
    merchant_id = LookupField(
        _l("商户"), endpoint="/wallet/refunds/look-up/merchant_id", named=merchant_named, validators=[InputRequired(_l("选一家商户"))],
    )
    reason = StringField(_l("原因"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


class WalletRefundView(ConsoleView):
    """What customers have back unspent."""

    name = "wallet.refunds"
    route_base = "/wallet/refunds"
    model = WalletRefund
    title = _l("储值退还")
    singular = _l("储值退还")
    subtitle = _l("没花的本金原路退回，赠送作废；金额大的要另一个人批准")
    measure = _l("笔")
    icon = "undo"
    list_columns = (
        Column("number", _l("退还单号"), link=True, kind="ref"),
        Column("customer.name", _l("顾客")),
        Column("merchant.name", _l("商户"), phone=False),
        Column("amount", _l("退还金额"), kind="money", sort=True, total=True),
        Column("gift", _l("作废的赠送"), kind="money", total=True, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("asked_at", _l("申请时间"), kind="when", sort=True, phone=False),
    )
    search_columns = ("number", "reason")
    search_hint = _l("退还单号、原因")
    filters = (
        ChoiceFilter("status"), DateFilter("asked_at", _l("申请时间")), MoneyFilter("amount", _l("退还金额")), MERCHANT_FILTER,
        PartyFilter("customer_id", _l("顾客"), options=customers_called, named=customer_named),
    )
    tabs = (
        Tab("asked", _l("待处理"), urgent=True, status="asked"), Tab("approving", _l("等第二人批准"), urgent=True, status="approving"),
        Tab("refunding", _l("退款中"), status="refunding"), Tab("refunded", _l("已退还"), status="refunded"),
    )
    facts = (
        Column("amount", _l("退还金额"), kind="money", big=True),
        Column("gift", _l("作废的赠送"), kind="money"),
        Column("fee", _l("退给商户的储值佣金"), kind="money"),
        Column("customer.name", _l("顾客")),
        Column("merchant.name", _l("商户")),
        Column("asked_by", _l("谁提的"), value=lambda refund: person(refund.asked_by)),
        Column("asked_at", _l("申请时间"), kind="when"),
        Column("decided_by", _l("同意的人"), value=lambda refund: person(refund.decided_by)),
        Column("approved_by", _l("批准人"), value=lambda refund: person(refund.approved_by)),
        Column("refunded_at", _l("到账时间"), kind="when"),
        Column("reason", _l("原因"), wide=True),
        Column("answer", _l("答复"), wide=True),
    )
    sections = (
        Section(
            _l("退回哪几笔支付"), rows=lambda refund: refunds_from(refund.number),
            columns=(
                Column("number", _l("退款单"), to=lambda back: page_link(RefundView, back.id)),
                Column("amount", _l("金额"), kind="money"),
                Column("status", _l("状态"), kind="state", value=lambda back: back.__flow__.state(back.status)),
                Column("problem", _l("渠道的答复")),
            ),
        ),
    )
    form = WalletRefundForm
    create = staticmethod(ask_refund)
    add_label = _l("退还储值")
    create_label = _l("提出退还")
    form_note = _l("退的是没花的全部本金，从最近一笔充值退起；渠道过了 365 天不再退的，由财务转账")
    empty_title = _l("还没有储值退还")
    empty_text = _l("顾客在小程序里申请，或由平台替顾客提出")


class OfferView(ConsoleView):
    """Offers to those who pay ahead."""

    name = "wallet.offers"
    route_base = "/wallet/offers"
    model = Offer
    title = _l("储值方案")
    singular = _l("储值方案")
    subtitle = _l("充多少送多少；店主提出，平台财务批准后顾客能看到")
    icon = "wallet"
    list_columns = (
        Column("label", _l("方案"), link=True, value=lambda offer: offer.label),
        Column("merchant.name", _l("商户")),
        Column("amount", _l("储值金额"), kind="money", sort=True),
        Column("gift", _l("赠送"), kind="money", sort=True),
        Column("status", _l("状态"), kind="state"),
        Column("created_at", _l("提出时间"), kind="when", sort=True, phone=False),
    )
    filters = (ChoiceFilter("status"), MoneyFilter("amount", _l("储值金额")), MERCHANT_FILTER)
    tabs = (Tab("draft", _l("待批准"), urgent=True, status="draft"), Tab("approved", _l("在用"), status="approved"))
    facts = (*list_columns[1:], PROPOSER, APPROVER, APPROVED_AT, REASON)
    form = OfferForm
    create = staticmethod(_propose)
    add_label = _l("提出储值方案")
    create_label = _l("提交批准")
    form_note = _l("每笔储值平台按价目收储值佣金；批准前顾客看不到")
    empty_title = _l("还没有储值方案")
    empty_text = _l("提出一个充送方案，批准后顾客可以储值")

    def make_form(self, record: Any = None) -> Any:
        """Members offer for their own merchant."""
        form = OfferForm()
        if current_actor().merchant_id:
            del form.merchant_id
        return form


class TopUpView(ConsoleView):
    """Who paid ahead."""

    name = "wallet.top_ups"
    route_base = "/wallet/top-ups"
    model = TopUp
    title = _l("储值记录")
    singular = _l("储值")
    measure = _l("笔")
    icon = "wallet"
    list_columns = (
        Column("number", _l("储值号"), link=True, kind="ref"),
        Column("merchant.name", _l("商户"), phone=False),
        Column("customer.name", _l("顾客")),
        Column("amount", _l("储值金额"), kind="money", sort=True, total=True),
        Column("gift", _l("赠送"), kind="money", total=True),
        Column("fee", _l("储值佣金"), kind="money", total=True, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("paid_at", _l("到账时间"), kind="when", sort=True, phone=False),
    )
    search_columns = ("number",)
    search_hint = _l("储值号")
    filters = (ChoiceFilter("status"), DateFilter("paid_at", _l("到账时间")), MoneyFilter("amount", _l("储值金额")), MERCHANT_FILTER)
    tabs = (Tab("paid", _l("已到账"), status="paid"), Tab("waiting", _l("待支付"), status="waiting"))
    order = "-id"
    facts = list_columns
    empty_title = _l("还没有人储值")
    empty_text = _l("顾客按储值方案付款后，会出现在这里")


