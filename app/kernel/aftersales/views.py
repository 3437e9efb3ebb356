"""Refunds in the console: the list with its answers, and giving back by line on one's own decision."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Refusal
from app.core.money import parse_yuan, yuan
from app.framework.console.columns import Column, Section, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.links import order_link
from app.framework.console.page import Page, expose, page_access
from app.framework.console.refused import take_back
from app.framework.console.view import ConsoleView
from app.framework.database import get
from app.framework.settings import value_of
from app.kernel.aftersales.models import RefundCase
from app.kernel.aftersales.operations import refund_lines
from app.kernel.governance.presenting import person
from app.kernel.orders.models import Order
from app.kernel.parties.filters import MERCHANT_FILTER


@dataclass(frozen=True)
class RefundedLine:
    """A line of the order and how much of it goes back, in fen."""

    title: str
    spec: str
    payable: int
    amount: int


def _lines_of(case: RefundCase) -> list[RefundedLine]:
    return [
        RefundedLine(line.title, line.spec, line.payable, case.amounts[str(line.id)]) for line in case.order.lines if str(line.id) in case.amounts
    ]


class RefundCaseView(ConsoleView):
    """Refund requests and refunds."""

    name = "aftersales.cases"
    route_base = "/refunds"
    model = RefundCase
    title = _l("退款与售后")
    singular = _l("退款")
    measure = _l("笔")
    icon = "undo"
    search_columns = ("number", "order_number", "reason")
    search_hint = _l("退款号、订单号、原因")
    list_columns = (
        Column("number", _l("退款号"), link=True),
        Column("order_number", _l("订单号"), to=lambda case: order_link(case.trade, case.order_id)),
        Column("amount", _l("金额"), kind="money", sort=True, total=True),
        Column("status", _l("状态"), kind="state"),
        Column("reason", _l("原因"), phone=False),
        Column("asked_at", _l("申请时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), DateFilter("asked_at"), MoneyFilter("amount"), MERCHANT_FILTER)
    tabs = (
        Tab("asked", _l("待处理"), urgent=True, status="asked"),
        Tab("approving", _l("等第二人批准"), urgent=True, status="approving"),
        Tab("refunding", _l("退款中"), status="refunding"),
        Tab("refunded", _l("已退款"), status="refunded"),
    )
    facts = (
        Column("amount", _l("退款金额"), kind="money", big=True),
        Column("order_number", _l("订单"), to=lambda case: order_link(case.trade, case.order_id)),
        Column("asked_by", _l("谁提的"), kind="choice", choices={"customer": _l("顾客"), "member": _l("商户"), "staff": _l("平台"), "system": _l("系统")}),
        Column("asked_at", _l("申请时间"), kind="when"),
        Column("answer_by", _l("处理期限"), kind="when"),
        Column("refunded_at", _l("到账时间"), kind="when"),
        Column("proposed_by", _l("提出人"), value=lambda case: person(case.proposed_by)),
        Column("proposed_at", _l("提出时间"), kind="when"),
        Column("approved_by", _l("批准人"), value=lambda case: person(case.approved_by)),
        Column("from_merchant", _l("商户承担"), kind="money"),
        Column("reason", _l("原因"), wide=True),
        Column("answer", _l("商家答复"), wide=True),
    )
    sections = (
        Section(
            _l("退这几行"), rows=_lines_of,
            columns=(
                Column("title", _l("名称"), sub="spec"),
                Column("payable", _l("实付"), kind="money"),
                Column("amount", _l("退款"), kind="money"),
            ),
        ),
    )


class RefundOrderPage(Page):
    """Give back part of an order, line by line, at once."""

    name = "aftersales.refund"
    route_base = "/refund-order"
    title = _l("退款")
    icon = "undo"
    words = {"index": _l("退款")}

    @expose("/<int:pk>", methods=["GET", "POST"])
    @page_access("can_index")
    def index(self, pk: int) -> Response:
        """Choose lines and amounts; the page says what can still go back."""
        order = get(Order, pk)
        if request.method == "GET":
            return self._page(order)
        try:
            amounts = {
                line.id: parse_yuan(typed) for line in order.lines if (typed := request.form.get(f"line-{line.id}", "").strip()) not in {"", "0", "0.00"}
            }
            reason = request.form.get("reason", "").strip()[:200] or str(_("商家退款"))
            case = refund_lines(order, amounts, reason=reason, actor=self.actor, now=clock.now())
        except Refusal as refusal:
            take_back(refusal)
            return self._page(get(Order, pk), refusal)
        waits = case.status == "approving"
        self.say(_("%(amount)s 等第二人批准后退回顾客", amount=yuan(case.amount)) if waits else _("已退款 %(amount)s，原路退回顾客", amount=yuan(case.amount)))
        return redirect(order_link(order.trade, order.id) or "/", 303)  # type: ignore[return-value]

    def _page(self, order: Order, refusal: Refusal | None = None) -> Response:
        return self.render(
            "aftersales/refund.html", refusal.status if refusal else 200, order=order, refusal=refusal, typed=request.form,
            limit=value_of("aftersales.second_person_above"),
            back=order_link(order.trade, order.id), page_title=_("退款 %(number)s", number=order.number),
        )
