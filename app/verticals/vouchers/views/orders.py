"""Orders of vouchers: purchases, and what redemptions became; each with money that explains itself."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.view import ConsoleView, page_link
from app.framework.database import elevated
from app.kernel.aftersales.views import RefundCaseView
from app.kernel.ledger.queries import entries_of_order
from app.kernel.ledger.words import KINDS
from app.kernel.orders.models import Order
from app.kernel.orders.operations import fee_lines_of
from app.kernel.orders.splitting import parts_split_from
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.payments.queries import payments_of
from app.kernel.payments.tenders import CHANNELS
from app.kernel.payments.views import PaymentView
from app.kernel.redemption.queries import redemption_of_order
from app.kernel.redemption.views.lists import RedemptionView, VoucherView
from app.verticals.vouchers.models import VoucherOrder
from app.verticals.vouchers.models.orders import ORDER_KINDS


def _title(order: VoucherOrder) -> str:
    """What was bought or redeemed."""
    return order.lines[0].title if order.lines else (order.deal.title if order.deal else "—")


def _kept(order: VoucherOrder) -> int:
    """What the order's merchant will have of it: fen that are held for it, less fees."""
    fees = sum(line.kept for line in fee_lines_of(order.id))
    return order.remaining + order.platform_discount - sum(line.subsidy_returned for line in order.lines) - fees


def _parts(order: VoucherOrder) -> Sequence[Order]:
    """What redemptions used of a purchase, whichever merchants they were at."""
    with elevated():
        return parts_split_from(order.id)


def _redemption(order: VoucherOrder) -> str | None:
    found = redemption_of_order(order.id) if order.split_from_id else None
    return page_link(RedemptionView, found.id) if found else None


class VoucherOrderView(ConsoleView):
    """Purchases, and redemptions as orders of who redeemed."""

    name = "vouchers.orders"
    route_base = "/vouchers/orders"
    model = VoucherOrder
    title = _l("券订单")
    subtitle = _l("购买的钱在托管里；每核销一次，那一份拆成核销单，归核销的商户")
    singular = _l("券订单")
    measure = _l("单")
    icon = "list"
    label = "number"
    search_columns = ("number", "customer_name")
    search_hint = _l("订单号、顾客")
    list_columns = (
        Column("number", _l("订单号"), link=True),
        Column("title", _l("商品"), value=_title),
        Column("kind", _l("种类"), kind="choice", choices=ORDER_KINDS),
        Column("payable", _l("金额"), kind="money", sort=True, total=True),
        Column("merchant.name", _l("商户"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("customer_name", _l("顾客"), phone=False),
        Column("refunded", _l("已退"), kind="money", total=True, phone=False),
        Column("commission", _l("平台费用"), kind="money", total=True, phone=False),
        Column("placed_at", _l("下单时间"), kind="when", sort=True),
    )
    filters = (
        DateFilter("placed_at"), ChoiceFilter("status"), ChoiceFilter("kind", _l("种类"), choices=ORDER_KINDS), MERCHANT_FILTER, MoneyFilter("payable"),
    )
    tabs = (
        Tab("live", _l("待使用"), status="live"), Tab("redeemed", _l("已核销，可撤销"), status="redeemed"), Tab("done", _l("核销完成"), status="done"),
        Tab("unpaid", _l("待付款"), status="unpaid"), Tab("ended", _l("用完、退款、取消"), status=("over", "refunded", "cancelled", "undone")),
    )
    facts = (
        Column("payable", _l("金额"), kind="money", big=True),
        Column("merchant_gets", _l("扣费后"), kind="money", big=True, value=_kept),
        Column("title", _l("商品"), value=_title),
        Column("kind", _l("种类"), kind="choice", choices=ORDER_KINDS),
        Column("customer_name", _l("顾客")),
        Column("count", _l("份数"), kind="count"),
        Column("refunded", _l("已退"), kind="money"),
        Column("placed_at", _l("下单时间"), kind="when"),
        Column("redemption", _l("核销记录"), value=lambda order: _l("看核销记录") if _redemption(order) else None, to=_redemption, export=False),
    )
    sections = (
        Section(
            _l("明细"), note=_l("一行是一次使用，各自核销、各自退款"), rows=lambda order: order.lines, name="lines",
            columns=(
                Column("title", _l("商品"), sub="spec"), Column("amount", _l("价格"), kind="money"), Column("payable", _l("实付"), kind="money"),
                Column("subsidy", _l("平台补贴"), kind="money", phone=False), Column("refunded", _l("已退"), kind="money"),
            ),
        ),
        Section(
            _l("拆出的核销单"), note=_l("这次购买里已经核销的部分"), rows=_parts, name="parts", when=lambda order: order.split_from_id is None,
            columns=(
                Column("number", _l("核销单号"), kind="ref"), Column("payable", _l("金额"), kind="money"), Column("status", _l("状态"), kind="state"),
                Column("completed_at", _l("完成时间"), kind="when"),
            ),
        ),
        Section(
            _l("费用"), note=_l("下单时锁定，退款按比例冲回"), rows=lambda order: fee_lines_of(order.id), name="fees",
            columns=(
                Column("rule_label", _l("费用")), Column("base", _l("基数"), kind="money"), Column("ppm", _l("费率"), kind="percent"),
                Column("units", _l("次数"), kind="count"), Column("borne", _l("金额"), kind="money"), Column("returned", _l("已退回"), kind="money"),
            ),
        ),
        Section(
            _l("支付"), rows=lambda order: payments_of("order", order.root_id), name="payments",
            columns=(
                Column("number", _l("支付号"), to=lambda payment: page_link(PaymentView, payment.id)),
                Column("channel", _l("付款方式"), kind="choice", choices=CHANNELS), Column("amount", _l("金额"), kind="money"),
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
    related = (Related(VoucherView, "order_id"), Related(RefundCaseView, "order_id"))
    record_actions = (
        Action(_l("按行退款"), "RefundOrderPage.index", "show", icon="undo", danger=True, when=lambda order: order.remaining > 0),
    )
