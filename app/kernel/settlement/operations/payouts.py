"""Pay what a statement owes, once: the flow allows one attempt at a time, the ledger one posting for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.core.money import yuan
from app.kernel.ledger.accounts import merchant_available
from app.kernel.ledger.operations import hold_balances, post, with_people
from app.kernel.ledger.postings.payout import payout_asked, payout_failed, payout_paid, payout_returned, payout_submitted
from app.kernel.settlement.models import Statement
from app.kernel.settlement.operations.underway import refuse_underway
from app.kernel.settlement.queries import paid_from

__all__ = ["LessThanOwed", "note_failed", "note_paid", "note_returned", "refuse_underway", "send"]


class LessThanOwed(Refusal):
    """Refunds since have taken some of it: the statement is carried, the rest comes with the next one."""

    code = "settlement.less_than_owed"
    status = 409
    sentence = _l("商户可提现只剩 %(left)s，少于应付 %(owed)s；这份账单结转下期")


def send(statement: Statement, *, now: datetime, **_: Any) -> None:
    """Effect of `submit`: the amount leaves available and is in transit. Refuses LessThanOwed."""
    account = merchant_available(statement.merchant_id)
    left = hold_balances([account])[account]
    if left < statement.payable:
        raise LessThanOwed(left=yuan(left), owed=yuan(statement.payable))
    statement.attempts += 1
    for posting in (payout_asked, payout_submitted):
        made = posting(payout=statement.payout, owner_kind="merchant", owner_id=statement.merchant_id, amount=statement.payable, at=now)
        post(with_people(made, maker=statement.frozen_by or "", checker=statement.approved_by), now)


def note_paid(statement: Statement, *, now: datetime, reference: str, **_: Any) -> None:
    """Effect of `mark_paid`: bank or channel has paid it under `reference`."""
    statement.reference, statement.paid_at = reference, now
    post(payout_paid(**_of(statement), paid_from=paid_from(statement.payout), at=now), now)


def note_failed(statement: Statement, *, now: datetime, **_: Any) -> None:
    """Effect of `mark_failed`: the merchant has it available again; the statement may be paid again or carried."""
    post(payout_failed(**_of(statement), at=now), now)


def note_returned(statement: Statement, *, now: datetime, **_: Any) -> None:
    """Effect of `mark_returned`: it was sent back later."""
    statement.paid_at = None
    post(payout_returned(**_of(statement), paid_from=paid_from(statement.payout), at=now), now)


def _of(statement: Statement) -> dict[str, Any]:
    return {"payout": statement.payout, "owner_kind": "merchant", "owner_id": statement.merchant_id, "amount": statement.payable}
