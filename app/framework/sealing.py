"""Encryption of personal fields and files, and the blind index that finds them again.

AES-256-GCM with a random 96-bit nonce; the associated data binds a value to its place (`table:column:key`), so a
ciphertext copied to another row does not open. Keys have ids; rotation re-seals by job. NIST SP 800-38D.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app


class CannotOpen(ValueError):
    """The value is not ours, was moved from another place, or its key is gone."""


def seal_bytes(plain: bytes, place: str) -> bytes:
    """`plain` encrypted for `place`, prefixed with the key's id."""
    key_id = current_app.config["FIELD_KEY_ID"]
    nonce = os.urandom(12)
    return key_id.encode() + b":" + nonce + AESGCM(_key(key_id)).encrypt(nonce, plain, place.encode())


def open_bytes(sealed: bytes, place: str) -> bytes:
    """What `seal_bytes` was given; raises CannotOpen."""
    key_id, _, rest = sealed.partition(b":")
    try:
        return AESGCM(_key(key_id.decode())).decrypt(rest[:12], rest[12:], place.encode())
    except (InvalidTag, KeyError, UnicodeDecodeError, ValueError) as refused:
        raise CannotOpen(place) from refused


def seal(text: str, place: str) -> str:
    """A short text encrypted for `place`, as printable characters."""
    return base64.b64encode(seal_bytes(text.encode(), place)).decode()


def unseal(sealed: str, place: str) -> str:
    """The text again."""
    return open_bytes(base64.b64decode(sealed), place).decode()


def blind_index(value: str, purpose: str) -> str:
    """HMAC-SHA256 of a value under a key of its own: equal values meet, nothing is revealed without the key."""
    key = current_app.config["BLIND_INDEX_KEY"].encode()
    return hmac.new(key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()


def _key(key_id: str) -> bytes:
    return hashlib.sha256(current_app.config["FIELD_KEYS"][key_id].encode()).digest()
