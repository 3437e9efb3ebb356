"""Who signs in to the console, extending FAB's users; and when one of them looks at it as another."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.access import STAFF_ONLY
from app.framework.database import Moment


class StaffUser(User):
    """Somebody who signs in to the console, staff or member. Extends FAB's user in the same table.

    A member may work from the mini-program too: as the customer `customer_id`, one account for one customer.
    """

    __tablename__ = "ab_user"
    __access__ = STAFF_ONLY

    phone: Mapped[str | None] = mapped_column(String(20))
    totp_secret: Mapped[str | None] = mapped_column(String(200))
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    totp_last_step: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    password_expires_at: Mapped[datetime | None] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(server_default="0", default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    locale: Mapped[str] = mapped_column(String(8), server_default="zh", default="zh")
    theme: Mapped[str] = mapped_column(String(8), server_default="auto", default="auto")
    density: Mapped[str] = mapped_column(String(12), server_default="normal", default="normal")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("party_customer.id"), unique=True)

    @property
    def label(self) -> str:
        """What the timeline calls this person: the Chinese name as one word."""
        return f"{self.last_name}{self.first_name}"


class Viewing(Model):
    """A stretch of time in which an administrator sees the console as somebody else does and can change nothing."""

    __tablename__ = "party_viewing"
    __access__ = STAFF_ONLY
    __table_args__ = (CheckConstraint("ends_at > began_at", name="ends"), CheckConstraint("reason <> ''", name="reason"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    staff_name: Mapped[str] = mapped_column(String(130))
    target_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    target_name: Mapped[str] = mapped_column(String(130))
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"))
    reason: Mapped[str] = mapped_column(String(200))
    began_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
