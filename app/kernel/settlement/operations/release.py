"""Holds that are over: what parties have pending of completed orders becomes theirs, and reserves come free later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from app.core.money import Ppm
from app.core.periods import business_day
from app.extensions import db
from app.framework.events import publish
from app.kernel.ledger.accounts import merchant_reserve
from app.kernel.ledger.operations import hold_balances, post
from app.kernel.ledger.postings.release import hold_over, reserve_over
from app.kernel.orders.models import Order
from app.kernel.orders.operations import reference

# The terms that count for an order stand beside it, so that a long queue of held orders is not read one by one.
_TERMS = """
    LEFT JOIN LATERAL (
        SELECT hold_days, reserve_ppm, reserve_days FROM settle_policy AS policy
        WHERE policy.status = 'approved' AND policy.trade = o.trade AND (policy.merchant_id IS NULL OR policy.merchant_id = o.merchant_id)
          AND policy.starts_on <= :today
        ORDER BY policy.merchant_id NULLS LAST, policy.starts_on DESC, policy.id DESC LIMIT 1
    ) AS terms ON true
"""
_DUE = text(
    f"""
    SELECT o.id, COALESCE(terms.reserve_ppm, 0) AS reserve_ppm FROM order_order AS o {_TERMS}
    WHERE o.completed_at IS NOT NULL AND o.released_at IS NULL
      AND (o.completed_at AT TIME ZONE 'Asia/Shanghai')::date + COALESCE(terms.hold_days, 1) <= :today
    ORDER BY o.id LIMIT :most FOR UPDATE OF o SKIP LOCKED
    """  # noqa: S608 # nosec B608: constants of this file only
)
_PENDING = text(
    """
    SELECT fact.order_id, account.owner_kind, account.owner_id, sum(entry.amount)::bigint AS amount
    FROM ledger_transaction AS fact
    JOIN ledger_entry AS entry ON entry.transaction_id = fact.id
    JOIN ledger_account AS account ON account.id = entry.account_id
    WHERE fact.order_id = ANY (:ids) AND account.book = 'pending'
    GROUP BY fact.order_id, account.owner_kind, account.owner_id HAVING sum(entry.amount) > 0
    ORDER BY fact.order_id, account.owner_kind, account.owner_id
    """
)
# From what is kept in reserve to its orders: a month of orders without a reserve costs nothing.
_RESERVES = text(
    f"""
    SELECT o.id, account.owner_id, sum(entry.amount)::bigint AS amount
    FROM ledger_account AS account
    JOIN ledger_balance AS kept ON kept.account_id = account.id AND kept.posted > 0
    JOIN ledger_entry AS entry ON entry.account_id = account.id
    JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id AND fact.kind = 'hold_over'
    JOIN order_order AS o ON o.id = fact.order_id {_TERMS}
    WHERE account.book = 'reserve' AND account.owner_kind = 'merchant'
      AND (o.released_at AT TIME ZONE 'Asia/Shanghai')::date + COALESCE(terms.reserve_days, 0) <= :today
      AND NOT EXISTS (
          SELECT 1 FROM ledger_transaction AS freed
          WHERE freed.order_id = o.id AND freed.kind = 'reserve_over' AND freed.key = concat(o.id, '/merchant/', account.owner_id))
    GROUP BY o.id, account.owner_id ORDER BY o.id, account.owner_id LIMIT :most
    """  # noqa: S608 # nosec B608: constants of this file only
)


def release_due(now: datetime, *, most: int = 200) -> int:
    """Completed orders past their hold are released, at most `most` of them; returns how many.

    The amount is what the ledger still holds pending of the order: refunds before are out of it already. Orders that another
    machine or a refund works on are left for the next call. Only merchants leave
    a part in reserve. Publishes `order_released(order=, now=)` for each. Runs in a scope that sees
    everything; the caller commits.
    """
    due = {row.id: row.reserve_ppm for row in db.session.execute(_DUE, {"today": business_day(now), "most": most})}
    pending: dict[int, list[Any]] = {}
    for row in db.session.execute(_PENDING, {"ids": list(due)}):
        pending.setdefault(row.order_id, []).append(row)
    for order in db.session.scalars(select(Order).where(Order.id.in_(due)).order_by(Order.id).execution_options(populate_existing=True)):
        for party in pending.get(order.id, ()):
            kept = Ppm(due[order.id] if party.owner_kind == "merchant" else 0)
            posting = hold_over(
                reference(order), owner_kind=party.owner_kind, owner_id=party.owner_id, amount=party.amount, reserve_ppm=kept, released_at=now
            )
            post(posting, now)
        order.released_at = now
        db.session.flush()
        publish("order_released", order=order, now=now)
    db.session.flush()
    return len(due)


def release_reserves(now: datetime, *, most: int = 200) -> int:
    """Reserves kept long enough come free, at most `most` orders; returns how many. Never more than the merchant still has in reserve."""
    rows = db.session.execute(_RESERVES, {"today": business_day(now), "most": most}).all()
    for row in rows:
        order = db.session.scalars(select(Order).where(Order.id == row.id).with_for_update(of=Order)).one()
        account = merchant_reserve(row.owner_id)
        amount = min(row.amount, hold_balances([account])[account])
        if amount > 0:
            post(reserve_over(reference(order), owner_kind="merchant", owner_id=row.owner_id, amount=amount, released_at=now), now)
    return len(rows)
