"""Proof 10: what a merchant was paid and still has is what its orders earned; statements equal the ledger. Proof 6: what is held and in transit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class MerchantsHaveWhatTheyEarned(SqlProof):
    """Paid by statements and withdrawals + pending + available + reserve + withdrawing + held in disputes + advances = orders' net, by merchant.

    Orders' net is paid + subsidy − refunds − fees − what others earned of completed orders, and what it earned itself of others' orders, from
    the order tables; payments come from
    statements and withdrawals; balances from the ledger. What no order earned (a correction, a fee by hand, what the platform bears of a
    complaint) is added from its entries, and so is what it owes for points of its own. Cash of completed orders it has in its drawers.
    """

    name = "merchants_have_what_they_earned"
    number = 10
    title = _l("商户：已付加各账户余额，等于订单净收入")
    violations = """
        SELECT merchant.code AS subject, COALESCE(sold.net, 0) + COALESCE(moved.other, 0) AS expected,
               COALESCE(settled.paid, 0) + COALESCE(moved.kept, 0) + COALESCE(moved.lent, 0) AS found
        FROM party_merchant AS merchant
        LEFT JOIN (
            SELECT merchant_id, sum(net) AS net FROM (
                SELECT o.merchant_id, o.paid + o.platform_discount - o.refunded
                           - (SELECT COALESCE(sum(subsidy_returned + earned), 0) FROM order_line WHERE order_id = o.id)
                           - (SELECT COALESCE(sum(amount - returned), 0) FROM fee_line WHERE order_id = o.id AND payee = 'platform') AS net
                FROM order_order AS o WHERE o.completed_at IS NOT NULL
                UNION ALL SELECT earner_id, earned FROM order_line WHERE earner_kind = 'merchant' AND earned > 0
            ) AS parts GROUP BY merchant_id
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
                   sum(sums.by_order) FILTER (WHERE account.book IN ('receivable', 'deposit', 'cash_own')) AS lent,
                   sum(sums.other) FILTER (WHERE account.book NOT IN ('deposit', 'cash_own')) AS other
            FROM ledger_account AS account
            LEFT JOIN ledger_balance AS kept ON kept.account_id = account.id
            LEFT JOIN LATERAL (
                SELECT sum(entry.amount) FILTER (WHERE fact.order_id IS NOT NULL OR (account.book = 'receivable')) AS by_order,
                       sum(entry.amount) FILTER (
                           WHERE fact.kind IN ('complaint_borne', 'campaign_shared', 'campaign_returned')
                              OR (account.book = 'receivable' AND fact.kind IN ('order_paid', 'refunded_to_points'))
                              OR (fact.order_id IS NULL AND fact.kind NOT LIKE 'payout%' AND fact.kind NOT LIKE 'withdrawal%')
                       ) AS other
                FROM ledger_entry AS entry JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id WHERE entry.account_id = account.id
            ) AS sums ON true
            WHERE account.owner_kind = 'merchant' AND account.asset = 'CNY'
              AND account.book IN ('pending', 'available', 'reserve', 'withdrawing', 'dispute_hold', 'receivable', 'deposit', 'cash_own')
            GROUP BY account.owner_id
        ) AS moved ON moved.owner_id = merchant.id
        WHERE COALESCE(sold.net, 0) + COALESCE(moved.other, 0) <> COALESCE(settled.paid, 0) + COALESCE(moved.kept, 0) + COALESCE(moved.lent, 0)
    """


class StatementsEqualTheLedger(SqlProof):
    """Each merchant's latest statement: its closing balance is the available account at its watermark, its sums are those of its lines."""

    name = "statements_equal_the_ledger"
    number = 10
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


class HeldIsAskedFor(SqlProof):
    """Proof 6, for withdrawals: what is held of a party is what it asked for and nobody has sent or refused yet."""

    name = "settlement.held"
    number = 6
    title = _l("提现中的余额等于未付出的提现之和")
    violations = """
        SELECT concat(COALESCE(asked.owner_kind, held.owner_kind), '/', COALESCE(asked.owner_id, held.owner_id), '/withdrawing/CNY') AS subject,
               COALESCE(asked.amount, 0) AS expected, COALESCE(held.amount, 0) AS found
        FROM (
            SELECT owner_kind, owner_id, sum(amount) AS amount FROM settle_withdrawal WHERE status IN ('asked', 'ready') GROUP BY owner_kind, owner_id
        ) AS asked
        FULL JOIN (
            SELECT account.owner_kind, account.owner_id, sum(kept.posted) AS amount
            FROM ledger_account AS account JOIN ledger_balance AS kept ON kept.account_id = account.id
            WHERE account.book = 'withdrawing' GROUP BY account.owner_kind, account.owner_id
        ) AS held ON (held.owner_kind, held.owner_id) = (asked.owner_kind, asked.owner_id)
        WHERE COALESCE(asked.amount, 0) <> COALESCE(held.amount, 0)
    """


class InTransitIsSubmitted(SqlProof):
    """Proof 6, for payments: what is in transit is what was submitted of statements and withdrawals and has no end yet, number by number."""

    name = "settlement.in_transit"
    number = 6
    title = _l("付款在途等于已提交、未有结果的付款之和，逐号相等")
    violations = """
        SELECT COALESCE(sent.number, booked.number) AS subject, COALESCE(sent.amount, 0) AS expected, COALESCE(booked.amount, 0) AS found
        FROM (
            SELECT CASE WHEN attempts < 2 THEN number ELSE concat(number, 'R', attempts) END AS number, payable AS amount
            FROM settle_statement WHERE status = 'submitted'
            UNION ALL SELECT number, amount FROM settle_withdrawal WHERE status = 'submitted'
        ) AS sent
        FULL JOIN (
            SELECT fact.key AS number, sum(entry.amount) AS amount
            FROM ledger_account AS account JOIN ledger_entry AS entry ON entry.account_id = account.id
            JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
            WHERE account.book = 'payout_in_transit' GROUP BY fact.key HAVING sum(entry.amount) <> 0
        ) AS booked ON booked.number = sent.number
        WHERE COALESCE(sent.amount, 0) <> COALESCE(booked.amount, 0)
    """


SETTLEMENT_PROOFS = (MerchantsHaveWhatTheyEarned, StatementsEqualTheLedger, HeldIsAskedFor, InTransitIsSubmitted)
