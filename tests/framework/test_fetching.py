"""Reading an address that a person typed: what is read, and where nothing can lead."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.framework import fetching
from app.framework.fetching import AddressRefused, FetchFailed, TooMuch, fetch

LIMIT = 2048
PAGES = {"/small": b"BEGIN:VCALENDAR", "/%E6%97%A5%E5%8E%86?a=1%2F2&b=c%20d": b"BEGIN", "/full": b"x" * LIMIT, "/large": b"x" * (LIMIT + 1)}
REDIRECTS = {"/moved": "/small", "/round": "/round", "/inside": "http://10.0.0.8/", "/file": "file:///etc/hostname", "/nowhere": ""}


class Site(BaseHTTPRequestHandler):
    """A site with small and large pages, redirects, and pages that drip or break off."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        """Answer by path."""
        if self.path in REDIRECTS:
            self.send_response(302)
            self.send_header("Location", REDIRECTS[self.path])
            self.end_headers()
        elif self.path == "/drips":
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.05)
        elif self.path == "/drips-heads":
            for letter in "HTTP/1.0 200 OK\r\nA: " + "a" * 40:
                self.wfile.write(letter.encode())
                self.wfile.flush()
                time.sleep(0.05)
        elif self.path == "/breaks":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"BEGIN:VCALENDAR")
        elif self.path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nBEGIN\r\na\r\n:VCALENDAR\r\n0\r\n\r\n")
        elif self.path in PAGES:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(PAGES[self.path])
        else:
            self.send_error(404)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


def certificate(tmp_path: Path, name: str) -> Path:
    """A file with a key and a certificate for `name`, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject, today = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    signed = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(key, hashes.SHA256())
    file = tmp_path / "site.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return file


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a site that stands on this machine and counts as public."""
    real = fetching.public_address
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    monkeypatch.setitem(fetching.PORTS, "http", server.server_port)
    monkeypatch.setattr(fetching, "public_address", lambda host, port: "127.0.0.1" if host == "calendar.example" else real(host, port))
    Thread(target=server.serve_forever, daemon=True).start()
    yield "http://calendar.example"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "content"), [("/small", PAGES["/small"]), ("/full", PAGES["/full"]), ("/moved", PAGES["/small"]), ("/chunks", b"BEGIN:VCALENDAR"),
     ("/日历?a=1%2F2&b=c d", b"BEGIN")],
)
def test_what_stands_there_is_read_redirects_followed(site: str, path: str, content: bytes) -> None:
    assert fetch(site + path, at_most=LIMIT) == content


@pytest.mark.parametrize(
    ("path", "refusal", "words"),
    [
        ("/large", TooMuch, "最多 2 KB"), ("/missing", FetchFailed, "HTTP 404"), ("/round", FetchFailed, "转来转去"), ("/nowhere", FetchFailed, "转来转去"),
        ("/breaks", FetchFailed, "没有读完"),
        ("/inside", AddressRefused, "公网地址"), ("/file", AddressRefused, "公网地址"),
    ],
)
def test_what_is_not_read_says_why(site: str, path: str, refusal: type[Exception], words: str) -> None:
    with pytest.raises(refusal) as refused:
        fetch(site + path, at_most=LIMIT)
    assert words in str(refused.value)


@pytest.mark.parametrize("path", ["/drips", "/drips-heads"])
def test_a_page_that_drips_is_left_when_the_time_is_over(site: str, path: str) -> None:
    began = time.monotonic()
    with pytest.raises(FetchFailed):
        fetch(site + path, at_most=LIMIT, seconds=0.3)
    assert time.monotonic() - began < 1.5, "the whole page takes two seconds"


@pytest.mark.parametrize(("name", "read"), [("calendar.example", True), ("another.example", False)])
def test_a_site_with_the_certificate_of_another_is_not_read(
    site: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, read: bool,
) -> None:
    file, make = certificate(tmp_path, name), ssl.create_default_context
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.socket = ours.wrap_socket(server.socket, server_side=True)
    monkeypatch.setitem(fetching.PORTS, "https", server.server_port)
    monkeypatch.setattr(ssl, "create_default_context", lambda: make(cafile=str(file)))
    Thread(target=server.serve_forever, daemon=True).start()
    address = site.replace("http:", "https:")
    try:
        if read:
            assert fetch(f"{address}/small", at_most=LIMIT) == PAGES["/small"]
        else:
            with pytest.raises(FetchFailed):
                fetch(f"{address}/small", at_most=LIMIT)
    finally:
        server.shutdown()
        server.server_close()


def test_a_site_that_never_says_hello_is_left_when_the_time_is_over(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setitem(fetching.PORTS, "https", silent.getsockname()[1])
        with pytest.raises(FetchFailed):
            fetch(f"{site.replace('http:', 'https:')}/small", at_most=LIMIT, seconds=0.3)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.com/a", "file:///etc/passwd", "example.com", "http:///a", "http://[bad", "http://example.com:22/", "http://example.com:99999/",
        "http://name:word@example.com/", "http://127.0.0.1/", "http://localhost/", "http://2130706433/", "http://10.0.0.1/", "http://192.168.1.1/",
        "http://169.254.169.254/latest/", "http://100.64.0.1/", "http://0.0.0.0/", "http://224.0.0.1/", "http://[::1]/", "http://[::ffff:10.0.0.1]/",
        "http://[fd00::1]/", "http://[ff0e::1]/",
    ],
)
def test_no_address_leads_inside(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    called: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda *where, **_: called.append(where))
    with pytest.raises(AddressRefused) as refused:
        fetch(address, at_most=LIMIT)
    assert (refused.value.field, called) == ("address", [])


def test_a_name_that_changes_its_mind_leads_where_it_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, called = iter(["93.184.216.34", "127.0.0.1"]), []

    def connect(where: tuple[str, int], **_: Any) -> socket.socket:
        called.append(where)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 80))])
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(FetchFailed):
        fetch("http://rebind.example/", at_most=LIMIT)
    assert called == [("93.184.216.34", 80)]


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 80)) for each in ("93.184.216.34", "10.0.0.8")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(AddressRefused):
        fetching.public_address("half.example", 80)
