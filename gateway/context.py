"""What one running simulator is made of, and how a request finds it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from flask import current_app

from gateway.clock import Clock
from gateway.keys import Keys
from gateway.store import Store


@dataclass(frozen=True)
class Settings:
    """How to run. `folder` keeps keys and store; `speed` shortens waits; `merchant_name` is what the payer reads."""

    folder: Path
    speed: float = 1.0
    merchant_name: str = "百业（模拟商户）"


@dataclass(frozen=True)
class Gateway:
    """One simulator. `wake` is set when something new is waiting to be delivered, `stopping` at the end."""

    settings: Settings
    keys: Keys
    store: Store
    clock: Clock
    wake: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)


def gateway() -> Gateway:
    """The simulator that is answering this request."""
    found: Gateway = current_app.extensions["gateway"]
    return found
