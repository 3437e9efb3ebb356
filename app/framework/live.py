"""Live updates: an operation notifies in its transaction, PostgreSQL delivers on commit, open pages hear of it.

One listening connection a process fans out to its subscribers. A subscriber that is slow loses notices, never order:
each notice only says that a topic changed, the page reads the rest.
"""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Iterator

import orjson
import psycopg
from flask import current_app
from sqlalchemy import text

from app.extensions import db
from app.framework.embedded import conninfo

CHANNEL = "baiye_live"
STREAMS_AT_MOST = 12  # a stream holds a thread of its process; beyond this pages poll
KEEP_ALIVE = 15.0


def announce(topic: str, **news: object) -> None:
    """Tell whoever watches `topic`, when this transaction commits."""
    payload = orjson.dumps({"topic": topic, **news}).decode()
    db.session.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload})


class Hub:
    """The subscribers of this process and the one thread that listens for them."""

    def __init__(self, url: str) -> None:
        self.address = conninfo(url)
        self.subscribers: dict[str, set[queue.Queue[bytes]]] = defaultdict(set)
        self.guard = threading.Lock()
        self.thread: threading.Thread | None = None

    def stream(self, topic: str, seconds: float = 300.0) -> Iterator[bytes] | None:
        """Server-sent events for `topic`, for at most `seconds`; None when this process serves enough streams already."""
        inbox: queue.Queue[bytes] = queue.Queue(maxsize=32)
        with self.guard:
            if sum(map(len, self.subscribers.values())) >= STREAMS_AT_MOST:
                return None
            self.subscribers[topic].add(inbox)
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._listen, name="live", daemon=True)
                self.thread.start()
        return self._events(topic, inbox, seconds)

    def _events(self, topic: str, inbox: queue.Queue[bytes], seconds: float) -> Iterator[bytes]:
        try:
            yield b"retry: 3000\n: open\n\n"
            waited = 0.0
            while waited < seconds:
                try:
                    yield b"event: change\ndata: " + inbox.get(timeout=KEEP_ALIVE) + b"\n\n"
                except queue.Empty:
                    waited += KEEP_ALIVE
                    yield b": alive\n\n"
        finally:
            with self.guard:
                self.subscribers[topic].discard(inbox)

    def _listen(self) -> None:
        """Hear notices until nobody subscribes; a lost connection ends the thread and the next stream starts another."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            while any(self.subscribers.values()):
                for notice in connection.notifies(timeout=30):
                    self._deliver(notice.payload.encode())

    def _deliver(self, payload: bytes) -> None:
        topic = orjson.loads(payload)["topic"]
        with self.guard:
            inboxes = list(self.subscribers[topic])
        for inbox in inboxes:
            try:
                inbox.put_nowait(payload)
            except queue.Full:
                continue


def hub() -> Hub:
    """The hub of this process."""
    return current_app.extensions.setdefault("live", Hub(current_app.config["SQLALCHEMY_DATABASE_URI"]))
