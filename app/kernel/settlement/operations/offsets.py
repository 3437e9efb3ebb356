"""Advances are taken back from what merchants have available, before a cycle is cut."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from app.core.periods import local
from app.extensions import db
from app.kernel.ledger.accounts import merchant_available, merchant_receivable
from app.kernel.ledger.operations import hold_balances, post
from app.kernel.ledger.postings.offset import receivable_offset
from app.kernel.ledger.queries import balance

_ADVANCED = text(
    """
    SELECT account.owner_id FROM ledger_account AS account
    JOIN ledger_account AS own ON own.owner_kind = 'merchant' AND own.owner_id = account.owner_id AND own.book = 'available'
    JOIN ledger_balance AS kept ON kept.account_id = own.id AND kept.posted > 0
    WHERE account.owner_kind = 'merchant' AND account.book = 'receivable'
      AND (SELECT sum(amount) FROM ledger_entry WHERE account_id = account.id) < 0
    ORDER BY account.owner_id
    """
)


def offset_advances(now: datetime) -> int:
    """Whoever has money available has paid back what we advanced for it, as far as it goes; returns how many merchants did.

    Balances are locked first, so two machines never take the same fen. Sees every merchant; the caller commits.
    """
    merchants = list(db.session.scalars(_ADVANCED))
    for merchant_id in merchants:
        account = merchant_available(merchant_id)
        amount = min(hold_balances([account])[account], -balance(merchant_receivable(merchant_id)))
        if amount > 0:
            number = f"{merchant_id}/{local(now):%Y%m%d%H%M%S%f}"
            post(receivable_offset(merchant_id=merchant_id, amount=amount, number=number, at=now), now)
    return len(merchants)
