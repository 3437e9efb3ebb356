"""Audit entries, appended in the transaction of the act, and the blocks that chain them by hash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import BigInteger, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import STAFF_ONLY, owned
from app.framework.database import Moment


class AuditEntry(Model):
    """One act. `subject_type` is a table's name, `subject_id` its key; `changes` maps field → [before, after]."""

    __tablename__ = "audit_entry"
    __access__ = owned("merchant_id", customer="customer_id", appendable=True)
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject_type", "subject_id", "id"),
        Index("ix_audit_entry_merchant", "merchant_id", "id"),
        Index("ix_audit_entry_tx", "tx"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    action: Mapped[str] = mapped_column(String(80))
    subject_type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    subject_label: Mapped[str] = mapped_column(String(200), default="")
    merchant_id: Mapped[int | None] = mapped_column(BigInteger)
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    address: Mapped[str] = mapped_column(String(45), default="")
    request_id: Mapped[str] = mapped_column(String(64), default="")
    tx: Mapped[int] = mapped_column(BigInteger, server_default=text("baiye_tx()"))


class AuditBlock(Model):
    """All entries of the transactions from `from_tx` up to, not including, `until_tx`, sealed with the block before."""

    __tablename__ = "audit_block"
    __access__ = STAFF_ONLY

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    from_tx: Mapped[int] = mapped_column(BigInteger, unique=True)
    until_tx: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(Moment)
