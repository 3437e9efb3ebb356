"""What is held from merchants is what their open complaints hold."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class HoldsAreComplaints(SqlProof):
    """A merchant's dispute hold is the sum of what its complaints that are not over hold; ended ones hold nothing."""

    name = "complaints.holds"
    number = 6
    title = _l("商户的争议冻结等于未了结投诉冻结的钱之和")
    violations = """
        SELECT concat('merchant ', coalesce(held.merchant_id, kept.merchant_id)) AS subject, coalesce(held.amount, 0) AS expected,
               coalesce(kept.amount, 0) AS found
        FROM (
            SELECT merchant_id, sum(CASE WHEN status IN ('open', 'answered', 'arbitrating', 'ruled') THEN held ELSE -held END) AS amount
            FROM complaint_complaint WHERE held > 0 GROUP BY merchant_id
        ) AS held
        FULL JOIN (
            SELECT a.owner_id AS merchant_id, sum(b.posted) AS amount FROM ledger_account AS a JOIN ledger_balance AS b ON b.account_id = a.id
            WHERE a.book = 'dispute_hold' AND a.owner_kind = 'merchant' GROUP BY a.owner_id
        ) AS kept ON kept.merchant_id = held.merchant_id
        WHERE coalesce(held.amount, 0) <> coalesce(kept.amount, 0)
    """
