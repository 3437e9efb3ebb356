"""Orders of residents, and the pictures that came with refund requests."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, FlagFilter, MoneyFilter
from app.framework.console.view import ConsoleView, page_link
from app.framework.identity import current_actor
from app.kernel.aftersales.views import RefundCaseView
from app.kernel.files.links import public_address
from app.kernel.ledger.queries import entries_of_order
from app.kernel.ledger.words import KINDS
from app.kernel.orders.operations import fee_lines_of
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.payments.queries import payments_of
from app.kernel.payments.tenders import CHANNELS
from app.kernel.payments.views import PaymentView
from app.verticals.groupbuy.models import GroupbuyOrder, RefundPhotos
from app.verticals.groupbuy.models.orders import SERVICES


def _commission(order: GroupbuyOrder) -> int:
    """What the leader gets of the order, net of refunds."""
    return sum(line.kept for line in fee_lines_of(order.id) if line.kind == "leader_commission")


def _fees(order: GroupbuyOrder) -> list[Any]:
    return [line for line in fee_lines_of(order.id) if line.amount]


def _of_platform(_order: GroupbuyOrder) -> bool:
    """The margin is between the platform and the supplier: no member reads it."""
    return current_actor().merchant_id is None


class PhotoView(ConsoleView):
    """What residents photographed."""

    name = "groupbuy.photos"
    route_base = "/groupbuy/photos"
    model = RefundPhotos
    title = _l("售后照片")
    singular = _l("售后照片")
    icon = "image"
    list_columns = (
        Column("case.number", _l("退款单"), link=True, to=lambda found: page_link(RefundCaseView, found.case_id)),
        Column("case.amount", _l("金额"), kind="money"),
        Column("case.reason", _l("原因"), phone=False),
        Column("count", _l("照片"), value=lambda found: len(found.pictures)),
        Column("at_once", _l("小额秒退"), kind="flag"),
        Column("asked_at", _l("什么时候"), kind="when", sort=True),
    )
    filters = (FlagFilter("at_once", _l("小额秒退")), DateFilter("asked_at", _l("什么时候")))
    facts = (
        Column("case.number", _l("退款单"), to=lambda found: page_link(RefundCaseView, found.case_id)),
        Column("case.amount", _l("金额"), kind="money"),
        Column("at_once", _l("小额秒退"), kind="flag"),
        Column("case.reason", _l("原因"), wide=True),
    )
    sections = (
        Section(
            _l("照片"), template="groupbuy/photos.html", name="photos",
            context=lambda found: {"addresses": [address for key in found.pictures if (address := public_address(key))]},
        ),
    )
    show_timeline = False
    empty_title = _l("还没有售后照片")
    empty_text = _l("居民申请售后时拍的照片，会出现在这里")


class GroupbuyOrderView(ConsoleView):
    """Orders of group buying."""

    name = "groupbuy.orders"
    route_base = "/groupbuy/orders"
    model = GroupbuyOrder
    title = _l("团购订单")
    subtitle = _l("按下单时间，最新在前；时间为北京时间")
    singular = _l("订单")
    measure = _l("单")
    icon = "bag"
    label = "number"
    search_columns = ("number", "customer_name")
    search_hint = _l("订单号、居民")
    list_columns = (
        Column("number", _l("订单号"), link=True),
        Column("payable", _l("应付"), kind="money", sort=True, total=True),
        Column("leader.name", _l("团长"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("service", _l("方式"), kind="choice", choices=SERVICES, phone=False),
        Column("customer_name", _l("居民")),
        Column("round.number", _l("团期"), phone=False),
        Column("refunded", _l("已退"), kind="money", total=True, phone=False),
        Column("placed_at", _l("下单时间"), kind="when", sort=True),
    )
    filters = (
        DateFilter("placed_at"), ChoiceFilter("status"), ChoiceFilter("service", choices=SERVICES), MERCHANT_FILTER, MoneyFilter("payable"),
    )
    tabs = (
        Tab("grouping", _l("待成团"), status="paid"), Tab("waiting", _l("待截单"), status="waiting"), Tab("ordered", _l("备货中"), status=("ordered", "sent")),
        Tab("arrived", _l("待取货"), urgent=True, status="arrived"), Tab("done", _l("已完成"), status="done"),
        Tab("ended", _l("取消和未成团"), status=("cancelled", "failed")),
    )
    facts = (
        Column("payable", _l("实付"), kind="money", big=True, value=lambda order: order.paid or order.payable),
        Column("commission_of_leader", _l("团长佣金"), kind="money", big=True, value=_commission),
        Column("leader.name", _l("团长")),
        Column("customer_name", _l("居民"), sub="contact_phone"),
        Column("service", _l("方式"), kind="choice", choices=SERVICES),
        Column("address", _l("地址")),
        Column("round.number", _l("团期")),
        Column("arrived_at", _l("到货时间"), kind="when"),
        Column("refunded", _l("已退"), kind="money"),
        Column("note", _l("居民备注"), wide=True),
        Column("ended_because", _l("结束原因"), wide=True),
    )
    sections = (
        Section(
            _l("商品"), rows=lambda order: order.lines, name="lines",
            columns=(
                Column("title", _l("商品")), Column("spec", _l("规格")), Column("price", _l("单价"), kind="money"),
                Column("quantity", _l("件数"), kind="count"),
                Column("payable", _l("实付"), kind="money"), Column("short", _l("少到"), kind="count", value=lambda line: line.details.get("short", 0)),
                Column("refunded", _l("已退"), kind="money"),
            ),
        ),
        Section(
            _l("差价和佣金"), note=_l("下单时锁定，退款按比例冲回"), rows=_fees, name="fees", when=_of_platform,
            columns=(
                Column("rule_label", _l("费用")), Column("base", _l("基数"), kind="money"), Column("ppm", _l("费率"), kind="percent"),
                Column("amount", _l("金额"), kind="money"), Column("returned", _l("已退回"), kind="money"),
            ),
        ),
        Section(
            _l("支付"), rows=lambda order: payments_of("order", order.id), name="payments",
            columns=(
                Column("number", _l("支付号"), to=lambda payment: page_link(PaymentView, payment.id)),
                Column("channel", _l("付款方式"), kind="choice", choices=CHANNELS), Column("amount", _l("金额"), kind="money"),
                Column("refunded", _l("已退"), kind="money"), Column("paid_at", _l("到账时间"), kind="when"),
            ),
        ),
        Section(
            _l("账本分录"), note=_l("贷方为正"), rows=lambda order: entries_of_order(order.id), name="entries", when=_of_platform,
            columns=(
                Column("fact", _l("事项"), value=lambda entry: KINDS.get(entry.transaction.kind, entry.transaction.kind)),
                Column("account", _l("账户"), value=lambda entry: entry.account.title), Column("amount", _l("金额"), kind="money"),
                Column("at", _l("时间"), kind="when", value=lambda entry: entry.transaction.event_at),
            ),
        ),
    )
    related = (Related(RefundCaseView, "order_id"),)
    record_actions = (
        Action(_l("按行退款"), "RefundOrderPage.index", "show", icon="undo", danger=True, when=lambda order: order.remaining > 0),
    )
    empty_title = _l("还没有订单")
    empty_text = _l("居民通过团长的分享码下单后，会出现在这里")
