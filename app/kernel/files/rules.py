"""What a file may be: kinds, sizes, and what its first bytes must say. Pure functions of bytes."""

from __future__ import annotations

import re
from pathlib import PurePath

MEGABYTE = 1024 * 1024
IMAGE_AT_MOST = 10 * MEGABYTE
DOCUMENT_AT_MOST = 10 * MEGABYTE
PIXELS_AT_MOST = 40_000_000
NAME_AT_MOST = 120

EXTENSIONS = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".pdf": "application/pdf"}
# A document that runs something when it is opened is no document.
ACTIVE_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|AA)(?=[\s/<(\[])")
PDF_STREAM = re.compile(rb"\bstream\r?\n.*?\bendstream\b", re.DOTALL)


def claimed_kind(name: str) -> str | None:
    """The media type that the extension of `name` promises, None for one that is not taken."""
    return EXTENSIONS.get(PurePath(name.replace("\\", "/")).suffix.lower())


def real_kind(content: bytes) -> str | None:
    """The media type that the first bytes show, None when they are of nothing that is taken."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return None


def is_calm_pdf(content: bytes) -> bool:
    """True for a PDF that ends as one and names no active content."""
    return b"%%EOF" in content[-2048:] and ACTIVE_PDF.search(PDF_STREAM.sub(b"", content)) is None


def shown_name(name: str) -> str:
    """The sender's name for a file, without folders and control characters, at most 120 characters."""
    base = PurePath(name.replace("\\", "/")).name
    return "".join(letter for letter in base if letter.isprintable())[-NAME_AT_MOST:] or "file"
