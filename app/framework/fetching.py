"""Read an address that a person typed: over HTTP, from the public internet only, little of it, and not for long.

The name is resolved once, every address it has must be public, and the connection goes to the address that was looked at: a name that changes its
mind between the look and the call (DNS rebinding) leads nowhere else. Redirects are followed by hand, each under the same rules.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, urljoin, urlsplit

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal

REDIRECTS_AT_MOST = 3
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
    """What stands at `url`, at most so many bytes, within so many seconds in all. Raises AddressRefused, FetchFailed, TooMuch."""
    until = time.monotonic() + seconds
    for _ in range(REDIRECTS_AT_MOST + 1):
        parts = _checked(url)
        answer, connection = _ask(parts, until)
        try:
            if answer.status in {301, 302, 303, 307, 308}:
                url = urljoin(url, answer.headers.get("Location", ""))
                continue
            if answer.status != 200:
                raise FetchFailed(why=f"HTTP {answer.status}")
            return _body(answer, connection, at_most, until)
        finally:
            connection.close()
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


def _ask(parts: SplitResult, until: float) -> tuple[HTTPResponse, HTTPConnection]:
    host, port = parts.hostname or "", PORTS[parts.scheme]
    address = public_address(host, port)
    connection = HTTPConnection(host, port, timeout=_left(until))
    try:
        raw = socket.create_connection((address, port), timeout=_left(until))
        connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host) if parts.scheme == "https" else raw
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": "Baiye/1", "Accept": "*/*", "Accept-Encoding": "identity"})
        return connection.getresponse(), connection
    except (OSError, HTTPException, ValueError) as failed:
        connection.close()
        raise FetchFailed(why=str(_l("对方没有回应"))) from failed


def _body(answer: HTTPResponse, connection: HTTPConnection, at_most: int, until: float) -> bytes:
    content = bytearray()
    try:
        while True:
            if connection.sock is not None:
                connection.sock.settimeout(_left(until))
            part = answer.read(CHUNK)
            content += part
            if len(content) > at_most:
                raise TooMuch(field="address", kilobytes=at_most // 1024)
            if not part:
                return bytes(content)
    except (OSError, HTTPException) as failed:
        raise FetchFailed(why=str(_l("对方没有回应"))) from failed


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise FetchFailed(why=str(_l("对方没有回应")))
    return left


