"""What is kept of a stored file: whose it is, what it is for, and how it lies on disk."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import owned
from app.framework.database import Moment

PUBLIC_IMAGE = "public_image"
DOCUMENT = "document"


class StoredFile(Model):
    """A file under FILES_FOLDER. `key` is random and names it on disk; `name` is what the sender called it, for display only.

    `sha256` is of the plain content as kept; `encrypted` files are sealed under the place `file:<key>`.
    """

    __tablename__ = "file_object"
    __access__ = owned("merchant_id", customer="customer_id", customer_writes=True)
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("purpose <> 'public_image' OR NOT encrypted", name="public"),
        Index("ix_file_object_merchant", "merchant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(String(48), unique=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("party_customer.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(120))
    mime: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    encrypted: Mapped[bool] = mapped_column(default=False)
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_kind: Mapped[str] = mapped_column(String(12))
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """The sender's name for it."""
        return self.name

    @property
    def is_image(self) -> bool:
        """True for what a page can show as a picture."""
        return self.mime.startswith("image/")
