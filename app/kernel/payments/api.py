"""The door of the channel: it posts what happened, we keep it and say so."""

from __future__ import annotations

from datetime import datetime

from flask import request
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.database import transaction
from app.framework.json_api import Api
from app.framework.json_api.endpoint import Answer
from app.kernel.payments.channels.wechat import CallbackForged
from app.kernel.payments.jobs import obey_notice
from app.kernel.payments.operations.notices import CHANNEL, note_forged, store_notice

LARGEST_NOTICE = 64 * 1024

api = Api("payments", "/api/v1/payments", _l("支付"))


class Received(Answer):
    """What the channel wants to hear."""

    code: str


@api.post("/wechat/notify", summary=_l("微信支付回调"), who="public", response=Received, errors=(CallbackForged,))
def wechat_notify(actor: Actor, now: datetime) -> Received:
    """Called by WeChat Pay alone: signed, encrypted. Kept before it is obeyed; the same notice again changes nothing."""
    if (request.content_length or 0) > LARGEST_NOTICE:
        raise CallbackForged
    body = request.get_data()
    try:
        with transaction(CHANNEL):
            notice_id = store_notice(request.headers, body, now=now)
    except CallbackForged:
        with transaction(CHANNEL):
            note_forged(request.headers, request.remote_addr or "", now=now)
        raise
    obey_notice(notice_id)
    return Received(code="SUCCESS")
