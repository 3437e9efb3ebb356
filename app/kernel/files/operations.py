"""Store a file, open a file."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import BinaryIO

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.periods import local
from app.framework.database import save
from app.framework.sealing import open_bytes, seal_bytes
from app.kernel.audit.operations import append
from app.kernel.files import pictures, storage
from app.kernel.files.models import DOCUMENT, PUBLIC_IMAGE, StoredFile
from app.kernel.files.rules import DOCUMENT_AT_MOST, IMAGE_AT_MOST, MEGABYTE, claimed_kind, is_calm_pdf, real_kind, shown_name

LONGEST, LONGEST_DOCUMENT, LONGEST_SMALL = 1600, 2400, 480


class FileTooLarge(Refusal):
    """More bytes than this kind of file may have."""

    code = "file.too_large"
    status = 413
    sentence = _l("文件太大，最多 %(megabytes)d MB，压缩后再传")


class FileKindRefused(Refusal):
    """The extension is not taken, or does not agree with what is inside."""

    code = "file.kind_refused"
    status = 422
    sentence = _l("这种文件不能传：%(taken)s，扩展名要和内容一致")


class FileBroken(Refusal):
    """The file says it is a picture or a document, but cannot be read as one."""

    code = "file.broken"
    status = 422
    sentence = _l("文件打不开，可能没传完或已损坏，换一个再传")


class TooManyPixels(Refusal):
    """The picture is too large to be decoded safely."""

    code = "file.too_many_pixels"
    status = 422
    sentence = _l("图片尺寸太大，最多 4000 万像素，缩小后再传")


class ActiveDocument(Refusal):
    """The PDF carries scripts, attachments, or actions."""

    code = "file.active_document"
    status = 422
    sentence = _l("PDF 里带脚本或附件，另存为普通 PDF 或拍照再传")


def store_image(
    stream: BinaryIO, name: str, *, actor: Actor, now: datetime, purpose: str = PUBLIC_IMAGE, merchant_id: int | None = None, field: str = "file",
) -> StoredFile:
    """Keep a picture as WebP without metadata; of purpose `public_image` it and its thumbnail are open to all at /media/<key>.webp.

    `merchant_id` is for staff who act for a merchant; a member's file belongs to the member's merchant. Refusals name `field`.
    """
    content = _read(stream, IMAGE_AT_MOST, field)
    if _kind(content, name, field) == "application/pdf":
        raise FileKindRefused(field=field, taken=str(_l("图片用 JPG、PNG、WebP")))
    image = _decoded(content, field)
    picture = pictures.encoded(image, LONGEST, "WEBP")
    key = secrets.token_urlsafe(24)
    if purpose == PUBLIC_IMAGE:
        storage.write(storage.public_path(key), picture.content)
        storage.write(storage.public_path(key, small=True), pictures.encoded(image, LONGEST_SMALL, "WEBP").content)
    else:
        storage.write(storage.private_path(key), picture.content)
    return _record(key, picture, "image/webp", name, purpose, actor=actor, now=now, merchant_id=merchant_id)


def store_document(
    stream: BinaryIO, name: str, *, actor: Actor, now: datetime, encrypted: bool = True, merchant_id: int | None = None, field: str = "file",
) -> StoredFile:
    """Keep a licence or another paper: a picture as JPEG without metadata, a PDF as it is; sealed on disk when `encrypted`."""
    content = _read(stream, DOCUMENT_AT_MOST, field)
    kind = _kind(content, name, field)
    if kind == "application/pdf":
        if not is_calm_pdf(content):
            raise ActiveDocument(field=field)
        kept = pictures.Picture(content, 0, 0)
    else:
        kind, kept = "image/jpeg", pictures.encoded(_decoded(content, field), LONGEST_DOCUMENT, "JPEG")
    key = secrets.token_urlsafe(24)
    storage.write(storage.private_path(key), seal_bytes(kept.content, f"file:{key}") if encrypted else kept.content)
    return _record(key, kept, kind, name, DOCUMENT, actor=actor, now=now, merchant_id=merchant_id, encrypted=encrypted)


def open_file(file: StoredFile, *, actor: Actor, now: datetime) -> bytes:
    """The content, as kept. Opening an encrypted file leaves a line in the audit; its pictures bear the reader's name."""
    path = storage.public_path(file.key) if file.purpose == PUBLIC_IMAGE else storage.private_path(file.key)
    content = path.read_bytes()
    if not file.encrypted:
        return content
    content = open_bytes(content, f"file:{file.key}")
    append("file.opened", file, actor=actor, now=now)
    return pictures.watermarked(content, watermark(actor, now)) if file.is_image else content


def watermark(actor: Actor, now: datetime) -> str:
    """The words across a document's picture: what for, who looks, when (Shanghai)."""
    when = f"{local(now):%Y-%m-%d %H:%M}"
    return f"仅供审核 {actor.name} {when}" if pictures.has_chinese_font() else f"REVIEW ONLY #{actor.id or 0} {when}"


def _read(stream: BinaryIO, at_most: int, field: str) -> bytes:
    content = stream.read(at_most + 1)
    if len(content) > at_most:
        raise FileTooLarge(field=field, megabytes=at_most // MEGABYTE)
    if not content:
        raise FileBroken(field=field)
    return content


def _kind(content: bytes, name: str, field: str) -> str:
    kind = real_kind(content)
    if kind is None or kind != claimed_kind(name):
        raise FileKindRefused(field=field, taken=str(_l("只收 JPG、PNG、WebP、PDF")))
    return kind


def _decoded(content: bytes, field: str) -> pictures.Image.Image:
    try:
        return pictures.decode(content)
    except pictures.TooManyPixelsError as refused:
        raise TooManyPixels(field=field) from refused
    except pictures.NotAPictureError as refused:
        raise FileBroken(field=field) from refused


def _record(
    key: str, kept: pictures.Picture, mime: str, name: str, purpose: str, *,
    actor: Actor, now: datetime, merchant_id: int | None, encrypted: bool = False,
) -> StoredFile:
    return save(StoredFile(
        key=key, merchant_id=actor.merchant_id or merchant_id, customer_id=actor.id if actor.kind == "customer" else None, purpose=purpose,
        name=shown_name(name), mime=mime, size=len(kept.content), sha256=hashlib.sha256(kept.content).hexdigest(), encrypted=encrypted,
        width=kept.width or None, height=kept.height or None, created_kind=actor.kind, created_by=actor.id, created_at=now,
    ))
