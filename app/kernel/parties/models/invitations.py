"""Invitations: somebody may make an account with these roles, by a link that serves once."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.flows import Flow, Move, State
from app.framework.access import owned
from app.framework.database import Dated, Moment
from app.framework.flow import guard_status

INVITATION_FLOW = Flow(
    name="invitation",
    title=_l("邀请"),
    states=(
        State("open", _l("等待接受"), "wait"),
        State("accepted", _l("已接受"), "ok", final=True),
        State("withdrawn", _l("已撤回"), "mute", final=True),
    ),
    moves=(
        Move("accept", _l("接受"), ("open",), "accepted", frozenset({"system"})),
        Move(
            "withdraw", _l("撤回"), ("open",), "withdrawn", frozenset({"Admin", "Owner", "system"}), style="danger",
            confirm=_l("撤回后链接立即失效"),
        ),
    ),
)


class Invitation(Dated, Model):
    """A place offered to a person: in a merchant, or on the platform when there is none. The link's token is kept hashed."""

    __tablename__ = "party_invitation"
    __access__ = owned()
    __table_args__ = (
        Index("uq_party_invitation_open_username", text("lower(username)"), unique=True, postgresql_where=text("status = 'open'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    status: Mapped[str] = mapped_column(String(16), default="open")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    username: Mapped[str] = mapped_column(String(64))
    last_name: Mapped[str] = mapped_column(String(20))
    first_name: Mapped[str] = mapped_column(String(20))
    roles: Mapped[list[str]] = mapped_column(JSONB, default=list)
    phone_sealed: Mapped[str | None] = mapped_column(String(200))
    phone_masked: Mapped[str] = mapped_column(String(20), default="")
    invited_by: Mapped[str] = mapped_column(String(130))
    expires_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """The name of the person invited."""
        return f"{self.last_name}{self.first_name}"


guard_status(Invitation, INVITATION_FLOW)
