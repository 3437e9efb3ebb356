"""The front desk: who arrives, who leaves, who is in house; and a stay's check-in with the guests' documents."""

from __future__ import annotations

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import NotFound, Refusal
from app.core.periods import business_day
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.refused import said_beside, take_back
from app.framework.database import get
from app.kernel.cash.views import CashDeskPage
from app.verticals.stays.models import Guest, StayOrder
from app.verticals.stays.models.orders import ID_KINDS, ORDER_FLOW
from app.verticals.stays.operations.staying import name_guest, read_number, strike_guest
from app.verticals.stays.queries import desk_of, doors_of, guests_of, house_of
from app.verticals.stays.views.orders import StayOrderView

LISTS = (("waiting", _l("等确认")), ("arrivals", _l("今天到")), ("departures", _l("今天走")), ("in_house", _l("在住")))


class DeskPage(Page):
    """`/stays/desk`: today at the desk."""

    name = "stays.desk"
    route_base = "/stays/desk"
    title = _l("前台")
    icon = "bell"
    words = {"index": _l("看前台"), "work": _l("登记住客"), "reveal": _l("看证件全号")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Arrivals, departures, in house."""
        house, now = house_of(self.actor.merchant_id), clock.now()
        found = desk_of(house.id, now) if house else {}
        return self.render("stays/desk.html", house=house, lists=[(name, label, found.get(name, [])) for name, label in LISTS], today=business_day(now))

    @expose("/<int:pk>")
    @page_access("can_index")
    def show(self, pk: int) -> Response:
        """A stay: guests, money, what can be done."""
        return self._page(get(StayOrder, pk))

    @expose("/<int:pk>/guest", methods=["POST"])
    @page_access("can_work")
    def guest(self, pk: int) -> Response:
        """A guest's document was seen."""
        form = request.form
        try:
            made = name_guest(
                get(StayOrder, pk), name=form.get("name", ""), id_kind=form.get("id_kind", ""), number=form.get("number", ""), actor=self.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            take_back(refusal)
            return self._page(get(StayOrder, pk), refusal)
        return self.done(_("已登记 %(name)s", name=made.name), "DeskPage.show", pk=pk)

    @expose("/guest/<int:pk>/strike", methods=["POST"])
    @page_access("can_work")
    def strike(self, pk: int) -> Response:
        """Somebody was written down by mistake."""
        guest = get(Guest, pk)
        order_id, name = guest.order_id, guest.name
        strike_guest(guest, actor=self.actor, now=clock.now())
        return self.done(_("已删 %(name)s", name=name), "DeskPage.show", pk=order_id)

    @expose("/guest/<int:pk>/number", methods=["POST"])
    @page_access("can_reveal")
    def reveal(self, pk: int) -> Response:
        """The whole number, for a reason; the page is not kept by the browser."""
        guest = get(Guest, pk)
        order_id = guest.order_id
        try:
            number = read_number(guest, reason=request.form.get("reason", ""), actor=self.actor, now=clock.now())
        except Refusal as refusal:
            take_back(refusal)
            return self._page(get(StayOrder, order_id), refusal)
        answer = self._page(get(StayOrder, order_id), shown={pk: number})
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _page(self, order: StayOrder, refusal: Refusal | None = None, shown: dict[int, str] | None = None) -> Response:
        if house_of(self.actor.merchant_id) is None:
            raise NotFound
        moves = [each for each in ORDER_FLOW.open_moves(order, self.actor.roles) if may(StayOrderView, each.name)]
        return self.render(
            "stays/check_in.html", refusal.status if refusal else 200, order=order, guests=guests_of(order.id), doors=doors_of(order.id), moves=moves,
            flow=ORDER_FLOW, ID_KINDS=ID_KINDS, typed=request.form, errors=said_beside(refusal),
            works=self.may("work"), reveals=self.may("reveal"), shown=shown or {}, takes_cash=may(CashDeskPage, "work"), page_title=order.contact_name,
        )
