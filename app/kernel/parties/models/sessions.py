"""Codes, signed-in browsers, failures to sign in, and the demo's mark."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import STAFF_ONLY
from app.framework.database import Moment


class PhoneCode(Model):
    """A one-time code sent to a phone: hashed, limited in tries, gone in minutes."""

    __tablename__ = "party_phone_code"
    __access__ = STAFF_ONLY

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    phone_index: Mapped[str] = mapped_column(String(64), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    address: Mapped[str] = mapped_column(String(45), default="")


class ConsoleSession(Model):
    """A signed-in browser: the token is stored hashed, so reading the table signs nobody in."""

    __tablename__ = "party_session"
    __access__ = STAFF_ONLY

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    address: Mapped[str] = mapped_column(String(45), server_default="")
    agent: Mapped[str] = mapped_column(String(200), server_default="")


class SignInFailure(Model):
    """A failed sign-in by account or address, counted for the lock-out across all web nodes."""

    __tablename__ = "party_sign_in_failure"
    __access__ = STAFF_ONLY
    __table_args__ = (Index("ix_party_sign_in_failure_who", "who", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    who: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Moment)


class DemoRun(Model):
    """When the demo town was begun and when it stood: one row at most, so that half a town is never taken for a whole one."""

    __tablename__ = "party_demo_run"
    __access__ = STAFF_ONLY
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    began_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
