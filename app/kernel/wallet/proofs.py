"""Every top-up that was paid stands in its wallet, once; no wallet paid for what is not there."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class WalletsAreTopUpsLessSpending(SqlProof):
    """A customer's wallet at a merchant is its paid top-ups with their gifts, less what it paid, and what came back."""

    name = "wallet.balances"
    number = 6
    title = _l("储值余额等于到账的储值和赠送减去花掉的、加上退回的")
    violations = """
        SELECT concat(coalesce(due.issuer, kept.issuer), ' customer ', coalesce(due.customer_id, kept.customer_id)) AS subject,
               coalesce(due.amount, 0) AS expected, coalesce(kept.amount, 0) AS found
        FROM (
            SELECT issuer, customer_id, sum(amount) AS amount FROM (
                SELECT 'M' || merchant_id AS issuer, customer_id, amount + gift AS amount FROM wallet_top_up WHERE status = 'paid'
                UNION ALL SELECT account_number, customer_id, -amount FROM pay_payment WHERE channel = 'wallet' AND status = 'paid'
                UNION ALL SELECT p.account_number, r.customer_id, r.amount FROM pay_refund AS r JOIN pay_payment AS p ON p.id = r.payment_id
                WHERE p.channel = 'wallet' AND r.status = 'succeeded'
            ) AS moved GROUP BY issuer, customer_id
        ) AS due
        FULL JOIN (
            SELECT a.label AS issuer, a.owner_id AS customer_id, sum(b.posted) AS amount
            FROM ledger_account AS a JOIN ledger_balance AS b ON b.account_id = a.id
            WHERE a.book IN ('wallet_principal', 'wallet_bonus') GROUP BY a.label, a.owner_id
        ) AS kept ON kept.issuer = due.issuer AND kept.customer_id = due.customer_id
        WHERE coalesce(due.amount, 0) <> coalesce(kept.amount, 0)
    """
