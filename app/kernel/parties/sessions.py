"""Server-side sessions in the database: listable, ended at sign-out, password reset, or from another device."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import CallbackDict

from app.core.clock import now
from app.extensions import db
from app.framework import opening
from app.framework.database import elevated
from app.framework.json_coding import decode, encode
from app.framework.observability import log

SEEN_EVERY = timedelta(minutes=1)
OPEN = """SELECT session.data, session.seen_at, {more} FROM party_session AS session LEFT JOIN ab_user AS person ON person.id = session.user_id
    WHERE session.id = :id AND session.expires_at > :now"""


class StoredSession(CallbackDict, SessionMixin):
    """The session of one browser. `token` is what the cookie holds, None until something must be remembered."""

    def __init__(self, token: str | None, data: dict[str, Any], stale: bool = False) -> None:
        def changed(session: StoredSession) -> None:
            session.modified = True

        super().__init__(data, changed)
        self.token, self.stale, self.modified = token, stale, False
        self.dropped: list[str] = []

    def renew(self) -> None:
        """Give the session a new token and forget the old one: done at each sign-in, against fixation."""
        if self.token:
            self.dropped.append(self.token)
        self.token, self.modified = None, True
        opening.forget_opening()


class DatabaseSessions(SessionInterface):
    """Loads with one query, together with what every page must know first; saves when something changed or a minute has passed."""

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        """The session that the cookie names, or a new empty one; API calls and machines have none."""
        token = request.cookies.get(app.config["SESSION_COOKIE_NAME"])
        if not token or request.path.startswith(("/api/", "/static/", "/healthz", "/readyz", "/metrics")):
            return StoredSession(None, {})
        try:
            with elevated():
                row = db.session.execute(text(OPEN.format(more=opening.expressions())), {"id": digest(token), "now": now()}).mappings().one_or_none()
        except SQLAlchemyError:
            db.session.rollback()
            return StoredSession(None, {})
        if row is None:
            return StoredSession(None, {})
        opening.hand_over(row)
        return StoredSession(token, decode(row["data"]), stale=now() - row["seen_at"] > SEEN_EVERY)

    def save_session(self, app: Flask, session: StoredSession, response: Response) -> None:  # type: ignore[override]
        """Write what changed in a transaction of its own, after the request's; an answer goes out even when the database is away."""
        try:
            for token in session.dropped:
                _delete(token)
            if not session and session.modified and session.token:
                _delete(session.token)
                response.delete_cookie(app.config["SESSION_COOKIE_NAME"], path="/")
            elif session and (session.modified or session.stale):
                self._write(app, session, response)
        except SQLAlchemyError as away:
            db.session.rollback()
            log.error("session not saved", error=str(away))

    def _write(self, app: Flask, session: StoredSession, response: Response) -> None:
        fresh = session.token is None
        session.token = session.token or secrets.token_urlsafe(32)
        expires = now() + app.permanent_session_lifetime
        db.session.execute(
            text(
                "INSERT INTO party_session (id, user_id, data, created_at, seen_at, expires_at, address, agent)"
                " VALUES (:id, :user_id, CAST(:data AS jsonb), :now, :now, :expires, :address, :agent)"
                " ON CONFLICT (id) DO UPDATE SET data = excluded.data, user_id = excluded.user_id, seen_at = excluded.seen_at"
            ),
            {
                "id": digest(session.token), "user_id": int(session["_user_id"]) if session.get("_user_id") else None, "data": encode(dict(session)),
                "now": now(), "expires": expires, "address": request.remote_addr or "", "agent": (request.user_agent.string or "")[:200],
            },
        )
        db.session.commit()
        if fresh:
            response.set_cookie(
                app.config["SESSION_COOKIE_NAME"], session.token, max_age=app.permanent_session_lifetime, httponly=True,
                secure=self.get_cookie_secure(app), samesite="Lax", path="/",
            )


def digest(token: str) -> str:
    """How a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def _delete(token: str) -> None:
    db.session.execute(text("DELETE FROM party_session WHERE id = :id"), {"id": digest(token)})
    db.session.commit()
