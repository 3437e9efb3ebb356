"""What every answer says to the browser: a content security policy with a nonce, and its companions."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request


def init_app(app: Flask) -> None:
    """Add the headers to every answer, and `csp_nonce` to templates."""
    app.jinja_env.globals.update(csp_nonce=csp_nonce)
    app.after_request(_secure)


def csp_nonce() -> str:
    """The nonce of this answer: scripts and style blocks of ours carry it, what is injected does not."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def let_compile() -> None:
    """This answer's page may compile WebAssembly of ours (the decoder of codes); text is still never run."""
    g.csp_compiles = True


def policy(nonce: str | None, gateway: str, *, compiles: bool = False) -> str:
    """The policy's text; `gateway` is the origin of the payer's page, the only foreign place a form may lead to."""
    extra = f" 'nonce-{nonce}'" if nonce else ""
    engine = " 'wasm-unsafe-eval'" if compiles else ""
    return "; ".join((
        "default-src 'self'", f"script-src 'self'{extra}{engine}", f"style-src 'self'{extra}", "img-src 'self' data: blob:", "object-src 'none'",
        "frame-ancestors 'none'", "base-uri 'none'", f"form-action 'self' {gateway}".rstrip(),
    ))


def _secure(response: Response) -> Response:
    headers = response.headers
    gateway = _origin(current_app.config.get("WECHAT_PAY_URL", ""))
    headers.setdefault("Content-Security-Policy", policy(g.get("csp_nonce"), gateway, compiles=g.get("csp_compiles", False)))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if response.mimetype == "text/html":
        headers.setdefault("Cache-Control", "no-store")
    return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
