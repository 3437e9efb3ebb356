"""The doors of files: public pictures, signed links, the upload of pictures."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, jsonify, request, send_file
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.core.errors import NotFound
from app.extensions import db, limiter
from app.framework.console.page import Page, expose, page_access, sign_in_first
from app.kernel.files.links import key_of, public_address, thumbnail_address
from app.kernel.files.models import StoredFile
from app.kernel.files.operations import FileBroken, open_file, store_image
from app.kernel.files.storage import KEY, public_path

A_YEAR = 31_536_000


class MediaPage(Page):
    """`/media/<key>.webp`: pictures of dishes and shops, for everybody, kept by browsers for a year: a key never changes its picture."""

    name = "files.media"
    route_base = "/media"
    title = _l("图片")

    @expose("/<key>.webp")
    def index(self, key: str) -> Response:
        """The picture, or with `-s` behind the key its thumbnail. No private file lies where this looks."""
        plain = key.removesuffix("-s") if len(key) == 34 else key
        if not KEY.fullmatch(plain):
            raise NotFound
        path = public_path(plain, small=plain != key)
        if not path.is_file():
            raise NotFound
        answer = send_file(path, mimetype="image/webp", max_age=A_YEAR, etag=key)
        answer.cache_control.public, answer.cache_control.immutable = True, True
        return answer


class FilesPage(Page):
    """`/files/<token>`: what a signed link opens. `/files/upload`: a public picture, for forms."""

    name = "files"
    route_base = "/files"
    title = _l("文件")
    words = {"upload": _l("上传图片")}

    @expose("/<token>")
    def open(self, token: str) -> Response:
        """The file, if the link was made for this person, has not expired, and the file is still in the person's scope."""
        actor, now = self.actor, clock.now()
        if actor.kind not in {"staff", "member"}:
            return sign_in_first()
        key = key_of(token, actor, now)
        file = db.session.scalars(select(StoredFile).where(StoredFile.key == key)).one_or_none()
        if file is None:
            raise NotFound
        return _answer(file, open_file(file, actor=actor, now=now))

    @expose("/upload", methods=["POST"])
    @limiter.limit("60 per minute")
    @page_access("can_upload")
    def upload(self) -> Response:
        """Keep the picture of the field `file`; answer its key and addresses as JSON."""
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise FileBroken(field="file")
        file = store_image(sent.stream, sent.filename, actor=self.actor, now=clock.now())
        return jsonify({"key": file.key, "url": public_address(file.key), "thumbnail": thumbnail_address(file.key)})


def _answer(file: StoredFile, content: bytes) -> Response:
    """The bytes with headers that let a browser show a picture and save everything else, and run nothing."""
    how = "inline" if file.is_image else "attachment"
    answer = Response(content, mimetype=file.mime)
    answer.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(file.name, safe='')}"
    answer.headers["Cache-Control"] = "private, no-store" if file.encrypted else "private, max-age=300"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
