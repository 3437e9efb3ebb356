"""What people keep. `merchant_id` is the side: a merchant's members, or the platform's staff where it is empty; nobody crosses it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import owned
from app.framework.database import Dated, Moment

PRIVATE, ROLE, EVERYBODY, LAYOUT = "private", "role", "side", "layout"


class Kept:
    """A row of a person on one side."""

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))


class SavedView(Dated, Kept, Model):
    """A list's address under a name, for oneself, for a role, or for the whole side. Without a name (`layout`) it is how the
    person last set up the columns of the list. One view a role and list may be the one that opens by itself."""

    __tablename__ = "workspace_view"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("shared IN ('private', 'role', 'side', 'layout')", name="shared"),
        CheckConstraint("(shared = 'role') = (role <> '')", name="role"),
        CheckConstraint("NOT opens_first OR shared = 'role'", name="opens_first"),
        CheckConstraint("(shared = 'layout') = (name = '')", name="name"),
        Index("ix_workspace_view_list", "list_name", "merchant_id"),
        Index(
            "uq_workspace_view_first", "list_name", "role", text("coalesce(merchant_id, 0)"), unique=True,
            postgresql_where=text("opens_first AND deleted_at IS NULL"),
        ),
        Index(
            "uq_workspace_view_layout", "user_id", "list_name", text("coalesce(merchant_id, 0)"), unique=True,
            postgresql_where=text("shared = 'layout'"),
        ),
    )

    list_name: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    shared: Mapped[str] = mapped_column(String(8), default=PRIVATE)
    role: Mapped[str] = mapped_column(String(20), default="")
    opens_first: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


class Note(Kept, Model):
    """Words about a record for one's own side. `subject_type` is a table, `place` the console view that shows the record."""

    __tablename__ = "workspace_note"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("words <> ''", name="words"), Index("ix_workspace_note_subject", "subject_type", "subject_id", "id"),
    )

    subject_type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    author: Mapped[str] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)


class Notice(Kept, Model):
    """Something that a person should read, and the address of the record; unread until `read_at`. Of a mention `author` wrote the words on
    `title`; of a `kind` of notice title and words are the message itself, and `texted_at` is when a provider took it as a text message."""

    __tablename__ = "workspace_notice"
    __access__ = owned()
    __table_args__ = (
        Index("ix_workspace_notice_unread", "user_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_workspace_notice_user", "user_id", "id"),
    )

    note_id: Mapped[int | None] = mapped_column(ForeignKey("workspace_note.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(60), default="")
    title: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(String(300))
    author: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    texted_at: Mapped[datetime | None] = mapped_column(Moment)


class Draft(Kept, Model):
    """What somebody typed into a form and has not saved; `record_id` 0 is a form for something that does not exist yet."""

    __tablename__ = "workspace_draft"
    __access__ = owned()
    __table_args__ = (
        Index("uq_workspace_draft_form", "user_id", text("coalesce(merchant_id, 0)"), "form_name", "record_id", unique=True),
        Index("ix_workspace_draft_saved", "saved_at"),
    )

    form_name: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column(BigInteger, default=0)
    typed: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime] = mapped_column(Moment)


class Pin(Kept, Model):
    """A page that a person keeps at hand."""

    __tablename__ = "workspace_pin"
    __access__ = owned()
    __table_args__ = (Index("uq_workspace_pin_address", "user_id", text("coalesce(merchant_id, 0)"), "address", unique=True),)

    address: Mapped[str] = mapped_column(String(300))
    label: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)


class Recent(Kept, Model):
    """A record that a person opened, at the last time; fifty a person."""

    __tablename__ = "workspace_recent"
    __access__ = owned()
    __table_args__ = (
        Index("uq_workspace_recent_address", "user_id", text("coalesce(merchant_id, 0)"), "address", unique=True),
        Index("ix_workspace_recent_seen", "user_id", "seen_at"),
    )

    address: Mapped[str] = mapped_column(String(300))
    label: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(60), default="")
    seen_at: Mapped[datetime] = mapped_column(Moment)
