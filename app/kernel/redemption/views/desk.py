"""`/redeem`: the cashier's tool, made for a phone. Scan or type, see what it is and for how much, redeem, undo."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Response, redirect, request
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import NotFound, Refusal
from app.core.money import yuan
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.console.headers import let_compile
from app.framework.console.page import Page, expose, may, page_access
from app.framework.live import hub
from app.kernel.redemption.models import REDEMPTION_FLOW, RedeemStore, Voucher
from app.kernel.redemption.operations.finding import Found, find, ticket_of, voucher_of_ticket
from app.kernel.redemption.operations.redeeming import redeem
from app.kernel.redemption.queries import last_redemptions, redeemed_since, store_for, stores_for, use_amounts
from app.kernel.redemption.views.lists import RedeemStoreView, RedemptionView


@dataclass(frozen=True)
class Offered:
    """A voucher as the cashier sees it: its ticket, and what 1, 2, 3 … uses of it come to in fen."""

    voucher: Voucher
    ticket: str
    nonce: str
    amounts: list[int]

    @property
    def words(self) -> str:
        """The amounts as text, with bars between: what the page shows when another number of uses is chosen."""
        return "|".join(yuan(fen) for fen in self.amounts)


class RedeemPage(Page):
    """The desk of one store."""

    name = "redemption.desk"
    route_base = "/redeem"
    title = _l("核销")
    icon = "qr"
    words = {"index": _l("打开核销台"), "redeem": _l("核销")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """What to scan into, and the last redemptions of the store."""
        stores = stores_for(self.actor)
        return self._desk(stores, self._chosen(stores), done=request.args.get("done", ""))

    @expose("/look", methods=["POST"])
    @page_access("can_redeem")
    def look(self) -> Response:
        """The vouchers behind a code. Nothing is redeemed yet."""
        stores, typed = stores_for(self.actor), request.form.get("code", "").replace("\x00", "")[:200]
        store_id = self._number("store")
        try:
            found = find(typed, store_id=store_id, actor=self.actor, now=clock.now())
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            db.session.rollback()
            stores = stores_for(self.actor)
            return self._desk(stores, self._chosen(stores), refusal=refusal, typed=typed)
        return self._desk(stores, found.store, found=found, typed=typed)

    @expose("/use", methods=["POST"])
    @page_access("can_redeem")
    def use(self) -> Response:
        """Redeem what was looked up: the ticket says which, for whom, and until when."""
        now, store_id, form = clock.now(), self._number("store"), request.form
        try:
            voucher_id = voucher_of_ticket(form.get("ticket", ""), store_id=store_id, actor=self.actor, now=now)
            made = redeem(
                voucher_id, store_id=store_id, count=self._number("count", 1), nonce=form.get("nonce", "")[:40], actor=self.actor, now=now,
            )
            db.session.flush()
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            db.session.rollback()
            stores = stores_for(self.actor)
            return self._desk(stores, self._chosen(stores), refusal=refusal)
        return redirect(self.url("index", store=store_id, done=made.id), 303)  # type: ignore[return-value]

    @expose("/events/<int:store_id>")
    @page_access("can_index")
    def events(self, store_id: int) -> Response:
        """Server-sent events: a `change` for each redemption at the store; 503 when there are too many watchers, then the page polls."""
        stream = hub().stream(f"store:{store_for(self.actor, store_id).id}")
        if stream is None:
            return Response("busy\n", 503, mimetype="text/plain", headers={"Retry-After": "5"})
        return Response(stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    def _desk(
        self, stores: list[RedeemStore], store: RedeemStore | None, *, found: Found | None = None, refusal: Refusal | None = None, typed: str = "",
        done: str = "",
    ) -> Response:
        let_compile()
        now = clock.now()
        last = last_redemptions(store.id) if store else []
        count, fen = redeemed_since(store.id, day_start(business_day(now))) if store else (0, 0)
        offered = [self._offer(voucher, found.store) for voucher in found.vouchers] if found else []
        undo = REDEMPTION_FLOW["undo"]
        return self.render(
            "redemption/desk.html", refusal.status if refusal else 200, stores=stores, store=store, found=found, offered=offered, refusal=refusal,
            typed=typed, last=last, count=count, fen=fen, now=now, done=next((each for each in last if str(each.id) == done), None),
            undo=undo if may(RedemptionView, "undo") and self.actor.may_act_as(undo.roles) else None, opens=may(RedemptionView, "show"),
            adds=may(RedeemStoreView, "add"), undoable=lambda each: each.status == "held" and each.undo_until > now, flow=REDEMPTION_FLOW,
        )

    def _offer(self, voucher: Voucher, store: RedeemStore) -> Offered:
        ticket = ticket_of(voucher.id, store_id=store.id, actor=self.actor, now=clock.now())
        return Offered(voucher, ticket, secrets.token_hex(12), use_amounts(voucher.id))

    def _chosen(self, stores: list[RedeemStore]) -> RedeemStore | None:
        """The store in the address or the form; the first one without. Raises NotFound for one that is not the cashier's."""
        wanted = request.values.get("store", "")
        if not wanted:
            return stores[0] if stores else None
        found = next((store for store in stores if str(store.id) == wanted), None)
        if found is None:
            raise NotFound
        return found

    @staticmethod
    def _number(name: str, default: int = 0) -> int:
        text = request.form.get(name, "")
        return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else default
