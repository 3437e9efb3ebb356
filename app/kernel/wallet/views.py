"""Stored value in the console: what is offered, and who paid ahead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.actors import Actor
from app.framework.console.columns import Column, Tab
from app.framework.console.fields import LookupField, MoneyField
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.view import ConsoleView
from app.framework.identity import current_actor
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.queries import merchant_named
from app.kernel.wallet.models import Offer, TopUp
from app.kernel.wallet.operations import propose_offer


class OfferForm(FlaskForm):
    """Pay so much, have so much on top."""

    merchant_id = LookupField(_l("商户"), endpoint="/wallet/top-ups/look-up/merchant_id", named=merchant_named)
    amount = MoneyField(_l("储值金额"), validators=[InputRequired(_l("填写金额"))])
    gift = MoneyField(_l("赠送"), default=0, validators=[InputRequired(_l("填写金额，不送就填 0"))], description=_l("由商户承担，从之后的收入里扣"))
    reason = StringField(_l("为什么"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


def _propose(*, amount: int, gift: int, reason: str, actor: Actor, now: datetime, merchant_id: int | None = None) -> Offer:
    return propose_offer(merchant_id=actor.merchant_id or merchant_id or 0, amount=amount, gift=gift, reason=reason, actor=actor, now=now)


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


