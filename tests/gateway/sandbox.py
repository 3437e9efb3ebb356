"""A real gateway on a free port, and a merchant's server that takes callbacks and answers as told."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from app.kernel.payments.channels.wechat import Callback, Prepay, WechatAccount, WechatChannel
from gateway.app import RunningGateway
from gateway.context import Settings
from gateway.keys import ensure_keys

PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Post:
    """One callback as it came in."""

    headers: dict[str, str]
    body: bytes
    at: float


class Merchant:
    """Takes callbacks at `notify_url`.

    `answers` are the statuses to give, in order, 204 when there are none left; `delays` the seconds to take for each.
    """

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.answers: list[int] = []
        self.delays: list[float] = []
        merchant = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                merchant.posts.append(Post(dict(self.headers), body, time.monotonic()))
                time.sleep(merchant.delays.pop(0) if merchant.delays else 0)
                self.send_response(merchant.answers.pop(0) if merchant.answers else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.notify_url = f"http://127.0.0.1:{self._server.server_address[1]}/callbacks/wechat"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def wait_for(self, count: int) -> list[Post]:
        """The callbacks, once there are `count` of them."""
        until(lambda: len(self.posts) >= count)
        return self.posts

    def stop(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Sandbox:
    """Both sides, and short words for what tests do with them."""

    gateway: RunningGateway
    merchant: Merchant
    channel: WechatChannel
    http: requests.Session = field(default_factory=requests.Session)

    def prepay(self, number: str, amount_fen: int = 8700, **changes: Any) -> Prepay:
        """An order of the merchant's, waiting for its payer until an hour from now."""
        asked: dict[str, Any] = {
            "description": "番茄炒蛋, 米饭",
            "payer_openid": "oPayer",
            "notify_url": self.merchant.notify_url,
            "expires_at": datetime.fromtimestamp(self.gateway.house.clock.now(), UTC) + timedelta(hours=1),
        }
        return self.channel.prepay(number, amount_fen, **(asked | changes))

    def pay(self, number: str, at: str | None = None) -> requests.Response:
        """The payer pays."""
        return self.http.post(f"{self.gateway.address}/sandbox/pay/{number}", json={"at": at} if at else {}, timeout=5)

    def paid(self, number: str, amount_fen: int = 8700, at: str | None = None) -> None:
        """An order that is paid."""
        self.prepay(number, amount_fen)
        assert self.pay(number, at).status_code == 200

    def refund(self, number: str, refund_number: str, amount_fen: int, total_fen: int = 8700) -> Any:
        """A refund asked for."""
        return self.channel.refund(number, refund_number, amount_fen, total_fen, "不想要了", self.merchant.notify_url)

    def wait_until_refunded(self, refund_number: str) -> None:
        """The channel is done with a refund."""
        def done() -> bool:
            with self.gateway.house.store.reading() as connection:
                row = connection.execute("SELECT state FROM refund WHERE out_refund_no = ?", (refund_number,)).fetchone()
            return row is not None and row["state"] == "SUCCESS"

        until(done)

    def fault(self, kind: str, scope: str = "callbacks", count: int = 1, seconds: float | None = None) -> None:
        """The next `count` go wrong."""
        asked: dict[str, Any] = {"kind": kind, "scope": scope, "count": count, "seconds": seconds}
        assert self.http.post(f"{self.gateway.address}/sandbox/faults", json=asked, timeout=5).status_code == 201

    def set_clock(self, now: str | None) -> None:
        """It is `now` in the simulation."""
        assert self.http.put(f"{self.gateway.address}/sandbox/clock", json={"now": now}, timeout=5).ok

    def callbacks(self, subject: str) -> list[dict[str, Any]]:
        """What the gateway says of the callbacks about a number."""
        answer = self.http.get(f"{self.gateway.address}/sandbox/callbacks.json", params={"subject": subject}, timeout=5)
        found: list[dict[str, Any]] = answer.json()["callbacks"]
        return found

    def read(self, post: Post) -> Callback:
        """What a callback says, read as the product reads it."""
        return self.channel.read_callback(post.headers, post.body, datetime.now(UTC))


@contextmanager
def sandbox(folder: Path, speed: float = 1000.0, timeout_seconds: float = 5.0) -> Iterator[Sandbox]:
    """A gateway over `folder`, with keys that are made once for all tests."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "keys").exists():
        shutil.copytree(_keys(), folder / "keys")
    running, merchant = RunningGateway(Settings(folder, speed)), Merchant()
    account = WechatAccount.read(running.house.keys.merchant_folder)
    try:
        yield Sandbox(running, merchant, WechatChannel(account, running.address, timeout_seconds))
    finally:
        running.stop()
        merchant.stop()


def until(happened: Callable[[], bool]) -> None:
    """Wait for something that is about to happen; fail after half a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within half a minute"
        time.sleep(0.005)


@cache
def _keys() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="gateway-keys-"))
    return ensure_keys(folder).merchant_folder.parent
