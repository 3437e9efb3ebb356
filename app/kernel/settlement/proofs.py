"""Proof 10: what a merchant was paid and still has is what its orders earned; and statements equal the ledger."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class MerchantsHaveWhatTheyEarned(SqlProof):
    """Paid by statements and withdrawals + pending + available + reserve + withdrawing + held in disputes + advances = orders' net, by merchant.

    Orders' net is paid + subsidy − refunds − fees of completed orders, from the order tables; payments come from statements and withdrawals;
    balances from the ledger. What has no order (a correction, a fee by hand) is added from its entries.
    """

    name = "merchants_have_what_they_earned"
    title = _l("商户：已付加各账户余额，等于订单净收入")
    violations = """
        SELECT merchant.code AS subject, COALESCE(sold.net, 0) + COALESCE(moved.other, 0) AS expected,
               COALESCE(settled.paid, 0) + COALESCE(moved.kept, 0) + COALESCE(moved.lent, 0) AS found
        FROM party_merchant AS merchant
        LEFT JOIN (
            SELECT o.merchant_id, sum(o.paid + o.platform_discount - o.refunded
                       - (SELECT COALESCE(sum(subsidy_returned), 0) FROM order_line WHERE order_id = o.id)
                       - (SELECT COALESCE(sum(amount - returned), 0) FROM fee_line WHERE order_id = o.id)) AS net
            FROM order_order AS o WHERE o.completed_at IS NOT NULL GROUP BY o.merchant_id
        ) AS sold ON sold.merchant_id = merchant.id
        LEFT JOIN (
            SELECT merchant_id, sum(paid) AS paid FROM (
                SELECT merchant_id, payable AS paid FROM settle_statement WHERE status IN ('submitted', 'paid')
                UNION ALL SELECT merchant_id, amount FROM settle_withdrawal WHERE status IN ('submitted', 'paid')
            ) AS gone GROUP BY merchant_id
        ) AS settled ON settled.merchant_id = merchant.id
        LEFT JOIN (
            SELECT account.owner_id,
                   sum(kept.posted) FILTER (WHERE account.book <> 'deposit') AS kept,
                   sum(sums.by_order) FILTER (WHERE account.book IN ('receivable', 'deposit')) AS lent,
                   sum(sums.other) FILTER (WHERE account.book <> 'deposit') AS other
            FROM ledger_account AS account
            LEFT JOIN ledger_balance AS kept ON kept.account_id = account.id
            LEFT JOIN LATERAL (
                SELECT sum(entry.amount) FILTER (WHERE fact.order_id IS NOT NULL OR (account.book = 'receivable')) AS by_order,
                       sum(entry.amount) FILTER (WHERE fact.order_id IS NULL AND fact.kind NOT LIKE 'payout%' AND fact.kind NOT LIKE 'withdrawal%') AS other
                FROM ledger_entry AS entry JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id WHERE entry.account_id = account.id
            ) AS sums ON true
            WHERE account.owner_kind = 'merchant' AND account.asset = 'CNY'
              AND account.book IN ('pending', 'available', 'reserve', 'withdrawing', 'dispute_hold', 'receivable', 'deposit')
            GROUP BY account.owner_id
        ) AS moved ON moved.owner_id = merchant.id
        WHERE COALESCE(sold.net, 0) + COALESCE(moved.other, 0) <> COALESCE(settled.paid, 0) + COALESCE(moved.kept, 0) + COALESCE(moved.lent, 0)
    """


class StatementsEqualTheLedger(SqlProof):
    """Each merchant's latest statement: its closing balance is the available account at its watermark, its sums are those of its lines."""

    name = "statements_equal_the_ledger"
    title = _l("账单期末等于账本同一水位的可提现，合计等于明细")
    violations = """
        SELECT latest.number AS subject, concat(ledger.balance, ' / ', latest.opening + lines.net) AS expected, latest.closing AS found
        FROM (SELECT DISTINCT ON (merchant_id) * FROM settle_statement ORDER BY merchant_id, id DESC) AS latest
        CROSS JOIN LATERAL (SELECT COALESCE(sum(net), 0) AS net FROM settle_line WHERE statement_id = latest.id) AS lines
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(entry.amount), 0) AS balance FROM ledger_account AS account
            JOIN ledger_entry AS entry ON entry.account_id = account.id JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
            WHERE account.owner_kind = 'merchant' AND account.owner_id = latest.merchant_id AND account.book = 'available' AND account.asset = 'CNY'
              AND fact.tx < latest.watermark
        ) AS ledger
        WHERE latest.closing <> ledger.balance OR latest.closing <> latest.opening + lines.net
    """
