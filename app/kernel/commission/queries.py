"""Which version of which rule counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text

from app.extensions import db
from app.framework.database import elevated

_VERSIONS = text(
    """
    SELECT DISTINCT ON (r.rank, r.kind) r.kind, r.title, v.id, v.number, v.base, v.ppm, v.fen, v.least_fen, v.most_fen
    FROM fee_rule r JOIN fee_rule_version v ON v.rule_id = r.id
    WHERE r.trade = :trade AND v.status = 'approved' AND v.valid @> CAST(:now AS timestamptz)
      AND (v.merchant_id IS NULL OR v.merchant_id = :merchant_id)
    ORDER BY r.rank, r.kind, v.merchant_id NULLS LAST
    """
)


def versions_at(trade: str, merchant_id: int, now: datetime) -> dict[str, Any]:
    """Kind of fee → the approved version valid at `now`: the merchant's own where there is one, else everybody's."""
    with elevated():
        rows = db.session.execute(_VERSIONS, {"trade": trade, "merchant_id": merchant_id, "now": now})
        return {row.kind: row for row in rows}
