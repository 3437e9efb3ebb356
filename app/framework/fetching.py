"""Read an address that a person typed: over HTTP, from the public internet only, little of it, and not for long.

The name is resolved once, every address it has must be public, and the connection goes to the address that was looked at: a name that changes its
mind between the look and the call (DNS rebinding) leads nowhere else. Redirects are followed by hand, each under the same rules.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import string
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Timer
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal

REDIRECTS, REDIRECTS_AT_MOST = frozenset({301, 302, 303, 307, 308}), 3
PORTS = {"http": 80, "https": 443}
CHUNK = 16_384


class AddressRefused(Refusal):
    """The address is no http(s) address, or leads into a private network."""

    code = "fetch.address_refused"
    status = 422
    sentence = _l("这个地址不能读：要用 http 或 https 开头的公网地址")


class FetchFailed(Refusal):
    """Nobody answered in time, or not with what was asked for."""

    code = "fetch.failed"
    status = 502
    sentence = _l("没有读到：%(why)s")


class TooMuch(Refusal):
    """The answer is larger than what is taken."""

    code = "fetch.too_much"
    status = 422
    sentence = _l("内容太大，最多 %(kilobytes)d KB")


def fetch(url: str, *, at_most: int, seconds: float = 10.0) -> bytes:
    """The whole of what stands at `url`, at most so many bytes, within so many seconds in all, the look-ups of names aside.

    Raises AddressRefused, FetchFailed (also when the answer breaks off), TooMuch.
    """
    until = time.monotonic() + seconds
    for _ in range(REDIRECTS_AT_MOST + 1):
        with _answer(_checked(url), until) as answer:
            if answer.status == 200:
                return _body(answer, at_most, until)
            if answer.status not in REDIRECTS:
                raise FetchFailed(why=f"HTTP {answer.status}")
            url = urljoin(url, answer.headers.get("Location", ""))
    raise FetchFailed(why=str(_l("转来转去")))


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise AddressRefused(field="address") from wrong
    if parts.scheme not in PORTS or not parts.hostname or parts.username or parts.password or port not in {None, PORTS[parts.scheme]}:
        raise AddressRefused(field="address")
    return parts


def public_address(host: str, port: int) -> str:
    """An address of the host, when all that it has are public. Raises AddressRefused, FetchFailed."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as unknown:
        raise FetchFailed(why=str(_l("找不到这个网址"))) from unknown
    if not found or not all(ipaddress.ip_address(each).is_global and not ipaddress.ip_address(each).is_multicast for each in found):
        raise AddressRefused(field="address")
    return sorted(found)[0]


@contextmanager
def _answer(parts: SplitResult, until: float) -> Iterator[HTTPResponse]:
    """The answer of the address that was looked at. When the time is over the line is shut, whatever is waited for: a byte now and then is no answer."""
    host, port = parts.hostname or "", PORTS[parts.scheme]
    address = public_address(host, port)
    with ExitStack() as closing:
        try:
            line = closing.enter_context(socket.create_connection((address, port), timeout=_left(until)))
            if parts.scheme == "https":
                line = closing.enter_context(ssl.create_default_context().wrap_socket(line, server_hostname=host, do_handshake_on_connect=False))
            watch = Timer(_left(until), _shut, (line,))
            watch.daemon = True
            watch.start()
            closing.callback(watch.cancel)
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            connection = HTTPConnection(host, port)
            connection.sock = line
            path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=string.punctuation)
            connection.request("GET", path, headers={"User-Agent": "Baiye/1", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"})
            yield closing.enter_context(connection.getresponse())
        except (OSError, HTTPException, ValueError) as failed:
            raise FetchFailed(why=str(_l("对方没有回应"))) from failed


def _shut(line: socket.socket) -> None:
    with suppress(OSError):  # it may be closed by now
        socket.socket.shutdown(line, socket.SHUT_RDWR)  # not SSLSocket's, which would go on in the clear


def _body(answer: HTTPResponse, at_most: int, until: float) -> bytes:
    announced, content, part = answer.length, bytearray(), b"."
    while part and len(content) <= at_most and len(content) != announced:
        part = answer.read1(CHUNK)
        content += part
    if len(content) > at_most:
        raise TooMuch(field="address", kilobytes=at_most // 1024)
    _left(until)  # a line that was shut ends like one that was read
    if announced is not None and len(content) < announced:
        raise FetchFailed(why=str(_l("没有读完就断了")))
    return bytes(content)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise FetchFailed(why=str(_l("对方没有回应")))
    return left


