"""What a merchant of vouchers wants to know beside its completed orders: what was sold, redeemed, and never used; by day and by store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from app.kernel.insights.queries import Asked, rows

_SOLD = """
    SELECT count(*) AS vouchers, COALESCE(sum(uses), 0)::bigint AS uses, COALESCE(sum(paid), 0)::bigint AS paid
    FROM redeem_voucher WHERE merchant_id = :merchant AND trade = :trade AND created_at >= :begins AND created_at < :ends
"""
_REDEEMED = """
    SELECT COALESCE(sum(count), 0)::bigint AS uses, COALESCE(sum(amount), 0)::bigint AS fen
    FROM redeem_redemption WHERE merchant_id = :merchant AND trade = :trade AND status <> 'undone' AND redeemed_at >= :begins AND redeemed_at < :ends
"""
_BREAKAGE = """
    SELECT COALESCE(sum(use.amount), 0)::bigint AS fen, count(use.id) AS uses
    FROM redeem_voucher AS voucher JOIN redeem_use AS use ON use.voucher_id = voucher.id AND use.state = 'refunded'
    WHERE voucher.merchant_id = :merchant AND voucher.trade = :trade AND voucher.status = 'expired'
      AND voucher.valid_until >= :begins AND voucher.valid_until < :ends
"""
_BY_DAY = """
    SELECT day, sum(sold)::bigint AS sold, sum(redeemed)::bigint AS redeemed FROM (
        SELECT (created_at AT TIME ZONE 'Asia/Shanghai')::date AS day, paid AS sold, 0 AS redeemed
        FROM redeem_voucher WHERE merchant_id = :merchant AND trade = :trade AND created_at >= :begins AND created_at < :ends
        UNION ALL
        SELECT (redeemed_at AT TIME ZONE 'Asia/Shanghai')::date, 0, amount FROM redeem_redemption
        WHERE merchant_id = :merchant AND trade = :trade AND status <> 'undone' AND redeemed_at >= :begins AND redeemed_at < :ends
    ) AS moved GROUP BY day ORDER BY day
"""
_BY_STORE = """
    SELECT store.name, sum(made.count)::bigint AS uses, sum(made.amount)::bigint AS fen
    FROM redeem_redemption AS made JOIN redeem_store AS store ON store.id = made.store_id
    WHERE made.merchant_id = :merchant AND made.trade = :trade AND made.status <> 'undone' AND made.redeemed_at >= :begins AND made.redeemed_at < :ends
    GROUP BY store.id, store.name ORDER BY fen DESC, store.id
"""


def sold(asked: Asked) -> Row[Any]:
    """vouchers, uses, paid: of what was bought in the span."""
    return rows(text(_SOLD), asked)[0]


def redeemed(asked: Asked) -> Row[Any]:
    """uses, fen: redeemed at the merchant's stores in the span."""
    return rows(text(_REDEEMED), asked)[0]


def breakage(asked: Asked) -> Row[Any]:
    """fen, uses: of vouchers that ended unused in the span and went back."""
    return rows(text(_BREAKAGE), asked)[0]


def by_day(asked: Asked) -> Sequence[Row[Any]]:
    """day, sold, redeemed in fen; days on which something happened."""
    return rows(text(_BY_DAY), asked)


def by_store(asked: Asked) -> Sequence[Row[Any]]:
    """name, uses, fen; the store that redeemed most first."""
    return rows(text(_BY_STORE), asked)
