"""Jobs of payments: everything that talks to the channel, and the clock's part of it. All are safe to run twice."""

from __future__ import annotations

import logging

from sqlalchemy import text

from app.core.actors import system
from app.core.clock import now as clock_now
from app.framework.database import transaction
from app.kernel.payments.channels.factory import account, channel
from app.kernel.payments.channels.interface import ChannelRefused, ChannelUnavailable
from app.kernel.payments.operations import bills, notices, paying, refunding
from app.kernel.payments.queries import days_without_bill, overdue_payments, quiet_refunds

log = logging.getLogger(__name__)
CLOCK = system("clock")
NO_BILL = "NO_STATEMENT_EXIST"


def obey_notice(notice_id: int) -> None:
    """Obey one kept notice in a transaction of its own. Whatever breaks is counted on the notice, which is tried again."""
    try:
        with transaction(notices.CHANNEL) as session:
            session.execute(text("SET LOCAL lock_timeout = '2s'"))  # the channel waits five seconds for an answer
            notices.obey_notice(notice_id, now=clock_now())
    except Exception as broken:  # a fault of ours or a busy database: the notice is kept, and money must not be forgotten
        log.exception("notice not obeyed", extra={"notice": notice_id})
        with transaction(notices.CHANNEL):
            notices.note_failed_try(notice_id, f"{type(broken).__name__}: {broken}"[:500], now=clock_now())


def obey_notices() -> None:
    """Obey what was kept and not obeyed, oldest first."""
    with transaction(notices.CHANNEL):
        waiting = notices.waiting_notices()
    for notice_id in waiting:
        obey_notice(notice_id)


def ask_about_payment(payment_id: int) -> None:
    """Ask the channel what became of a payment. What disagrees with our books waits for a person among the notices."""
    try:
        with transaction(CLOCK):
            paying.ask_about_payment(payment_id, actor=CLOCK, now=clock_now())
    except paying.PaymentDiffers as differs:
        _keep(differs)


def close_payment(payment_id: int) -> None:
    """Close a payment at the channel and here; one that turns out to be paid is confirmed."""
    try:
        with transaction(CLOCK):
            paying.close_payment(payment_id, actor=CLOCK, now=clock_now())
    except paying.PaymentDiffers as differs:
        _keep(differs)


def _keep(differs: paying.PaymentDiffers) -> None:
    with transaction(CLOCK):
        notices.keep_disagreement(differs.values["told"], str(differs), now=clock_now())


def send_refund(refund_id: int) -> None:
    """Ask the channel for a refund."""
    with transaction(CLOCK):
        refunding.send_refund(refund_id, actor=CLOCK, now=clock_now())


def ask_about_refund(refund_id: int) -> None:
    """Ask the channel what became of a refund."""
    with transaction(CLOCK):
        refunding.ask_about_refund(refund_id, actor=CLOCK, now=clock_now())


def ask_about_the_quiet() -> None:
    """Ask about every overdue payment and every refund of which nothing was heard: the net below lost jobs and callbacks."""
    moment = clock_now()
    with transaction(CLOCK):
        payments, refunds = overdue_payments(moment), quiet_refunds(moment)
    try:
        for payment_id in payments:
            ask_about_payment(payment_id)
        for refund_id in refunds:
            ask_about_refund(refund_id)
    except ChannelUnavailable:
        log.warning("channel away, asking again later", exc_info=True)


def fetch_bills() -> None:
    """Import the bills of every day up to yesterday that we lack; days without movement have none. Stops at what is refused."""
    for kind, fetch in (("trade", channel().trade_bill), ("fund", channel().fund_bill), ("sharing", channel().sharing.bill)):
        with transaction(CLOCK):
            days = days_without_bill(account().merchant_id, kind, clock_now())
        for day in days:
            try:
                content = fetch(day)
            except ChannelRefused as refused:
                if refused.code != NO_BILL:
                    raise
                continue
            with transaction(CLOCK):
                bills.import_bill(day, kind, content, actor=CLOCK, now=clock_now())
