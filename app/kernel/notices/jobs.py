"""Notices as text messages."""

from __future__ import annotations

from flask import current_app

from app.core.actors import system
from app.core.clock import now
from app.framework.database import lock, transaction
from app.kernel.parties.channels.accounts import sms
from app.kernel.parties.models import StaffUser
from app.kernel.workspace.models import Notice


def text_notice(notice_id: int) -> None:
    """The provider has the notice for its reader's phone, and that is written down; a second run sends nothing.

    Raises SmsUnavailable, upon which the queue tries again.
    """
    with transaction(system("notices")) as session:
        notice = session.get(Notice, notice_id)
        phone = session.get_one(StaffUser, notice.user_id).phone if notice is not None and notice.texted_at is None else None
        words = {"title": notice.title, "words": notice.words} if notice is not None else {}
    if not phone:
        return
    sms(current_app).send(phone, "notice", **words)
    with transaction(system("notices")):
        lock(Notice, notice_id).texted_at = now()
