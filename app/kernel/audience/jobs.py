"""Broadcasts on their way."""

from __future__ import annotations

from app.core.clock import now
from app.framework.database import transaction
from app.kernel.audience.operations import CLOCK, send_some


def send_broadcast(broadcast_id: int) -> None:
    """Everybody in the segment has the message, in transactions of a few hundred; a second run goes on where the first ended."""
    while True:
        with transaction(CLOCK):
            if not send_some(broadcast_id, now=now()):
                return
