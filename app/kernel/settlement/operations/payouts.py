"""Pay what a statement owes, once: the flow allows one attempt at a time, the ledger one posting for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.core.money import yuan
from app.kernel.ledger.accounts import bank, merchant_available
from app.kernel.ledger.operations import hold_balances, post, with_people
from app.kernel.ledger.postings.payout import payout_asked, payout_failed, payout_paid, payout_returned, payout_submitted
from app.kernel.ledger.proofs import proofs_hold
from app.kernel.settlement.models import Statement


class ProofsFail(Refusal):
    """The latest check of the proofs found something, or there was none: nothing is paid."""

    code = "settlement.proofs_fail"
    status = 409
    sentence = _l("账实核对没有通过，暂停付款；先在“账实核对”里查清")


class LessThanOwed(Refusal):
    """Refunds since have taken some of it: the statement is carried, the rest comes with the next one."""

    code = "settlement.less_than_owed"
    status = 409
    sentence = _l("商户可提现只剩 %(left)s，少于应付 %(owed)s；把这份账单结转下期")


def send(statement: Statement, *, now: datetime, **_: Any) -> None:
    """Effect of `submit`: the amount leaves available and is in transit. Refuses ProofsFail, LessThanOwed."""
    if not proofs_hold():
        raise ProofsFail
    account = merchant_available(statement.merchant_id)
    left = hold_balances([account])[account]
    if left < statement.payable:
        raise LessThanOwed(left=yuan(left), owed=yuan(statement.payable))
    statement.attempts += 1
    for posting in (payout_asked, payout_submitted):
        made = posting(payout=statement.payout, owner_kind="merchant", owner_id=statement.merchant_id, amount=statement.payable, at=now)
        post(with_people(made, maker=statement.frozen_by or "", checker=statement.approved_by), now)


def note_paid(statement: Statement, *, now: datetime, reference: str, **_: Any) -> None:
    """Effect of `mark_paid`: the bank has paid it under `reference`."""
    statement.reference, statement.paid_at = reference, now
    post(payout_paid(**_of(statement), paid_from=bank(), at=now), now)


def note_failed(statement: Statement, *, now: datetime, **_: Any) -> None:
    """Effect of `mark_failed`: the merchant has it available again; the statement may be submitted again or carried."""
    post(payout_failed(**_of(statement), at=now), now)


def note_returned(statement: Statement, *, now: datetime, **_: Any) -> None:
    """Effect of `mark_returned`: the bank sent it back later."""
    statement.paid_at = None
    post(payout_returned(**_of(statement), paid_from=bank(), at=now), now)


def _of(statement: Statement) -> dict[str, Any]:
    return {"payout": statement.payout, "owner_kind": "merchant", "owner_id": statement.merchant_id, "amount": statement.payable}
