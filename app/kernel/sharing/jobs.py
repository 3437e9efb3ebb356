"""Jobs of sharing: everything that talks to the channel, and the clock's part of it. All are safe to run twice."""

from __future__ import annotations

import logging

from app.core.actors import system
from app.core.clock import now as clock_now
from app.framework.database import transaction
from app.framework.queue import enqueue
from app.kernel.payments.channels.interface import ChannelUnavailable
from app.kernel.sharing import queries
from app.kernel.sharing.operations import opening, returning, sharing

log = logging.getLogger(__name__)
CLOCK = system("clock")


def share_payment(sharing_id: int) -> None:
    """Ask the channel for the next request of a sharing."""
    with transaction(CLOCK):
        sharing.share(sharing_id, actor=CLOCK, now=clock_now())


def ask_about_share(call_id: int) -> None:
    """Ask the channel what became of a request to share."""
    with transaction(CLOCK):
        sharing.ask_about_share(call_id, actor=CLOCK, now=clock_now())


def send_share_return(return_id: int) -> None:
    """Ask the channel for a return."""
    with transaction(CLOCK):
        returning.send_return(return_id, actor=CLOCK, now=clock_now())


def ask_about_share_return(return_id: int) -> None:
    """Ask the channel what became of a return."""
    with transaction(CLOCK):
        returning.ask_about_return(return_id, actor=CLOCK, now=clock_now())


def finish_sharing(sharing_id: int) -> None:
    """Ask the channel to release the rest of a payment."""
    with transaction(CLOCK):
        sharing.finish(sharing_id, actor=CLOCK, now=clock_now())


def watch_freezes() -> None:
    """Take note of what the channel has released by itself, and warn of what it will soon."""
    moment = clock_now()
    with transaction(CLOCK):
        over = queries.ended_freezes(moment)
    for key in over:
        with transaction(CLOCK):
            opening.lapse(key, now=moment)
    with transaction(CLOCK):
        for ending in queries.ending_freezes(moment):
            opening.warn(ending, now=moment)


def ask_about_quiet_shares() -> None:
    """Ask about every request and return of which nothing was heard, and go on with every sharing that nobody works on: the net below lost jobs."""
    moment = clock_now()
    with transaction(CLOCK):
        calls, returns, sharings = queries.quiet_calls(moment), queries.quiet_returns(moment), queries.quiet_sharings(moment)
        for key in sharings:
            enqueue("share_payment", sharing_id=key)
            enqueue("finish_sharing", sharing_id=key)
    try:
        for key in calls:
            ask_about_share(key)
        for key in returns:
            ask_about_share_return(key)
    except ChannelUnavailable:
        log.warning("channel away, asking again later", exc_info=True)
