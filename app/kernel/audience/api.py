"""A customer's say in what merchants write."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import elevated, get
from app.framework.json_api import Api
from app.framework.json_api.endpoint import Answer
from app.kernel.audience.operations import mute
from app.kernel.parties.models import Merchant

api = Api("audience", "/api/v1/merchants", _l("商户消息"))


class Muted(Answer):
    """Whether the merchant's broadcasts are refused."""

    muted: bool


@api.post("/<int:merchant_id>/mute", summary=_l("不再收商户群发"), who="customer", response=Muted, errors=(NotFound,))
def mute_merchant(merchant_id: int, actor: Actor, now: datetime) -> Muted:
    """No more broadcasts of the merchant; what concerns an order still comes."""
    return _set(merchant_id, True, actor, now)


@api.post("/<int:merchant_id>/unmute", summary=_l("恢复收商户群发"), who="customer", response=Muted, errors=(NotFound,))
def unmute_merchant(merchant_id: int, actor: Actor, now: datetime) -> Muted:
    """Broadcasts come again."""
    return _set(merchant_id, False, actor, now)


def _set(merchant_id: int, muted: bool, actor: Actor, now: datetime) -> Muted:
    with elevated():
        get(Merchant, merchant_id)
    mute(merchant_id, muted=muted, actor=actor, now=now)
    return Muted(muted=muted)
