"""A POST that moves money or stock happens once per (caller, key), however often it is sent.

The answer is stored by the transaction that did the work, so there is never one without the other. While the first is
under way a second is told 409; the same key with another body is told 422.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime

from flask import Response, request
from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, LargeBinary, String, UniqueConstraint, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actors import Actor
from app.core.clock import now
from app.core.errors import Refusal
from app.extensions import db
from app.framework.access import STAFF_ONLY
from app.framework.database import Moment, elevated


class KeyMissing(Refusal):
    """The header is missing or not 8 to 80 of [0-9A-Za-z_-]."""

    code = "idempotency.key_missing"
    status = 400
    sentence = _l("这个请求要带 Idempotency-Key：8 到 80 个字母、数字、_ 或 -，每个新操作换一个")


class KeyInFlight(Refusal):
    """The first request with this key has not been answered yet."""

    code = "idempotency.in_flight"
    status = 409
    sentence = _l("同一个 Idempotency-Key 的请求正在处理，等它的结果")


class KeyReused(Refusal):
    """The key was used for a different request."""

    code = "idempotency.reused"
    status = 422
    sentence = _l("这个 Idempotency-Key 已经用于另一个请求，换一个")


class StoredAnswer(Model):
    """The answer to one request, kept so that a replay gets the same."""

    __tablename__ = "api_stored_answer"
    __access__ = STAFF_ONLY
    __table_args__ = (UniqueConstraint("caller", "key"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    caller: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment, index=True)


_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:lock, 0))")
_STORED = select(StoredAnswer.request_hash, StoredAnswer.status, StoredAnswer.body).where(
    StoredAnswer.caller == bindparam("caller"), StoredAnswer.key == bindparam("key")
)
# Work that calls outside commits on the way and gives the lock back: whoever stored first stays.
_STORE = insert(StoredAnswer.__table__).on_conflict_do_nothing()


def answered_once(actor: Actor, endpoint: str, work: Callable[[], Response]) -> Response:
    """Do `work` and store its answer, or give the stored answer of the request that came first."""
    key = request.headers.get("Idempotency-Key", "")
    if not re.fullmatch(r"[0-9A-Za-z_-]{8,80}", key):
        raise KeyMissing(field="Idempotency-Key")
    caller = f"{actor.kind}:{actor.id}" + (f"@{actor.merchant_id}" if actor.merchant_id else "")
    asked = hashlib.sha256(f"{endpoint} {request.path}\n".encode() + request.get_data()).hexdigest()
    with elevated():
        if not db.session.execute(_LOCK, {"lock": f"{caller}/{key}"}).scalar_one():
            raise KeyInFlight
        row = db.session.execute(_STORED, {"caller": caller, "key": key}).one_or_none()
    if row is not None:
        if row.request_hash != asked:
            raise KeyReused
        return Response(row.body, row.status, mimetype="application/json", headers={"Idempotent-Replay": "true"})
    response = work()
    with elevated():
        db.session.execute(_STORE, {
            "caller": caller, "key": key, "request_hash": asked, "status": response.status_code, "body": response.get_data(), "at": now(),
        })
    return response
