"""Sittings in the console: who sat at which table, what they ordered, and who paid what."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.framework.console.columns import Column, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.view import ConsoleView, page_link
from app.framework.database import elevated
from app.kernel.payments.models import Payment
from app.kernel.payments.tenders import CHANNELS
from app.kernel.payments.views import PaymentView
from app.verticals.dining.models import DiningOrder, Sitting
from app.verticals.dining.models.orders import ORDER_FLOW
from app.verticals.dining.sitting_queries import Bill, SharePart, bills_of, payments_of_sitting, shares_of
from app.verticals.dining.views.orders import OrderView

NOTHING = Bill(0, 0, 0)


def _bill(sitting: Sitting) -> Bill:
    return bills_of([sitting.id]).get(sitting.id, NOTHING)


def _orders(sitting: Sitting) -> list[DiningOrder]:
    statement = select(DiningOrder).where(DiningOrder.sitting_id == sitting.id).order_by(DiningOrder.id).options(joinedload(DiningOrder.shop))
    return list(db.session.scalars(statement))


def _payments(sitting: Sitting) -> list[Payment]:
    with elevated():
        return payments_of_sitting(sitting.id)


def _shares(sitting: Sitting) -> list[SharePart]:
    with elevated():
        return shares_of(sitting.id)


def _payer(payment: Payment | None) -> str:
    return payment.customer.name if payment and payment.customer else ""


def _order_url(order: Any) -> str | None:
    return page_link(OrderView, order.id)


class SittingView(ConsoleView):
    """Who sat where."""

    name = "dining.sittings"
    route_base = "/dining/sittings"
    model = Sitting
    title = _l("开台记录")
    singular = _l("开台")
    subtitle = _l("一桌客人从开台到结台点的菜和付的钱")
    measure = _l("桌")
    icon = "qr"
    list_columns = (
        Column("table_name", _l("桌号"), link=True),
        Column("shop.name", _l("餐厅"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("guests", _l("人数")),
        Column("rounds", _l("下单次数"), phone=False),
        Column("opened_at", _l("开台时间"), kind="when", sort=True),
        Column("closed_at", _l("结台时间"), kind="when", sort=True, phone=False),
    )
    search_columns = ("table_name",)
    search_hint = _l("桌号")
    filters = (DateFilter("opened_at", _l("开台时间")), ChoiceFilter("status"))
    tabs = (Tab("open", _l("用餐中"), status="open"), Tab("closed", _l("已结台"), status="closed"))
    order = "-id"
    facts = (
        Column("ordered", _l("点了"), kind="money", big=True, value=lambda sitting: _bill(sitting).ordered),
        Column("due", _l("未付"), kind="money", big=True, value=lambda sitting: _bill(sitting).due),
        Column("paid", _l("已付"), kind="money", value=lambda sitting: _bill(sitting).paid),
        Column("guests", _l("人数")),
        Column("opened_at", _l("开台时间"), kind="when"),
        Column("opened_by", _l("谁开的台")),
        Column("closed_at", _l("结台时间"), kind="when"),
    )
    sections = (
        Section(
            _l("点的菜"), rows=_orders, name="orders",
            columns=(
                Column("number", _l("订单号"), to=_order_url),
                Column("customer_name", _l("谁点的")),
                Column("added", _l("加菜"), value=lambda order: order.added or ""),
                Column("status", _l("状态"), value=lambda order: ORDER_FLOW.state(order.status).label),
                Column("payable", _l("应付"), kind="money"),
                Column("paid", _l("已付"), kind="money"),
            ),
        ),
        Section(
            _l("账单怎么分"), note=_l("没付的份在重新分账单时作废"), rows=_shares, name="shares", when=lambda sitting: bool(_shares(sitting)),
            columns=(
                Column("share", _l("第几份"), value=lambda each: each.part.share),
                Column("amount", _l("金额"), kind="money", value=lambda each: each.part.amount),
                Column("payer", _l("谁付的"), value=lambda each: _payer(each.payment)),
            ),
        ),
        Section(
            _l("谁付了什么"), rows=_payments, name="payments",
            columns=(
                Column("number", _l("支付号"), to=lambda payment: page_link(PaymentView, payment.id)),
                Column("payer", _l("谁付的"), value=_payer),
                Column("channel", _l("付款方式"), kind="choice", choices=CHANNELS),
                Column("amount", _l("金额"), kind="money"),
                Column("refunded", _l("已退"), kind="money"),
                Column("paid_at", _l("到账时间"), kind="when"),
            ),
        ),
    )
    empty_title = _l("还没有开过台")
    empty_text = _l("客人扫桌码点菜，或收银员在桌台页开台后，会出现在这里")
