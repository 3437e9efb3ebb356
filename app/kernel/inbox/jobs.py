"""Messages to WeChat."""

from __future__ import annotations

from flask import current_app

from app.core.actors import system
from app.core.clock import now
from app.framework.database import lock, transaction
from app.kernel.inbox.channel import REFUSED, subscribe_messages
from app.kernel.inbox.models import CustomerMessage
from app.kernel.parties.models import Customer


def push_message(message_id: int) -> None:
    """WeChat has the message, or refused it for good, and that is written down; a second run sends nothing.

    Raises PushUnavailable, upon which the queue tries again.
    """
    with transaction(system("inbox")) as session:
        message = session.get(CustomerMessage, message_id)
        if message is None or message.push != "waiting":
            return
        openid = session.get_one(Customer, message.customer_id).openid
        told = (message.push_template, message.page, dict(message.push_data))
    code = subscribe_messages(current_app).send(openid, *told) if openid else REFUSED
    with transaction(system("inbox")):
        message = lock(CustomerMessage, message_id)
        message.push = "sent" if code == 0 else "refused" if code == REFUSED else "failed"
        message.pushed_at = now() if code == 0 else None
