"""The ledger explorer: from any number or amount to entries, from an entry to what stands behind it, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.money import NotAnAmount, parse_yuan
from app.core.periods import SHANGHAI, business_day, local
from app.extensions import db
from app.framework.console.export import download
from app.framework.console.links import order_link
from app.framework.console.page import Page, expose, page_access
from app.kernel.ledger.accounts import BOOKS
from app.kernel.ledger.chain import chain_of
from app.kernel.ledger.lookups import order_numbers, transactions_about
from app.kernel.ledger.models import LedgerAccount, LedgerEntry, LedgerTransaction
from app.kernel.ledger.proofs import latest_run, proofs_hold
from app.kernel.ledger.queries import last_closed_day, transaction_with_entries
from app.kernel.ledger.spreadsheets import KINDS as SHAPES
from app.kernel.ledger.spreadsheets import statement_file, trial_file, until_words
from app.kernel.ledger.standing import (
    PAGE,
    Until,
    accounts_of_book,
    block_of,
    entries_of_amount,
    platform_accounts,
    statement_page,
    trial_balance,
)
from app.kernel.ledger.words import KINDS, account_words, owners_in_words, words_within_book
from app.kernel.parties.queries import person_named

LONGEST = timedelta(days=92)  # of a search by amount


class NoSuchDay(Invalid):
    """A day or a time in the address is none."""

    code = "ledger.no_such_day"
    sentence = _l("“%(text)s”不是日期，写成 2026-11-23，或加上时间 2026-11-23T10:15:30")


class LedgerPage(Page):
    """`/ledger`: accounts on the left, entries in the middle, where an amount comes from on the right."""

    name = "ledger"
    route_base = "/ledger"
    title = _l("账本")
    icon = "book"
    words = {"index": _l("查看账本"), "export": _l("导出试算平衡和账户流水")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Search by any number, an account, a transaction, or an exact amount within days; else the trial balance at the end of a day or at a moment."""
        text = request.args.get("q", "").strip()[:80].replace("\x00", "")
        until = _until("until")
        if "/" in text:
            return redirect(self.url("account", address=text, until=_in_address(until)))  # type: ignore[return-value]
        found = transactions_about(text) if text else []
        if not found and text.isdecimal() and text.isascii() and len(text) < 19 and db.session.get(LedgerTransaction, int(text)):
            return redirect(self.url("transaction", pk=int(text)))  # type: ignore[return-value]
        last = until or business_day(clock.now())
        first = max(_until("from") or _day_of(last) - timedelta(days=30), _day_of(last) - LONGEST, key=_in_order)
        fen = None if found else _amount(text)
        entries = entries_of_amount(fen, first, last) if fen else []
        return self._desk(
            "ledger/index.html", text=text, found=found, numbers=order_numbers(each.order_id for each in found),
            entries=entries, fen=fen, first=first, last=last, until=until, order_link=order_link,
            owners=owners_in_words(entry.account for entry in entries),
            trial=[(BOOKS[line.book].title, line) for line in trial_balance(until)] if not text else [],
        )

    @expose("/export/<shape>")
    @page_access("can_export")
    def export_trial(self, shape: str) -> Response:
        """The trial balance at the end of a day, or at a moment, as CSV or XLSX."""
        if shape not in SHAPES:
            raise NotFound
        until = _until("until") or clock.now()
        return download(trial_file(until, shape), f"{_in_name(until)}.{shape}", shape)

    @expose("/books/<book>")
    @page_access("can_index")
    def book(self, book: str) -> Response:
        """The accounts of a book as they stand at the end of a day or at a moment, by account or the largest first."""
        if book not in BOOKS:
            raise NotFound
        until, page = _until("until"), _whole("page")
        order = "amount" if request.args.get("by") == "amount" else "account"
        lines = accounts_of_book(book, until, order=order, page=page)  # type: ignore[arg-type]
        return self._desk(
            "ledger/book.html", book=book, lines=lines[:PAGE], more=len(lines) > PAGE, order=order, page=page, until=until,
            owners=owners_in_words(line.account for line in lines), page_title=str(BOOKS[book].title),
        )

    @expose("/transactions/<int:pk>")
    @page_access("can_index")
    def transaction(self, pk: int) -> Response:
        """One fact with its entries, what it reverses; and where the entry `?seq=`, the one of revenue unless said, comes from."""
        found = transaction_with_entries(pk) if pk < 2**63 else None
        if found is None:
            raise NotFound
        chosen = _chosen(found.entries)
        reversed_by = db.session.scalar(select(LedgerTransaction.id).where(LedgerTransaction.reverses == pk))
        return self._desk(
            "ledger/transaction.html", fact=found, chosen=chosen, reversed_by=reversed_by, order=order_link(found.trade, found.order_id),
            owners=owners_in_words(entry.account for entry in found.entries), until=None, **_behind(chosen),
            page_title=f"{KINDS.get(found.kind, found.kind)} #{found.id}",
        )

    @expose("/account")
    @page_access("can_index")
    def account(self) -> Response:
        """An account over days or between moments: opening balance, entries with the running balance page by page, closing; `?entry=` is explained."""
        account, first, last = self._asked()
        after = _after()
        statement = statement_page(account, first, last, after)
        wanted = _whole("entry")
        chosen = next((entry for entry, _running in statement.lines if entry.transaction_id == wanted), None)
        return self._desk(
            "ledger/account.html", account=account, statement=statement, first=first, last=last, until=last, chosen=chosen, order_link=order_link,
            numbers=order_numbers(entry.transaction.order_id for entry, _running in statement.lines), owner=owners_in_words([account])[account.id],
            owners={}, **(_behind(chosen) if chosen else {}), page_title=account_words(account),
            here={"address": account.address, "from": _in_address(first), "until": _in_address(last), "after": f"{after[0]}.{after[1]}" if after else None},
        )

    @expose("/account/export/<shape>")
    @page_access("can_export")
    def export(self, shape: str) -> Response:
        """The account over that time as CSV or XLSX, with opening and closing balance."""
        if shape not in SHAPES:
            raise NotFound
        account, first, last = self._asked()
        name = f"{account.address.replace('/', '-')}_{_in_name(first)}_{_in_name(last)}.{shape}"
        return download(statement_file(account, first, last, shape), name, shape)

    def _asked(self) -> tuple[LedgerAccount, Until, Until]:
        """The account and the time that the address names; 31 days up to today unless said. Raises NotFound."""
        address = request.args.get("address", "").strip()[:200].replace("\x00", "")
        stored = db.session.scalars(select(LedgerAccount).where(LedgerAccount.address == address)).one_or_none()
        if stored is None:
            raise NotFound
        last = _until("until") or business_day(clock.now())
        return stored, _until("from") or _day_of(last) - timedelta(days=30), last

    def _desk(self, template: str, **context: Any) -> Response:
        """The page with the accounts on its left side as they stand when it looks at them."""
        until = context.pop("until", None)
        return self.render(
            template, kinds=KINDS, side=platform_accounts(until), books=BOOKS, account_words=account_words, until=_in_address(until),
            until_words=_told(until), words_within_book=words_within_book, closed=last_closed_day(), run=latest_run(),
            holds=proofs_hold(), day_of=_day_of, time_of=_time_of, as_of=until, **context,
        )


def _told(until: Until | None) -> str | None:
    """A day as it is; of a moment also that the books are shown as they stood recorded then, whatever days the entries belong to."""
    if isinstance(until, datetime):
        return _("%(moment)s（按那一刻已记入的）", moment=until_words(until))
    return until_words(until) if until else None


def _behind(entry: LedgerEntry) -> dict[str, Any]:
    """Where the amount comes from, what became of it, who stands for it, and what keeps it from being changed."""
    fact = entry.transaction
    behind, later = chain_of(entry)
    return {
        "behind": behind, "later": later, "sealed": block_of(fact), "siblings": transaction_with_entries(fact.id),
        "maker": _person(fact.maker), "checker": _person(fact.checker) if fact.checker else None,
    }


def _person(name: str) -> Any:
    return person_named(name) if ":" in name else _("系统")


def _chosen(entries: list[LedgerEntry]) -> LedgerEntry:
    """The entry that the address names; else that of revenue, else the first."""
    wanted = _whole("seq")
    of_revenue = [entry for entry in entries if entry.account.book == "revenue"]
    return next((entry for entry in entries if entry.seq == wanted), (of_revenue or entries)[0])


def _amount(text: str) -> int | None:
    """Fen, where the text is an amount in yuan."""
    try:
        return int(parse_yuan(text.lstrip("-−+"))) or None
    except NotAnAmount:
        return None


def _whole(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else 0


def _after() -> tuple[date, int] | None:
    """The place behind which the page begins: `2026-11-23.9041835`."""
    day, _dot, number = request.args.get("after", "")[:40].partition(".")
    try:
        return (date.fromisoformat(day), int(number)) if number.isdecimal() and len(number) < 19 else None
    except ValueError:
        return None


def _until(name: str) -> Until | None:
    """What the address says: a day, or a moment by the clock in Shanghai, the time behind the day or in a field of its own. Refuses NoSuchDay."""
    day, clock_time = request.args.get(name, "").strip(), request.args.get(f"{name}_at", "").strip()
    text = f"{day[:10] or business_day(clock.now())}T{clock_time}" if clock_time else day
    if not text:
        return None
    try:
        if len(text) <= len("2026-11-23"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NoSuchDay(text=text[:40], field=name) from None


def _day_of(until: Until) -> date:
    return business_day(until) if isinstance(until, datetime) else until


def _time_of(until: Until) -> str:
    """The time of a moment as a field takes it; nothing of a day."""
    return local(until).time().isoformat() if isinstance(until, datetime) else ""


def _in_order(until: Until) -> datetime:
    return until if isinstance(until, datetime) else datetime.combine(until, time.min, SHANGHAI)


def _in_address(until: Until | None) -> str | None:
    """`2026-11-23`, or `2026-11-23T10:15:30` by the clock in Shanghai."""
    if isinstance(until, datetime):
        return local(until).replace(tzinfo=None).isoformat()
    return until.isoformat() if until else None


def _in_name(until: Until) -> str:
    """The same in the name of a file."""
    return (_in_address(until) or "").replace(":", "")
