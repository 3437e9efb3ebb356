"""Where a file is reached: public pictures by their key, everything else by a short-lived link for one person."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound, Refusal
from app.kernel.files.models import StoredFile

MINUTES = 10


class LinkExpired(Refusal):
    """The link was good once."""

    code = "file.link_expired"
    status = 410
    sentence = _l("链接已过期，回到原来的页面刷新再打开")


def public_address(key: str | None) -> str | None:
    """The address of a public image, None for an empty key."""
    return f"/media/{key}.webp" if key else None


def thumbnail_address(key: str | None) -> str | None:
    """The address of a public image at most 480 pixels wide and high, None for an empty key."""
    return f"/media/{key}-s.webp" if key else None


def signed_link(file: StoredFile, actor: Actor, *, now: datetime, minutes: int = MINUTES) -> str:
    """An address under which this actor, and nobody else, may open the file for some minutes."""
    until = int((now + timedelta(minutes=minutes)).timestamp())
    return f"/files/{file.key}.{until}.{_signature(file.key, until, actor)}"


def key_of(token: str, actor: Actor, now: datetime) -> str:
    """The file key of a link that was made for `actor`. Raises NotFound for a forged or borrowed one, LinkExpired for an old one."""
    key, _, rest = token.partition(".")
    until, _, signature = rest.partition(".")
    if not (until.isascii() and until.isdecimal() and len(until) <= 12):
        raise NotFound
    if not hmac.compare_digest(signature.encode(), _signature(key, int(until), actor).encode()):
        raise NotFound
    if now.timestamp() > int(until):
        raise LinkExpired
    return key


def _signature(key: str, until: int, actor: Actor) -> str:
    message = f"{key}:{until}:{actor.kind}:{actor.id}".encode()
    digest = hmac.new(current_app.config["LINK_KEY"].encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()
