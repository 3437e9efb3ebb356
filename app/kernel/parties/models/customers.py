"""Who buys."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import Access
from app.framework.database import Dated


class Customer(Dated, Model):
    """Somebody who buys through a mini-program. Never a console user; tokens of a type of their own."""

    __tablename__ = "party_customer"
    __subject__ = "customer"
    __access__ = Access(customer="id", customer_writes=True)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    openid: Mapped[str | None] = mapped_column(String(64), unique=True)
    phone_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    phone_sealed: Mapped[str | None] = mapped_column(String(200))
    phone_tail: Mapped[str] = mapped_column(String(4), default="", index=True)
    phone_masked: Mapped[str] = mapped_column(String(20), default="")
    name: Mapped[str] = mapped_column(String(40, "C"), default="", index=True)
    active: Mapped[bool] = mapped_column(default=True)
    epoch: Mapped[int] = mapped_column(default=1)

    @property
    def label(self) -> str:
        """Name, or the masked phone of someone who gave none."""
        return self.name or self.phone_masked or f"#{self.id}"
