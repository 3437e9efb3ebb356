"""Live updates: an operation notifies in its transaction, PostgreSQL delivers on commit, open pages hear of it.

One listening connection a process fans out to its subscribers. A subscriber that is slow loses notices, never order:
each notice only says that a topic changed, the page reads the rest.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress

import orjson
import psycopg
import structlog
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from app.core.errors import Refusal
from app.extensions import db
from app.framework.embedded import conninfo

CHANNEL = "baiye_live"
STREAMS_AT_MOST = 12  # a stream holds a thread of its process; beyond this pages poll
KEEP_ALIVE = 15.0
READY_WITHIN = 10.0
GONE = b"gone"

log = structlog.get_logger("baiye")


class TooManyStreams(Refusal):
    """The server holds as many live connections as it can: poll instead."""

    code = "live.too_many"
    status = 503
    sentence = _l("实时连接已满，改为每 5 秒查询一次")


def announce(topic: str, **news: object) -> None:
    """Tell whoever watches `topic`, when this transaction commits."""
    payload = orjson.dumps({"topic": topic, **news}).decode()
    db.session.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload})


class Listener:
    """The one connection of a process that hears notices, on a thread of its own; `ready` once none is missed any more."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.ready = threading.Event()
        self.gone = threading.Event()
        threading.Thread(target=self._listen, name="live", daemon=True).start()

    def _listen(self) -> None:
        """Hear notices until nobody subscribes. When the connection is lost every stream ends: pages come again and ask for what they missed."""
        try:
            with psycopg.connect(self.hub.address, autocommit=True) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                self.ready.set()
                while self.hub.keep(self):
                    for notice in connection.notifies(timeout=30):
                        self.hub.deliver(notice.payload.encode())
        except psycopg.Error as error:
            log.warning("live_connection_lost", error=str(error))
        finally:
            self.gone.set()
            self.ready.set()
            self.hub.forget(self)


class Hub:
    """The subscribers of this process and what listens for them."""

    def __init__(self, url: str) -> None:
        self.address = conninfo(url)
        self.subscribers: dict[str, set[queue.Queue[bytes]]] = defaultdict(set)
        self.guard = threading.Lock()
        self.listener: Listener | None = None

    def stream(self, topic: str, seconds: float = 300.0) -> Iterator[bytes] | None:
        """Server-sent events for `topic`, for at most `seconds`; None when this process serves enough streams already.

        The first `change` comes as soon as no notice can be missed any more: what moved between reading a page and watching it is read then.
        """
        with self.guard:
            full = self._watching() >= STREAMS_AT_MOST
        return None if full else self._events(topic, seconds)

    def _watching(self) -> int:
        return sum(map(len, self.subscribers.values()))

    def _events(self, topic: str, seconds: float) -> Iterator[bytes]:
        inbox: queue.Queue[bytes] = queue.Queue(maxsize=32)
        with self.guard:
            if self._watching() >= STREAMS_AT_MOST:
                return
            self.subscribers[topic].add(inbox)
            if self.listener is None:
                self.listener = Listener(self)
            listener = self.listener
        ends = time.monotonic() + seconds
        try:
            if not listener.ready.wait(READY_WITHIN) or listener.gone.is_set():
                return
            yield b"retry: 3000\nevent: change\ndata: {}\n\n"
            while time.monotonic() < ends and not listener.gone.is_set():
                try:
                    news = inbox.get(timeout=KEEP_ALIVE)
                except queue.Empty:
                    yield b": alive\n\n"
                    continue
                if news is GONE:
                    return
                yield b"event: change\ndata: " + news + b"\n\n"
        finally:
            with self.guard:
                self.subscribers[topic].discard(inbox)
                if not self.subscribers[topic]:
                    del self.subscribers[topic]

    def keep(self, listener: Listener) -> bool:
        """Whether somebody still subscribes; when not, the next stream starts a listener of its own."""
        with self.guard:
            if not self.subscribers:
                self.listener = None
            return self.listener is listener

    def forget(self, listener: Listener) -> None:
        """End the streams of a listener that hears no more."""
        with self.guard:
            if self.listener is listener:
                self.listener = None
                self._hand_out(GONE, [inbox for inboxes in self.subscribers.values() for inbox in inboxes])

    def deliver(self, payload: bytes) -> None:
        """Hand a notice to those who watch its topic."""
        topic = orjson.loads(payload)["topic"]
        with self.guard:
            self._hand_out(payload, self.subscribers.get(topic, ()))

    def _hand_out(self, news: bytes, inboxes: Iterable[queue.Queue[bytes]]) -> None:
        for inbox in inboxes:
            with suppress(queue.Full):
                inbox.put_nowait(news)


def hub() -> Hub:
    """The hub of this process."""
    return current_app.extensions.setdefault("live", Hub(current_app.config["SQLALCHEMY_DATABASE_URI"]))
