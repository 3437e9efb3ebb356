"""The simulator as a program: one Flask application, one bounded server, one worker, on loopback only."""

from __future__ import annotations

import ipaddress
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler

from gateway import bills, faults, locks, login, messages, pages, payments, receivers, refunds, sharing, sharing_returns, subscribe, transfers
from gateway.clock import Clock
from gateway.context import Gateway, Settings, gateway
from gateway.faults import take_fault
from gateway.keys import ensure_keys
from gateway.refusals import Refused
from gateway.signing import check_request, signed_headers
from gateway.store import Store
from gateway.worker import Worker

ANSWERING_THREADS = 16
IDLE_SECONDS = 30
POLL_SECONDS = 0.1
SLOW_SECONDS = 10.0
LARGEST_BODY = 256 * 1024


class NotLoopback(ValueError):
    """A simulator that answers other machines would be taken for a bank by somebody."""


def create_gateway(settings: Settings) -> Flask:
    """The application over the keys and store in `settings.folder`; time passes only while a Worker runs."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.extensions["gateway"] = Gateway(
        settings, ensure_keys(settings.folder), Store(settings.folder), Clock(settings.speed)
    )
    app.before_request(_admit)
    app.after_request(_sign)
    app.register_error_handler(Refused, _refused)
    for noun in (payments, refunds, receivers, sharing, sharing_returns, transfers, bills, login, messages, subscribe, locks, faults, pages):
        app.register_blueprint(noun.blueprint)
    return app


class RunningGateway:
    """A simulator that answers on `address` from the moment it is made until stop(). Port 0 takes a free one."""

    def __init__(self, settings: Settings, host: str = "127.0.0.1", port: int = 0) -> None:
        if not is_loopback(host):
            raise NotLoopback(f"{host} is not a loopback address; the simulated gateway listens nowhere else")
        self.app = create_gateway(settings)
        self.house: Gateway = self.app.extensions["gateway"]
        self._server = _Server(host, port, self.app)
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{self._server.port}"
        self._worker = Worker(self.house)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[POLL_SECONDS], daemon=True)
        self._worker.start()
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more; what waits for delivery stays in the store."""
        self.house.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._worker.stop()


def serve(host: str, port: int, folder: Path, notify_speed: float = 1.0) -> None:
    """Run until SIGINT or SIGTERM; `notify_speed` shortens the waits of callbacks and refunds.

    Raises NotLoopback for an address that other machines reach.
    """
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    running = RunningGateway(Settings(folder, notify_speed), host, port)
    print(f"模拟 SANDBOX payment gateway: {running.address}", flush=True)
    asked_to_stop.wait()
    running.stop()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _admit() -> None:
    """Only browsers and programs of this machine, naming it as such; under /v3 only what the merchant signed."""
    for source in (f"//{request.host}", request.headers.get("Origin", f"//{request.host}")):
        if not is_loopback(urlsplit(source).hostname or ""):
            raise Refused(403, "LOOPBACK_ONLY", "模拟网关只在本机使用")
    g.fault = None
    if not request.path.startswith("/v3/"):
        return
    house = gateway()
    target = request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
    check_request(house.keys, request.method, target, request.get_data(), request.headers.get("Authorization", ""))
    with house.store.writing() as connection:
        g.fault = take_fault(connection, "requests")
    if g.fault is not None and g.fault["kind"] == "http_500":
        raise Refused(500, "SYSTEM_ERROR", "系统异常，用相同参数重新调用")


def _sign(response: Response) -> Response:
    """Answers of the pay interface are signed, and go wrong here when a fault was ordered."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if not request.path.startswith("/v3/"):
        return response
    fault: Any = g.get("fault")
    kind = fault["kind"] if fault is not None else None
    if kind == "slow":
        gateway().stopping.wait(SLOW_SECONDS if fault["seconds"] is None else fault["seconds"])
    if kind == "lost":
        _cut_the_line(request.environ.get("werkzeug.socket"))
    if response.mimetype != "application/octet-stream":
        response.headers.update(signed_headers(gateway().keys, response.get_data(as_text=True), kind))
    return response


def _refused(refused: Refused) -> ResponseReturnValue:
    return {"code": refused.code, "message": refused.message}, refused.status


def _cut_the_line(line: socket.socket | None) -> None:
    if line is not None:
        line.shutdown(socket.SHUT_RDWR)


class _Handler(WSGIRequestHandler):
    """Quiet, and not held up by a caller who says nothing."""

    timeout = IDLE_SECONDS

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the index page shows what happened."""


class _Server(BaseWSGIServer):
    """Answers with a fixed number of threads; more callers wait their turn."""

    multithread = True

    def __init__(self, host: str, port: int, app: Flask) -> None:
        super().__init__(host, port, app, _Handler)
        self._threads = ThreadPoolExecutor(ANSWERING_THREADS, thread_name_prefix="gateway-answer")

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hand the caller to the next free thread."""
        self._threads.submit(self._answer, request, client_address)

    def server_close(self) -> None:
        """Close the door and let the answers under way finish."""
        super().server_close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _answer(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except Exception:  # whatever one caller caused, the thread goes on to the next: as socketserver does
            self.handle_error(request, client_address)
        finally:
            self.shutdown_request(request)
