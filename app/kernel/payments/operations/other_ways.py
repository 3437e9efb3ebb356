"""Pay a refund another way: proposed by one person, approved by another, proven by the bank's reference. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Refusal
from app.framework.database import lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.ledger.accounts import bank, payout_in_transit
from app.kernel.ledger.operations import post, with_people
from app.kernel.ledger.postings.payout import payout_paid
from app.kernel.ledger.postings.refund import refund_failed
from app.kernel.payments.models import OtherWay, Refund
from app.kernel.payments.operations.anomalies import WATCH
from app.kernel.payments.operations.refund_limits import refuse_while_underway
from app.kernel.payments.operations.refunding import first_asked


class NotStuck(Refusal):
    """Only a refund that the channel does not deliver is paid another way."""

    code = "refund.not_stuck"
    status = 409
    sentence = _l("只有异常或被渠道关闭、没有换新单的退款才能改用其他方式退")


class OwnOtherWay(SamePerson):
    """Whoever proposed to pay another way may not approve it."""

    code = "refund.own_other_way"
    sentence = _l("自己提的改付要由另一个人批准")


class TailRefused(Refusal):
    """The end of an account number is four digits."""

    code = "refund.account_tail"
    status = 422
    sentence = _l("填收款账号的最后四位数字")


def propose_other_way(refund_id: int, *, payee: str, account_tail: str, reason: str, actor: Actor, now: datetime) -> OtherWay:
    """The refund waits for a second person to let it be paid by bank. Refuses NotStuck, OtherWayUnderway, TailRefused."""
    if len(account_tail) != 4 or not account_tail.isdecimal() or not account_tail.isascii():
        raise TailRefused(field="account_tail")
    refund = lock(Refund, refund_id)
    if refund.status not in {"abnormal", "closed"} or refund.replaced_at is not None:
        raise NotStuck(field="refund_id")
    refuse_while_underway(refund)
    way = save(OtherWay(
        refund_id=refund.id, customer_id=refund.customer_id, amount=refund.amount, payee=payee, account_tail=account_tail, reason=reason,
        made_by=maker_name(actor),
    ))
    append("pay_other_way.proposed", way, actor=actor, now=now, reason=reason, changes={"amount": [None, way.amount]})
    publish("happened", act="pay_other_way.proposed", record=way, reason=reason, actor=actor, now=now)
    return way


def approve(way: OtherWay, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: the second person lets finance pay. Refuses OwnOtherWay, and NotStuck when the channel delivered meanwhile."""
    approve_as_second(way, actor=actor, now=now, refusal=OwnOtherWay)
    _stuck(way)


def record(way: OtherWay, *, actor: Actor, now: datetime, reference: str) -> None:
    """Effect of `record`: the customer has it from the bank, the books say so, and whoever waited for the refund is told.

    Refuses NotStuck when the channel delivered meanwhile: then the bank's payment has to come back.
    """
    way.reference, way.paid_at = reference.strip(), now
    refund = _stuck(way)
    move(refund, "pay_elsewhere", actor=WATCH, now=now)
    refund.problem = ""
    failed = refund_failed(
        refund.reference, refund=refund.number, customer_id=refund.customer_id, amount=refund.amount, paid_into=payout_in_transit(), failed_at=now
    )
    post(with_people(failed, maker=way.made_by, checker=way.approved_by), now)
    post(payout_paid(payout=refund.number, owner_kind="customer", owner_id=refund.customer_id, amount=refund.amount, paid_from=bank(), at=now), now)
    publish("refund_succeeded", refund=first_asked(refund), actor=actor, now=now)


def _stuck(way: OtherWay) -> Refund:
    refund = lock(Refund, way.refund_id)
    if refund.status not in {"abnormal", "closed"} or refund.replaced_at is not None:
        raise NotStuck
    return refund
