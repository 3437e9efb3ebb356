"""Stays: the list and the record, night by night, with money that explains itself."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.page import may
from app.framework.console.view import ConsoleView, page_link
from app.kernel.aftersales.views import RefundCaseView
from app.kernel.cash.views import CashDeskPage
from app.kernel.ledger.queries import entries_of_order
from app.kernel.ledger.words import KINDS
from app.kernel.orders.operations import fee_lines_of
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.payments.queries import payments_of
from app.kernel.payments.tenders import CHANNELS as PAYMENT_CHANNELS
from app.kernel.payments.views import PaymentView
from app.verticals.stays.models import StayOrder
from app.verticals.stays.models.doors import DOOR_FLOW
from app.verticals.stays.models.orders import CHANNELS, ID_KINDS
from app.verticals.stays.queries import doors_of, guests_of, nights_of


def _gets(order: StayOrder) -> int:
    """What the house will get or got: what is kept, less the platform's fees."""
    fees = sum(line.kept for line in fee_lines_of(order.id))
    return order.payable + order.platform_discount - order.refunded - sum(line.subsidy_returned for line in order.lines) - fees


def _dates(order: StayOrder) -> str:
    return str(_l("%(first)s 至 %(after)s，%(nights)d 晚", first=f"{order.arrives:%m-%d}", after=f"{order.leaves:%m-%d}", nights=order.nights))


def _lines(order: StayOrder) -> list[Any]:
    return list(order.lines)


class StayOrderView(ConsoleView):
    """Stays of all houses, or of one's own."""

    name = "stays.orders"
    route_base = "/stays/orders"
    model = StayOrder
    title = _l("住宿订单")
    subtitle = _l("按下单时间，最新在前；时间为北京时间")
    singular = _l("住宿订单")
    measure = _l("单")
    icon = "list"
    label = "number"
    search_columns = ("number", "contact_name", "unit_name")
    search_hint = _l("订单号、联系人、房号")
    list_columns = (
        Column("number", _l("订单号"), link=True),
        Column("payable", _l("应付"), kind="money", sort=True, total=True),
        Column("merchant.name", _l("商户"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("unit_name", _l("房间"), sub="type_name"),
        Column("arrives", _l("入住"), kind="day", sort=True),
        Column("leaves", _l("离店"), kind="day", phone=False),
        Column("contact_name", _l("联系人"), phone=False),
        Column("due", _l("未付"), kind="money", phone=False, export=False, value=lambda order: order.due if order.takes_balance else None),
        Column("refunded", _l("已退"), kind="money", total=True, phone=False),
        Column("placed_at", _l("下单时间"), kind="when", sort=True),
    )
    filters = (
        DateFilter("placed_at"), DateFilter("arrives", _l("入住日期")), ChoiceFilter("status"), ChoiceFilter("channel", choices=CHANNELS), MERCHANT_FILTER,
        MoneyFilter("payable"),
    )
    tabs = (
        Tab("unpaid", _l("待付款"), status="unpaid"),
        Tab("waiting", _l("待确认"), urgent=True, status="waiting"),
        Tab("booked", _l("待入住"), status="booked"),
        Tab("in_house", _l("在住"), status="in_house"),
        Tab("done", _l("已离店"), status="done"),
        Tab("ended", _l("取消、拒单、未到"), status=("cancelled", "rejected", "no_show")),
    )
    facts = (
        Column("payable", _l("应付"), kind="money", big=True),
        Column("due", _l("未付"), kind="money", big=True, value=lambda order: order.due if order.closed_at is None else 0),
        Column("gets", _l("商户预计到手"), kind="money", value=_gets),
        Column("deposit", _l("定金"), kind="money"),
        Column("contact_name", _l("联系人"), sub="contact_phone"),
        Column("dates", _l("日期"), value=_dates),
        Column("unit_name", _l("房间"), sub="type_name"),
        Column("people", _l("人数")),
        Column("channel", _l("来源"), kind="choice", choices=CHANNELS),
        Column("arrived_at", _l("入住时间"), kind="when"),
        Column("left_at", _l("离店时间"), kind="when"),
        Column("refunded", _l("已退"), kind="money"),
        Column("note", _l("客人备注"), wide=True),
        Column("ended_because", _l("结束原因"), wide=True),
    )
    sections = (
        Section(
            _l("每晚房费"), note=_l("退款和续住都按晚算"), rows=_lines, name="lines",
            columns=(
                Column("title", _l("哪一晚"), sub="spec"), Column("amount", _l("原价"), kind="money"), Column("payable", _l("应付"), kind="money"),
                Column("refunded", _l("已退"), kind="money"),
            ),
        ),
        Section(
            _l("占用的房间"), rows=lambda order: nights_of(order.id, live=False), name="nights",
            columns=(Column("day", _l("哪一晚"), kind="day"), Column("unit_id", _l("房间号")), Column("gone_at", _l("取消于"), kind="when")),
        ),
        Section(
            _l("住客"), note=_l("证件号加密保存，这里只显示两头"), rows=lambda order: guests_of(order.id), name="guests",
            columns=(
                Column("name", _l("姓名")), Column("id_kind", _l("证件"), kind="choice", choices=ID_KINDS), Column("masked", _l("证件号")),
            ),
        ),
        Section(
            _l("门锁密码"), rows=lambda order: doors_of(order.id), name="doors",
            columns=(
                Column("unit_name", _l("房间")), Column("status", _l("状态"), value=lambda door: DOOR_FLOW.state(door.status).label),
                Column("begins", _l("从"), kind="when"), Column("ends", _l("到"), kind="when"), Column("problem", _l("上次出错")),
            ),
        ),
        Section(
            _l("费用"), note=_l("下单时锁定，退款按比例冲回"), rows=lambda order: fee_lines_of(order.id), name="fees",
            columns=(
                Column("rule_label", _l("费用")), Column("base", _l("基数"), kind="money"), Column("ppm", _l("费率"), kind="percent"),
                Column("borne", _l("金额"), kind="money"), Column("returned", _l("已退回"), kind="money"),
            ),
        ),
        Section(
            _l("支付"), rows=lambda order: payments_of("order", order.id), name="payments",
            columns=(
                Column("number", _l("支付号"), to=lambda payment: page_link(PaymentView, payment.id)),
                Column("channel", _l("付款方式"), kind="choice", choices=PAYMENT_CHANNELS), Column("amount", _l("金额"), kind="money"),
                Column("refunded", _l("已退"), kind="money"), Column("paid_at", _l("到账时间"), kind="when"),
            ),
        ),
        Section(
            _l("账本分录"), note=_l("贷方为正"), rows=lambda order: entries_of_order(order.id), name="entries",
            columns=(
                Column("fact", _l("事项"), value=lambda entry: KINDS.get(entry.transaction.kind, entry.transaction.kind)),
                Column("account", _l("账户"), value=lambda entry: entry.account.title), Column("amount", _l("金额"), kind="money"),
                Column("at", _l("时间"), kind="when", value=lambda entry: entry.transaction.event_at),
            ),
        ),
    )
    related = (Related(RefundCaseView, "order_id"),)
    record_actions = (
        Action(
            _l("收现金"), "CashDeskPage.take", "show", icon="wallet",
            when=lambda order: (order.status == "unpaid" or order.takes_balance) and may(CashDeskPage, "work"),
        ),
        Action(_l("按行退款"), "RefundOrderPage.index", "show", icon="undo", danger=True, when=lambda order: order.remaining > 0),
    )
    empty_title = _l("还没有住宿订单")
    empty_text = _l("客人在小程序订房，或前台在房态里新建后，会出现在这里")
