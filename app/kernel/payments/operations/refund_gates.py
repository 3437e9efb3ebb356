"""What must have happened before a refund may go to the channel: packages above say so, and send the refund on when it has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.core.actors import Actor
from app.kernel.payments.models import Refund

Gate = Callable[[Refund, Actor, datetime], bool]

_gates: list[Gate] = []


def register(gate: Gate) -> None:
    """Ask `gate(refund, actor, now)` before a refund is sent: True keeps it, and the gate enqueues `send_refund` later. Registering twice is once."""
    if gate not in _gates:
        _gates.append(gate)


def waits(refund: Refund, *, actor: Actor, now: datetime) -> bool:
    """Whether something must happen first."""
    return any(gate(refund, actor, now) for gate in _gates)
