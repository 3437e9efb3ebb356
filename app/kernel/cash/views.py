"""The cashier's desk, and the report of shifts."""

from __future__ import annotations

from flask import Response, request
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
from app.framework.database import elevated, get
from app.kernel.cash.models import KINDS, CashShift
from app.kernel.cash.operations import give_cash_back, open_shift, take_cash
from app.kernel.cash.queries import expected_in, moved, moves_of, payable_orders, refunds_to_hand_back, shift_of
from app.kernel.orders.models import Order
from app.kernel.orders.operations import drop_other_payment
from app.kernel.parties.filters import MERCHANT_FILTER


class CashDeskPage(Page):
    """`/cash`: open the drawer, take and give back, and leave by counting it."""

    name = "cash.desk"
    route_base = "/cash"
    title = _l("收银台")
    icon = "wallet"
    words = {"index": _l("看收银台"), "work": _l("收退现金")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """My shift, the orders that wait to be paid, and the refunds that wait to be handed back."""
        shift = shift_of(self.actor)
        orders = [(order, order_link(order.trade, order.id)) for order in payable_orders(clock.now())] if shift else []
        return self.render(
            "cash/desk.html", shift=shift, expected=expected_in(shift) if shift else 0, moves=moves_of(shift) if shift else [], KINDS=KINDS, orders=orders,
            refunds=[(refund, get(Order, refund.subject_id).number) for refund in refunds_to_hand_back(self.actor.merchant_id)], works=self.may("work"),
        )

    @expose("/open", methods=["POST"])
    @page_access("can_work")
    def open(self) -> Response:
        """Begin a shift with the float in the drawer."""
        shift = open_shift(parse_yuan(request.form.get("opening", "").strip() or "0"), actor=self.actor, now=clock.now())
        return self.done(_("已开班，备用金 %(amount)s", amount=yuan(shift.opening)), "CashDeskPage.index")

    @expose("/take/<int:pk>", methods=["GET", "POST"])
    @page_access("can_work")
    def take(self, pk: int) -> Response:
        """What is due, what the customer gives, and the change."""
        order = get(Order, pk)
        if request.method == "GET":
            return self._ask(order)
        try:
            with elevated():
                drop_other_payment(pk, now=clock.now())
            given, deposit_only = parse_yuan(request.form.get("given", "").strip()), request.form.get("deposit_only") == "1"
            made = take_cash(pk, given, deposit_only=deposit_only, actor=self.actor, now=clock.now())
        except Refusal as refusal:
            take_back(refusal)
            return self._ask(get(Order, pk), refusal)
        sentence = _("收了 %(given)s，找零 %(change)s", given=yuan(made.given), change=yuan(made.change))
        return self.done(sentence, "CashDeskPage.index")

    @expose("/give-back/<int:pk>", methods=["POST"])
    @page_access("can_work")
    def give_back(self, pk: int) -> Response:
        """The customer has the refund in hand."""
        made = give_cash_back(pk, actor=self.actor, now=clock.now())
        return self.done(_("已退现金 %(amount)s", amount=yuan(-made.amount)), "CashDeskPage.index")

    def _ask(self, order: Order, refusal: Refusal | None = None) -> Response:
        return self.render(
            "cash/take.html", refusal.status if refusal else 200, order=order, refusal=refusal, typed=request.form, shift=shift_of(self.actor),
            page_title=_("收现金 %(number)s", number=order.number), back=order_link(order.trade, order.id),
        )


class CashShiftView(ConsoleView):
    """Shifts, open and counted."""

    name = "cash.shifts"
    route_base = "/cash/shifts"
    model = CashShift
    title = _l("收银班次")
    singular = _l("班次")
    subtitle = _l("每个收银员从开班到交班收退的现金；现金归商户，平台只收佣金")
    measure = _l("班")
    icon = "wallet"
    list_columns = (
        Column("number", _l("班次号"), link=True, kind="ref"),
        Column("merchant.name", _l("商户"), phone=False),
        Column("cashier", _l("收银员")),
        Column("status", _l("状态"), kind="state"),
        Column("opening", _l("备用金"), kind="money", phone=False),
        Column("expected", _l("应有"), kind="money", phone=False),
        Column("counted", _l("清点"), kind="money"),
        Column("difference", _l("差额"), kind="money", total=True, sort=True),
        Column("opened_at", _l("开班时间"), kind="when", sort=True),
        Column("closed_at", _l("交班时间"), kind="when", phone=False),
    )
    search_columns = ("number", "cashier")
    search_hint = _l("班次号、收银员")
    filters = (DateFilter("opened_at", _l("开班时间")), ChoiceFilter("status"), MoneyFilter("difference", _l("差额")), MERCHANT_FILTER)
    tabs = (
        Tab("open", _l("当班"), status="open"),
        Tab("closed", _l("已交班"), status="closed"),
        Tab("differs", _l("对不上"), urgent=True, where=lambda model: model.difference != 0),
    )
    order = "-id"
    facts = (
        Column("in_drawer", _l("应有"), kind="money", big=True, value=expected_in),
        Column("difference", _l("差额"), kind="money", big=True),
        Column("cashier", _l("收银员")),
        Column("opening", _l("备用金"), kind="money"),
        Column("taken", _l("收款"), kind="money", value=lambda shift: moved(shift, "taken")),
        Column("given_back", _l("退款"), kind="money", value=lambda shift: moved(shift, "given_back")),
        Column("counted", _l("清点"), kind="money"),
        Column("opened_at", _l("开班时间"), kind="when"),
        Column("closed_at", _l("交班时间"), kind="when"),
        Column("reason", _l("差额原因"), wide=True),
    )
    sections = (
        Section(
            _l("进出"), rows=moves_of, name="moves",
            columns=(
                Column("kind", _l("种类"), kind="choice", choices=KINDS),
                Column("order_number", _l("订单号"), kind="ref"),
                Column("amount", _l("金额"), kind="money"),
                Column("given", _l("收到"), kind="money"),
                Column("change", _l("找零"), kind="money"),
                Column("at", _l("时间"), kind="when"),
            ),
        ),
    )
    empty_title = _l("还没有班次")
    empty_text = _l("收银员在收银台开班后，会出现在这里")
