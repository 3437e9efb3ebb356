"""Bytes on disk under FILES_FOLDER, by server-made names: `public` for pictures that anybody may see, `private` for the rest."""

from __future__ import annotations

import os
import re
from pathlib import Path

from flask import current_app

KEY = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


def public_path(key: str, *, small: bool = False) -> Path:
    """Where the public picture `key` lies, or its thumbnail."""
    return _folder("public", key) / f"{key}{'-s' if small else ''}.webp"


def private_path(key: str) -> Path:
    """Where the private file `key` lies."""
    return _folder("private", key) / key


def write(path: Path, content: bytes) -> None:
    """Put the bytes there whole or not at all, readable by this account only, on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _folder(side: str, key: str) -> Path:
    if not KEY.fullmatch(key):
        raise ValueError(f"not a file key: {key!r}")
    return Path(current_app.config["FILES_FOLDER"]) / side / key[:2]
