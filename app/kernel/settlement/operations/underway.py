"""What is being paid is not changed meanwhile."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated
from app.kernel.settlement.models import Payout, PayoutBatch, Statement, Withdrawal
from app.kernel.settlement.models.payouts import UNSETTLED

MAKING = text("SELECT pg_advisory_xact_lock(hashtextextended('settle_batch', 0))")


class PayoutUnderway(Refusal):
    """It stands in a batch of payments."""

    code = "settlement.payout_underway"
    status = 409
    sentence = _l("已经在付款批次 %(batch)s 里，等这个批次有结果或作废")


def refuse_underway(record: Statement | Withdrawal, **_: Any) -> None:
    """Nothing, when no payment of the record waits or is on its way; else PayoutUnderway. Batches are not made meanwhile."""
    db.session.execute(MAKING)
    column = Payout.statement_id if isinstance(record, Statement) else Payout.withdrawal_id
    with elevated():
        found = db.session.scalar(
            select(PayoutBatch.number).join(Payout, Payout.batch_id == PayoutBatch.id).where(column == record.id, Payout.status.in_(UNSETTLED)).limit(1)
        )
    if found:
        raise PayoutUnderway(batch=found)
