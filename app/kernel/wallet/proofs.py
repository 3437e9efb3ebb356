"""Every top-up that was paid stands in its wallet, once; no wallet paid for what is not there."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class WalletsAreTopUpsLessSpending(SqlProof):
    """A customer's wallet at a merchant is its paid top-ups with their gifts, less what it paid and what was given back unspent, and what came back."""

    name = "wallet.balances"
    number = 6
    title = _l("储值余额等于到账的储值和赠送减去花掉的、加上退回的，再减去退还的")
    violations = """
        SELECT concat(coalesce(due.issuer, kept.issuer), ' customer ', coalesce(due.customer_id, kept.customer_id)) AS subject,
               coalesce(due.amount, 0) AS expected, coalesce(kept.amount, 0) AS found
        FROM (
            SELECT issuer, customer_id, sum(amount) AS amount FROM (
                SELECT 'M' || merchant_id AS issuer, customer_id, amount + gift AS amount FROM wallet_top_up WHERE status = 'paid'
                UNION ALL SELECT account_number, customer_id, -amount FROM pay_payment WHERE channel = 'wallet' AND status = 'paid'
                UNION ALL SELECT p.account_number, r.customer_id, r.amount FROM pay_refund AS r JOIN pay_payment AS p ON p.id = r.payment_id
                WHERE p.channel = 'wallet' AND r.status = 'succeeded'
                UNION ALL SELECT 'M' || merchant_id, customer_id, -(amount + gift) FROM wallet_refund WHERE status IN ('refunding', 'refunded')
            ) AS moved GROUP BY issuer, customer_id
        ) AS due
        FULL JOIN (
            SELECT a.label AS issuer, a.owner_id AS customer_id, sum(b.posted) AS amount
            FROM ledger_account AS a JOIN ledger_balance AS b ON b.account_id = a.id
            WHERE a.book IN ('wallet_principal', 'wallet_bonus') GROUP BY a.label, a.owner_id
        ) AS kept ON kept.issuer = due.issuer AND kept.customer_id = due.customer_id
        WHERE coalesce(due.amount, 0) <> coalesce(kept.amount, 0)
    """


class UnspentGoesBackOnce(SqlProof):
    """Each wallet that was given back is promised once, by the payments that filled it; no top-up gives back more, or less, than those say."""

    name = "wallet.given_back"
    number = 6
    title = _l("退还的储值等于原支付单的退款，每笔充值退还的等于它的退款")
    violations = """
        SELECT asked.number AS subject, CASE WHEN asked.status IN ('refunding', 'refunded') THEN asked.amount ELSE 0 END AS expected,
               coalesce(sum(r.amount), 0) AS found
        FROM wallet_refund AS asked LEFT JOIN pay_refund AS r ON r.origin = asked.number AND r.replaces_id IS NULL
        GROUP BY asked.id
        HAVING coalesce(sum(r.amount), 0) <> CASE WHEN asked.status IN ('refunding', 'refunded') THEN asked.amount ELSE 0 END
        UNION ALL
        SELECT filled.number, filled.given_back, coalesce(sum(r.amount), 0)
        FROM wallet_top_up AS filled
        LEFT JOIN (pay_refund AS r JOIN wallet_refund AS asked ON asked.number = r.origin) ON r.payment_id = filled.payment_id AND r.replaces_id IS NULL
        GROUP BY filled.id
        HAVING coalesce(sum(r.amount), 0) <> filled.given_back
    """
