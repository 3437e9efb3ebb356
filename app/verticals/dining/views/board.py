"""The merchant's day: the order board, the kitchen's view, the printable ticket. They update by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import NotFound
from app.core.money import yuan
from app.core.periods import business_day, day_start, local
from app.framework.console.moves import Button
from app.framework.console.page import Page, expose, may, page_access
from app.framework.database import get
from app.framework.live import hub
from app.kernel.fulfilment.models import JOB_FLOW, LIVE, Job
from app.kernel.fulfilment.queries import jobs_of_orders
from app.verticals.dining.models import DiningOrder, Shop
from app.verticals.dining.models.orders import ORDER_FLOW, SERVICES
from app.verticals.dining.queries import board_of, shop_of
from app.verticals.dining.views.orders import OrderView

COLUMNS = ("waiting", "cooking", "ready", "delivering", "done")


@dataclass(frozen=True)
class Ticket:
    """An order as a card of the board."""

    key: int
    number: str
    place: str
    lines: list[tuple[str, int]]
    words: str
    clock: str
    clock_tone: str
    late: bool
    money: str
    buttons: list[Button]
    url: str
    version: str
    until: str = ""
    since: str = ""
    calm: bool = False
    mark: str = ""


@dataclass(frozen=True)
class BoardColumn:
    """A state of the board and its tickets."""

    state: str
    label: Any
    tickets: list[Ticket]
    note: str = ""
    urgent: bool = False

    @property
    def count(self) -> int:
        """How many."""
        return len(self.tickets)


class BoardPage(Page):
    """Orders by state."""

    name = "dining.board"
    route_base = "/dining/board"
    title = _l("订单看板")
    icon = "columns"
    words = {"index": _l("查看看板")}
    states = COLUMNS
    template = "dining/board.html"
    shows_money = True

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The whole page; its script asks it again when something changed."""
        shop = shop_of(self.actor.merchant_id)
        now = clock.now()
        orders = board_of(shop.id, day_start(business_day(now))) if shop else []
        jobs = jobs_of_orders(order.id for order in orders if order.service == "delivery")
        columns = [self._column(state, [order for order in orders if order.status == state], jobs, shop, now) for state in self.states]
        return self.render(self.template, shop=shop, columns=columns, SERVICES=SERVICES)

    @expose("/events")
    @page_access("can_index")
    def events(self) -> Response:
        """Server-sent events: a `change` for each order that moves; 503 when there are too many watchers, then the page polls."""
        if self.actor.merchant_id is None:
            raise NotFound
        stream = hub().stream(f"merchant:{self.actor.merchant_id}:orders")
        if stream is None:
            return Response("busy\n", 503, mimetype="text/plain", headers={"Retry-After": "5"})
        return Response(stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    def _column(self, state: str, orders: list[DiningOrder], jobs: dict[int, Job], shop: Shop | None, now: datetime) -> BoardColumn:
        newest_first = list(reversed(orders)) if state == "done" else orders
        note = ""
        if state == "waiting" and shop:
            note = _("满 %(minutes)d 分钟自动退款", minutes=shop.accept_minutes)
        elif state == "done" and self.shows_money:
            note = yuan(sum(order.paid - order.refunded for order in orders))
        tickets = [self._ticket(order, jobs.get(order.id), now) for order in newest_first[:40]]
        return BoardColumn(state, ORDER_FLOW.state(state).label, tickets, note, urgent=state == "waiting")

    def _ticket(self, order: DiningOrder, job: Job | None, now: datetime) -> Ticket:
        words, tone, late = _clock_words(order, now)
        moves = [] if order.status == "done" else ORDER_FLOW.open_moves(order, self.actor.roles)
        kept = [move for move in moves if move.style == "primary" or move.name == "reject"]
        buttons = [Button(move, f"/dining/orders/{order.id}/move/{move.name}", order) for move in reversed(kept)]
        return Ticket(
            key=order.id, number=order.ticket or order.number, place=order.table_name or _way(order, job),
            mark=_("加菜 %(number)d", number=order.added) if order.added else "",
            lines=[(f"{line.title}（{line.spec}）" if line.spec else line.title, line.quantity) for line in order.lines if line.kind == "goods"],
            words=order.note, clock=words, clock_tone=tone, late=late, money=yuan(order.paid) if self.shows_money else "",
            buttons=buttons, url=f"/dining/orders/{order.id}" if may(OrderView, "show") else "",
            version=f"{order.status}-{order.version}-{job.version if job else 0}",
            until=order.accept_by.isoformat() if order.status == "waiting" and order.accept_by else "",
        )


class KitchenPage(BoardPage):
    """What the kitchen has to cook: big, without money, one button."""

    name = "dining.kitchen"
    route_base = "/dining/kitchen"
    title = _l("后厨")
    icon = "bowl"
    states = ("cooking", "ready")
    template = "dining/kitchen.html"
    shows_money = False


class TicketPage(Page):
    """A ticket for the printer: 80 mm wide, black on white."""

    name = "dining.ticket"
    route_base = "/dining/ticket"
    title = _l("小票")
    words = {"index": _l("打印小票")}

    @expose("/<int:pk>")
    @page_access("can_index")
    def index(self, pk: int) -> Response:
        """The order's ticket."""
        order = get(DiningOrder, pk)
        return self.render("dining/ticket.html", order=order, shop=get(Shop, order.shop_id), SERVICES=SERVICES, placed=local(order.placed_at))


def _way(order: DiningOrder, job: Job | None) -> str:
    """`外卖 · 王强 已接单`: how the order is served, and who brings it."""
    words = str(SERVICES[order.service])
    if job is None or job.status not in LIVE:
        return words
    return f"{words} · {job.courier_name} {JOB_FLOW.state(job.status).label}".replace("  ", " ")


def _clock_words(order: DiningOrder, now: datetime) -> tuple[str, str, bool]:
    """The words of a ticket's clock, their tone, and whether it is late."""
    if order.status == "waiting" and order.accept_by:
        left = int((order.accept_by - now).total_seconds())
        return (_("剩 %(minutes)d:%(seconds)02d", minutes=max(left, 0) // 60, seconds=max(left, 0) % 60), "wait" if left > 60 else "bad", left < 0)
    if order.status in ("cooking", "delivering") and order.promised_at:
        over = int((now - order.promised_at).total_seconds() // 60)
        if over > 0:
            return _("超时 %(minutes)d 分", minutes=over), "bad", True
        return _("还有 %(minutes)d 分", minutes=-over), "3rd", False
    if order.status == "ready" and order.ready_at:
        return _("等 %(minutes)d 分", minutes=int((now - order.ready_at).total_seconds() // 60)), "3rd", False
    return (f"{local(order.completed_at):%H:%M}" if order.completed_at else ""), "3rd", False
