"""What parties bought and what they owe for it."""

from __future__ import annotations

from typing import Any

import segno
from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core import clock
from app.framework.console.columns import Action, Column, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.links import trade_title
from app.framework.console.page import expose, page_access
from app.framework.console.view import ConsoleView, page_link
from app.kernel.commission.rules import PERIODS
from app.kernel.commission.views import FeeVersionView
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.payments.channels.factory import channel
from app.kernel.payments.operations.paying import prepare_code
from app.kernel.plans.models import Charge, Subscription
from app.kernel.plans.models.charges import METHODS, PURPOSES
from app.kernel.plans.operations.charging import charge_of, open_charge_payment
from app.kernel.plans.operations.subscribing import renew
from app.kernel.plans.presenting import grant_words, person


def _owner_words(record: Any) -> Any:
    """The merchant's name; customers stay unnamed here."""
    return record.merchant.name if record.merchant else _("顾客 %(id)s", id=record.customer_id)


OWNER = Column("merchant.name", _l("谁的"), value=_owner_words)


def _charge_page(bought: Subscription) -> str | None:
    owed = charge_of("subscription", bought.id)
    return page_link(ChargeView, owed.id) if owed else None


def _version_page(owed: Charge) -> str | None:
    return page_link(FeeVersionView, owed.rule_version_id)


class SubscriptionView(ConsoleView):
    """Subscriptions."""

    name = "plans.subscriptions"
    route_base = "/subscriptions"
    model = Subscription
    title = _l("订阅")
    subtitle = _l("买过的套餐：从哪天到哪天，退订按剩下的天数退")
    singular = _l("订阅")
    measure = _l("份")
    icon = "star"
    words = {"renew": _l("续费")}
    search_columns = ("number",)
    search_hint = _l("订阅号")
    list_columns = (
        Column("number", _l("订阅号"), link=True),
        Column("plan.title", _l("套餐")),
        OWNER,
        Column("status", _l("状态"), kind="state"),
        Column("price", _l("价格"), kind="money", sort=True, total=True),
        Column("starts_on", _l("开始"), kind="day", phone=False),
        Column("ends_on", _l("到期"), kind="day", sort=True),
    )
    facts = (
        Column("price", _l("价格"), kind="money", big=True),
        Column("refundable", _l("今天退能退"), kind="money", big=True),
        Column("plan.title", _l("套餐")),
        OWNER,
        Column("period", _l("多久"), kind="choice", choices=PERIODS),
        Column("starts_on", _l("开始"), kind="day"),
        Column("ends_on", _l("到期"), value=lambda bought: bought.ends_on or _l("长期")),
        Column("given_back", _l("已退"), kind="money"),
        Column("charge", _l("费用"), value=lambda bought: _l("查看付款"), to=_charge_page),
        Column("asked_by", _l("谁申请退订"), value=lambda bought: person(bought.asked_by)),
        Column("grants", _l("权益"), value=lambda bought: grant_words(bought.plan), wide=True),
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER, DateFilter("ends_on", days=True))
    tabs = (
        Tab("leaving", _l("退订待批准"), urgent=True, status="leaving"), Tab("active", _l("已生效"), status="active"),
        Tab("waiting", _l("待支付"), status="waiting"), Tab("over", _l("已结束"), status=("expired", "refunded", "cancelled")),
    )
    record_actions = (
        Action(
            _l("续费"), "SubscriptionView.renew", "renew", post=True, primary=True,
            when=lambda bought: bought.ends_on is not None and bought.status in ("active", "expired"),
        ),
    )
    empty_title = _l("还没有订阅")
    empty_text = _l("在“开通套餐”里买")

    @expose("/<int:pk>/renew", methods=["POST"])
    @page_access("can_renew")
    def renew(self, pk: int) -> Response:
        """The same plan once more, from the end of this one on; then to its payment."""
        following = renew(self.record(pk), actor=self.actor, now=clock.now())
        owed = charge_of("subscription", following.id)
        return self.done(_("续到 %(day)s，付清后生效", day=following.ends_on), "ChargeView.show", pk=owed.id if owed else 0)


class ChargeView(ConsoleView):
    """Charges."""

    name = "plans.charges"
    route_base = "/charges"
    model = Charge
    title = _l("平台费用")
    subtitle = _l("入驻费、保证金、套餐、广告：用可提现余额付，或者扫码付")
    singular = _l("费用")
    measure = _l("笔")
    icon = "wallet"
    words = {"code": _l("扫码支付")}
    search_columns = ("number", "title")
    search_hint = _l("费用号、名称")
    list_columns = (
        Column("number", _l("费用号"), link=True),
        Column("title", _l("名称")),
        OWNER,
        Column("purpose", _l("用途"), kind="choice", choices=PURPOSES, phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("amount", _l("金额"), kind="money", sort=True, total=True, strong=True),
        Column("created_at", _l("时间"), kind="when", sort=True, phone=False),
    )
    facts = (
        Column("amount", _l("金额"), kind="money", big=True),
        Column("title", _l("名称")),
        OWNER,
        Column("purpose", _l("用途"), kind="choice", choices=PURPOSES),
        Column("trade", _l("行业"), value=lambda owed: trade_title(owed.trade) if owed.trade else "—"),
        Column("pay_by", _l("最晚支付"), kind="when"),
        Column("paid_at", _l("支付时间"), kind="when"),
        Column("method", _l("怎么付的"), kind="choice", choices=METHODS),
        Column("rule", _l("按哪版费率"), value=lambda owed: _l("查看费率版本") if owed.rule_version_id else "—", to=_version_page),
    )
    filters = (ChoiceFilter("status"), ChoiceFilter("purpose", choices=PURPOSES), MERCHANT_FILTER, MoneyFilter("amount"), DateFilter("created_at"))
    tabs = (Tab("waiting", _l("待支付"), urgent=True, status="waiting"), Tab("paid", _l("已支付"), status="paid"), Tab("closed", _l("已关闭"), status="closed"))
    record_actions = (Action(_l("扫码支付"), "ChargeView.code", "code", icon="qr", when=lambda owed: owed.status == "waiting"),)
    empty_title = _l("没有费用")
    empty_text = _l("要缴的入驻费、保证金，买的套餐和广告会出现在这里")

    @expose("/<int:pk>/code")
    @page_access("can_code")
    def code(self, pk: int) -> Response:
        """The code that whoever holds the money scans; paid or over, back to the charge."""
        owed = self.record(pk)
        if owed.status != "waiting":
            return self.done(_("这笔费用已经付过或关闭了"), "ChargeView.show", pk=pk)
        amount, title, number = owed.amount, owed.title, owed.number
        address = prepare_code(open_charge_payment(owed, actor=self.actor, now=clock.now()).id, now=clock.now())
        picture = Markup(segno.make(address, error="m", micro=False).svg_inline(scale=5, border=2, omitsize=True))  # noqa: S704 - drawn by the library
        return self.render(
            "plans/code.html", pk=pk, amount=amount, title=title, number=number, picture=picture, page_title=_("扫码支付"),
            sandbox=address if channel().simulated else None,
        )
