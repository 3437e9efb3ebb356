"""Dining orders: the list and the record, with money that explains itself."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.page import may
from app.framework.console.view import ConsoleView, page_link
from app.kernel.aftersales.views import RefundCaseView
from app.kernel.cash.views import CashDeskPage
from app.kernel.fulfilment.models import JOB_FLOW
from app.kernel.fulfilment.queries import courier_part, job_of
from app.kernel.ledger.queries import entries_of_order
from app.kernel.ledger.words import KINDS
from app.kernel.orders.operations import fee_lines_of
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.payments.queries import payments_of
from app.kernel.payments.tenders import CHANNELS
from app.kernel.payments.views import PaymentView
from app.kernel.sharing.presenting import SHARING
from app.verticals.dining.models import DiningOrder
from app.verticals.dining.models.orders import SERVICES


def _money_lines(order: DiningOrder) -> dict[str, Any]:
    """Sums under the lines, and what the merchant will get or got."""
    fees = fee_lines_of(order.id)
    commission = sum(line.kept for line in fees)
    job = job_of(order.id) if order.service == "delivery" else None
    courier = courier_part(order, job, fees) if job else 0
    kept = order.payable + order.platform_discount - order.refunded - sum(line.subsidy_returned for line in order.lines)
    return {"fees": fees, "commission": commission, "kept": kept, "courier": courier, "merchant_gets": kept - commission - courier}


def _place(order: DiningOrder) -> str:
    return order.table_name or order.address or "—"


def _courier(order: DiningOrder) -> str | None:
    """`王强 · 配送中`; None for an order that nobody carries."""
    job = job_of(order.id) if order.service == "delivery" else None
    return " · ".join(filter(None, (job.courier_name, str(JOB_FLOW.state(job.status).label)))) if job else None


class OrderView(ConsoleView):
    """Orders of restaurants."""

    name = "dining.orders"
    route_base = "/dining/orders"
    model = DiningOrder
    title = _l("点餐订单")
    subtitle = _l("按下单时间，最新在前；时间为北京时间")
    singular = _l("订单")
    measure = _l("单")
    icon = "list"
    label = "number"
    search_columns = ("number", "ticket", "customer_name")
    search_hint = _l("订单号、取餐号、顾客")
    list_columns = (
        Column("number", _l("订单号"), link=True),
        Column("payable", _l("应付"), kind="money", sort=True, total=True),
        Column("merchant.name", _l("商户"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("ticket", _l("取餐号")),
        Column("service", _l("方式"), kind="choice", choices=SERVICES),
        Column("customer_name", _l("顾客"), phone=False),
        Column("refunded", _l("已退"), kind="money", total=True, phone=False),
        Column("commission", _l("平台佣金"), kind="money", total=True, phone=False),
        Column("placed_at", _l("下单时间"), kind="when", sort=True),
    )
    filters = (
        DateFilter("placed_at"), ChoiceFilter("status"), ChoiceFilter("service", choices=SERVICES), MERCHANT_FILTER, MoneyFilter("payable"),
    )
    tabs = (
        Tab("unpaid", _l("待付款"), status="unpaid"),
        Tab("waiting", _l("待接单"), urgent=True, status="waiting"),
        Tab("cooking", _l("制作中"), status="cooking"),
        Tab("ready", _l("待取餐"), status="ready"),
        Tab("done", _l("已完成"), status="done"),
        Tab("ended", _l("取消和拒单"), status=("cancelled", "rejected", "timed_out")),
    )
    facts = (
        Column("payable", _l("实付"), kind="money", big=True, value=lambda order: order.paid or order.payable),
        Column("merchant_gets", _l("商户预计到手"), kind="money", big=True, value=lambda order: _money_lines(order)["merchant_gets"]),
        Column("customer_name", _l("顾客"), sub="contact_phone"),
        Column("service", _l("方式"), kind="choice", choices=SERVICES),
        Column("place", _l("桌号或地址"), value=_place),
        Column("ticket", _l("取餐号")),
        Column("promised_at", _l("承诺时间"), kind="when"),
        Column("courier", _l("配送"), value=_courier),
        Column("refunded", _l("已退"), kind="money"),
        Column("note", _l("顾客备注"), wide=True),
        Column("ended_because", _l("结束原因"), wide=True),
    )
    sections = (
        Section(_l("明细与支付"), template="dining/order_lines.html", context=_money_lines, name="lines"),
        Section(
            _l("费用"), note=_l("下单时锁定，退款按比例冲回"), rows=lambda order: fee_lines_of(order.id), name="fees",
            columns=(
                Column("rule_label", _l("费用")),
                Column("base", _l("基数"), kind="money"),
                Column("ppm", _l("费率"), kind="percent"),
                Column("borne", _l("金额"), kind="money"),
                Column("returned", _l("已退回"), kind="money"),
            ),
        ),
        Section(
            _l("支付"), rows=lambda order: payments_of("order", order.id), name="payments",
            columns=(
                Column("number", _l("支付号"), to=lambda payment: page_link(PaymentView, payment.id)),
                Column("channel", _l("付款方式"), kind="choice", choices=CHANNELS),
                Column("amount", _l("金额"), kind="money"),
                Column("refunded", _l("已退"), kind="money"),
                Column("channel_number", _l("渠道单号"), phone=False),
                SHARING,
                Column("paid_at", _l("到账时间"), kind="when"),
            ),
        ),
        Section(
            _l("账本分录"), note=_l("贷方为正"), rows=lambda order: entries_of_order(order.id), name="entries",
            columns=(
                Column("fact", _l("事项"), value=lambda entry: KINDS.get(entry.transaction.kind, entry.transaction.kind)),
                Column("account", _l("账户"), value=lambda entry: entry.account.title),
                Column("amount", _l("金额"), kind="money"),
                Column("at", _l("时间"), kind="when", value=lambda entry: entry.transaction.event_at),
            ),
        ),
    )
    related = (Related(RefundCaseView, "order_id"),)
    record_actions = (
        Action(_l("打印小票"), "TicketPage.index", "show", icon="print", new_tab=True),
        Action(_l("收现金"), "CashDeskPage.take", "show", icon="wallet", when=lambda order: order.status == "unpaid" and may(CashDeskPage, "work")),
        Action(_l("按行退款"), "RefundOrderPage.index", "show", icon="undo", danger=True, when=lambda order: order.remaining > 0),
    )

