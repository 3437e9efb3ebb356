"""The platform rules: one person decides, another approves, and each side bears its part. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.database import elevated, lock
from app.framework.settings import value_of
from app.kernel.aftersales.operations import amounts_of, refund_ruled
from app.kernel.complaints.models import Complaint
from app.kernel.complaints.operations.answering import check_grant, close
from app.kernel.complaints.operations.holding import hold
from app.kernel.complaints.rules import merchant_share, platform_part
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.ledger.operations import post
from app.kernel.ledger.postings.dispute import complaint_borne
from app.kernel.orders.models import Order
from app.kernel.orders.operations import reference


class OwnRuling(SamePerson):
    """Whoever ruled may not approve it."""

    code = "complaint.own_ruling"
    sentence = _l("自己作的裁决要由另一个人复核")


def rule(complaint: Complaint, *, actor: Actor, now: datetime, granted: int, bearer: str, ruling: str) -> None:
    """Effect of `rule`: what the customer gets and who bears it, waiting for a second person. Refuses GrantRefused."""
    check_grant(lock(Order, complaint.order_id), granted)
    by_rule = value_of(f"complaints.merchant_bears_{complaint.reason}")
    complaint.granted, complaint.ruling, complaint.bearer = granted, ruling, bearer
    complaint.merchant_ppm, complaint.ruled_by = merchant_share(bearer, by_rule), maker_name(actor)
    hold(complaint, now=now)


def uphold(complaint: Complaint, *, actor: Actor, now: datetime) -> None:
    """Effect of `uphold`: the customer is refunded, and the platform gives the merchant back what it bears itself.

    Refuses OwnRuling, and GrantRefused when the order holds less by now.
    """
    if is_maker(complaint.ruled_by, actor):
        raise OwnRuling
    complaint.approved_by = maker_name(actor)
    with elevated():
        order = lock(Order, complaint.order_id)
        check_grant(order, complaint.granted)
        close(complaint, actor=actor, now=now)
        case = refund_ruled(order, amounts_of(order, complaint.granted), reason=complaint.ruling, actor=actor, now=now)
        complaint.case_id = case.id
        complaint.borne = platform_part(case.from_merchant, complaint.merchant_ppm)
        if complaint.borne:
            post(complaint_borne(
                reference(order), merchant_id=order.merchant_id, complaint=complaint.number, amount=complaint.borne, maker=complaint.ruled_by or "",
                checker=complaint.approved_by, at=now,
            ), now)


def dismiss(complaint: Complaint, *, actor: Actor, now: datetime, ruling: str) -> None:
    """Effect of `dismiss`: the customer reads why; the merchant has its money again."""
    complaint.ruling, complaint.ruled_by = ruling, maker_name(actor)
    close(complaint, actor=actor, now=now)
