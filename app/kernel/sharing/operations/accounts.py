"""A merchant's own number at the channel: proposed by one person, approved by another. What was paid before stays as it was."""

from __future__ import annotations

import re
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.actors import Actor
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import get, lock, save
from app.framework.events import publish
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.parties.models import Merchant
from app.kernel.sharing.models import ShareAccount

NUMBER = re.compile(r"[0-9]{8,10}")


class NumberRefused(Refusal):
    """A number at the channel is 8 to 10 digits, and `own` has none."""

    code = "sharing.number"
    status = 422
    sentence = _l("子商户号是 8 到 10 位数字；平台收款时留空")


class NumberTaken(Refusal):
    """Another merchant has that number."""

    code = "sharing.number_taken"
    status = 409
    sentence = _l("子商户号 %(number)s 已经是另一家商户的")


class ChangeWaiting(Refusal):
    """A change for this merchant waits for a second person."""

    code = "sharing.change_waiting"
    status = 409
    sentence = _l("这家商户有一份变更在等批准，先批准或不批准它")


class OwnAccount(SamePerson):
    """Whoever proposed a number may not approve it."""

    code = "sharing.own_account"
    sentence = _l("自己提的资金模式变更要由另一个人批准")


def propose_account(
    *, merchant_id: int, funds_model: str, sub_merchant: str, most_ppm: int, reason: str, actor: Actor, now: datetime,
) -> ShareAccount:
    """A change of where a merchant's money goes waits for a second person. Refuses NumberRefused, NumberTaken, ChangeWaiting."""
    merchant = lock(Merchant, merchant_id)
    if (funds_model == "split") != bool(NUMBER.fullmatch(sub_merchant)) or (funds_model == "own" and sub_merchant):
        raise NumberRefused(field="sub_merchant")
    _refuse_taken(merchant.id, sub_merchant)
    if db.session.scalars(select(ShareAccount.id).where(ShareAccount.merchant_id == merchant.id, ShareAccount.status == "draft")).first():
        raise ChangeWaiting(field="merchant_id")
    change = save(ShareAccount(
        merchant_id=merchant.id, funds_model=funds_model, sub_merchant=sub_merchant, most_ppm=most_ppm, reason=reason, made_by=maker_name(actor),
    ))
    append("share_account.proposed", change, actor=actor, now=now, reason=reason, changes={"sub_merchant": [merchant.sub_merchant_number, sub_merchant]})
    publish("happened", act="share_account.proposed", record=change, reason=reason, actor=actor, now=now)
    return change


def take_effect(change: ShareAccount, *, actor: Actor, now: datetime) -> None:
    """Effect of approving: payments from here on go the approved way. Refuses OwnAccount, NumberTaken."""
    approve_as_second(change, actor=actor, now=now, refusal=OwnAccount)
    merchant = lock(Merchant, change.merchant_id)
    _refuse_taken(merchant.id, change.sub_merchant)
    before = merchant.sub_merchant_number
    merchant.funds_model, merchant.sub_merchant_number = change.funds_model, change.sub_merchant or None
    append("merchant.funds_changed", merchant, actor=actor, now=now, reason=change.reason, changes={"sub_merchant_number": [before, change.sub_merchant]})


def _refuse_taken(merchant_id: int, number: str) -> None:
    if number and db.session.scalars(select(Merchant.id).where(Merchant.sub_merchant_number == number, Merchant.id != merchant_id)).first():
        raise NumberTaken(field="sub_merchant", number=number)


def number_of(merchant_id: int) -> str:
    """The merchant's own number at the channel, empty for none."""
    return get(Merchant, merchant_id).sub_merchant_number or ""
