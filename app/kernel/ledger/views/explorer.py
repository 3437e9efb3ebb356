"""The ledger in the console: search, a transaction with its entries, an account with its running balance."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, redirect, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.links import order_link
from app.framework.console.page import Page, expose, page_access
from app.kernel.ledger.accounts import BOOKS
from app.kernel.ledger.lookups import transactions_about
from app.kernel.ledger.models import LedgerAccount, LedgerTransaction
from app.kernel.ledger.queries import account_statement, last_closed_day, transaction_with_entries, trial_balance
from app.kernel.ledger.values import AccountRef
from app.kernel.ledger.words import KINDS


class NoSuchDay(Invalid):
    """A day in the address is none."""

    code = "ledger.no_such_day"
    sentence = _l("“%(text)s”不是日期，写成 2026-11-23")


class LedgerPage(Page):
    """`/ledger`: from a number to its entries and back."""

    name = "ledger"
    route_base = "/ledger"
    title = _l("账本")
    icon = "book"
    words = {"index": _l("查看账本")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Search by order, payment, or refund number, account, or transaction; and the trial balance at the end of a day."""
        text = request.args.get("q", "").strip()[:80].replace("\x00", "")
        until = _day("until", None)
        if "/" in text:
            return redirect(self.url("account", address=text))  # type: ignore[return-value]
        found = transactions_about(text) if text else []
        if not found and text.isdecimal() and text.isascii() and len(text) < 19 and db.session.get(LedgerTransaction, int(text)):
            return redirect(self.url("transaction", pk=int(text)))  # type: ignore[return-value]
        return self.render(
            "ledger/index.html", text=text, found=found, until=until, closed=last_closed_day(), kinds=KINDS,
            trial=[(BOOKS[line.book].title, line) for line in trial_balance(until)], order_link=order_link,
        )

    @expose("/transactions/<int:pk>")
    @page_access("can_index")
    def transaction(self, pk: int) -> Response:
        """One fact: its entries, each with the balance after it, what it reverses, the order, the rules, the people."""
        found = transaction_with_entries(pk) if pk < 2**63 else None
        if found is None:
            raise NotFound
        reversed_by = db.session.scalar(select(LedgerTransaction.id).where(LedgerTransaction.reverses == pk))
        return self.render(
            "ledger/transaction.html", fact=found, kinds=KINDS, reversed_by=reversed_by, order=order_link(found.trade, found.order_id),
            page_title=f"{KINDS.get(found.kind, found.kind)} #{found.id}",
        )

    @expose("/account")
    @page_access("can_index")
    def account(self) -> Response:
        """An account from a day to a day: opening balance, each entry with the running balance, closing balance."""
        address = request.args.get("address", "").strip()[:200].replace("\x00", "")
        stored = db.session.scalars(select(LedgerAccount).where(LedgerAccount.address == address)).one_or_none()
        if stored is None:
            raise NotFound
        last = _day("until", business_day(clock.now())) or business_day(clock.now())
        first = _day("from", last - timedelta(days=30)) or last
        statement = account_statement(AccountRef.parse(address), first, last)
        running, lines = int(statement.opening), []
        for entry in statement.entries:
            running += entry.amount
            lines.append((entry, running))
        return self.render("ledger/account.html", account=stored, statement=statement, lines=lines, kinds=KINDS, page_title=str(stored.title))


def _day(name: str, otherwise: date | None) -> date | None:
    text = request.args.get(name, "").strip()
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NoSuchDay(text=text[:20], field=name) from None
