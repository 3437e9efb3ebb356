"""Payments and refunds against the ledger, and proof 7: the channel's balance is the bill's last line."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class PaymentsAreBookedOnce(SqlProof):
    """Each paid payment made exactly one ledger transaction, which holds its amount in clearing; an unpaid one made none."""

    name = "payments.booked_once"
    number = 9
    title = _l("每笔到账的支付恰好记账一次，金额相等")
    violations = """
        SELECT p.number AS subject, concat(p.due, ': ', -p.amount * p.due) AS expected, concat(booked.transactions, ': ', booked.amount) AS found
        FROM (SELECT *, CASE WHEN status = 'paid' THEN 1 ELSE 0 END AS due FROM pay_payment) AS p
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT t.id) AS transactions, coalesce(sum(e.amount), 0) AS amount
            FROM ledger_transaction AS t JOIN ledger_entry AS e ON e.transaction_id = t.id JOIN ledger_account AS a ON a.id = e.account_id
            WHERE t.kind IN ('order_paid', 'surplus_received', 'charge_paid', 'wallet_topped_up') AND t.key = p.number AND (
                (a.book = 'clearing' AND a.label = p.channel || ':' || coalesce(nullif(p.sub_merchant, ''), p.account_number))
                OR (p.channel = 'wallet' AND a.book IN ('wallet_principal', 'wallet_bonus') AND a.owner_id = p.customer_id AND a.label = p.account_number)
                OR (p.channel = 'account' AND a.book = 'account_receivable' AND a.label = p.account_number)
                OR (p.channel = 'cash' AND a.book = 'cash_held' AND a.owner_id = p.merchant_id)
                OR (p.channel = 'points' AND (a.label = 'points_cost' OR (a.book = 'receivable' AND a.owner_id = p.merchant_id)))
            )
        ) AS booked
        WHERE booked.transactions <> p.due OR booked.amount <> -p.amount * p.due
    """


class RefundsAreBookedOnce(SqlProof):
    """Each refund that reached its customer made exactly one ledger transaction of its amount; no other made one."""

    name = "payments.refunds_booked_once"
    number = 9
    title = _l("每笔到账的退款恰好记账一次，金额相等")
    violations = """
        SELECT r.number AS subject, CASE WHEN r.status = 'succeeded' THEN r.amount ELSE 0 END AS expected, booked.amount AS found
        FROM pay_refund AS r
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.amount), 0) AS amount
            FROM ledger_transaction AS t JOIN ledger_entry AS e ON e.transaction_id = t.id JOIN ledger_account AS a ON a.id = e.account_id
            WHERE (t.kind = 'refund_confirmed' AND t.key = r.number AND a.book = 'clearing')
               OR (t.kind = 'refunded_to_wallet' AND t.key = r.number AND a.book IN ('wallet_principal', 'wallet_bonus'))
               OR (t.kind = 'refunded_to_account' AND t.key = r.number AND a.book = 'account_receivable')
               OR (t.kind = 'refunded_in_cash' AND t.key = r.number AND a.book = 'cash_held')
               OR (t.kind = 'refunded_to_points' AND t.key = r.number AND (a.book = 'receivable' OR a.label = 'points_cost'))
        ) AS booked
        WHERE booked.amount <> CASE WHEN r.status = 'succeeded' THEN r.amount ELSE 0 END
    """


class OtherWaysAreBookedOnce(SqlProof):
    """Each refund that was paid another way left what is owed to its customer once, with its amount; no other did."""

    name = "payments.other_ways"
    number = 9
    title = _l("每笔改用其他方式退的款恰好记账一次，金额相等")
    violations = """
        SELECT r.number AS subject, CASE WHEN r.status = 'elsewhere' THEN r.amount ELSE 0 END AS expected, booked.amount AS found
        FROM pay_refund AS r
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(e.amount), 0) AS amount
            FROM ledger_transaction AS t JOIN ledger_entry AS e ON e.transaction_id = t.id JOIN ledger_account AS a ON a.id = e.account_id
            WHERE t.kind = 'refund_failed' AND t.key = r.number AND a.book = 'refund_payable'
        ) AS booked
        WHERE booked.amount <> CASE WHEN r.status = 'elsewhere' THEN r.amount ELSE 0 END
    """


class RefundsStayWithinPayments(SqlProof):
    """What a payment counts as refunded is the sum of its refunds that the channel has not closed."""

    name = "payments.refunds_within"
    number = 6
    title = _l("支付单上的已退金额等于它的退款之和，不超过实付")
    violations = """
        SELECT p.number AS subject, coalesce(sum(r.amount) FILTER (WHERE r.status <> 'closed'), 0) AS expected, p.refunded AS found
        FROM pay_payment AS p LEFT JOIN pay_refund AS r ON r.payment_id = p.id
        GROUP BY p.id
        HAVING coalesce(sum(r.amount) FILTER (WHERE r.status <> 'closed'), 0) <> p.refunded OR p.refunded > p.amount
    """


class OwedRefundsAreUnderway(SqlProof):
    """What the ledger owes a customer in refunds is what is on its way to them: promised, and not yet confirmed."""

    name = "payments.owed_refunds"
    number = 6
    title = _l("应退顾客的余额等于在途退款之和")
    violations = """
        SELECT concat('customer ', coalesce(owed.customer_id, underway.customer_id)) AS subject, coalesce(underway.amount, 0) AS expected,
               coalesce(owed.amount, 0) AS found
        FROM (
            SELECT customer_id, sum(amount) AS amount FROM pay_refund
            WHERE status NOT IN ('succeeded', 'elsewhere') AND replaced_at IS NULL GROUP BY customer_id
        ) AS underway
        FULL JOIN (
            SELECT a.owner_id AS customer_id, sum(b.posted) AS amount FROM ledger_account AS a JOIN ledger_balance AS b ON b.account_id = a.id
            WHERE a.book = 'refund_payable' AND a.owner_kind = 'customer' GROUP BY a.owner_id
        ) AS owed ON owed.customer_id = underway.customer_id
        WHERE coalesce(underway.amount, 0) <> coalesce(owed.amount, 0)
    """


class ChannelBalanceIsTheBills(SqlProof):
    """Proof 7: the ledger's channel balance (held by us, so negative) is the closing balance of the newest booked fund bill."""

    name = "payments.channel_balance"
    number = 7
    title = _l("渠道账户余额等于最近一份资金账单的期末结余")
    violations = """
        SELECT coalesce(held.label, bill.label) AS subject, -coalesce(bill.closing, 0) AS expected, coalesce(held.amount, 0) AS found
        FROM (
            SELECT DISTINCT ON (account_number) account_number || '\\:BASIC' AS label, closing FROM pay_bill
            WHERE kind = 'fund' ORDER BY account_number, day DESC
        ) AS bill
        FULL JOIN (
            SELECT a.label, sum(e.amount) AS amount FROM ledger_account AS a JOIN ledger_entry AS e ON e.account_id = a.id
            WHERE a.book = 'channel_balance' GROUP BY a.label
        ) AS held ON held.label = bill.label
        WHERE coalesce(bill.closing, 0) <> -coalesce(held.amount, 0)
    """


class NoticesWereObeyed(SqlProof):
    """Proof 9, for callbacks: what the channel told and we believed stands in our books: the payment is paid, the refund has succeeded."""

    name = "payments.notices_obeyed"
    number = 9
    title = _l("每条处理过的到账通知，都有一笔到账的支付或退款")
    violations = """
        SELECT notice.subject, notice.event_type AS expected, coalesce(payment.status, refund.status, '-') AS found
        FROM pay_notice AS notice
        LEFT JOIN pay_payment AS payment ON notice.event_type = 'TRANSACTION.SUCCESS' AND payment.number = notice.subject
        LEFT JOIN pay_refund AS refund ON notice.event_type = 'REFUND.SUCCESS' AND refund.number = notice.subject
        WHERE notice.status = 'handled' AND notice.event_type IN ('TRANSACTION.SUCCESS', 'REFUND.SUCCESS')
          AND coalesce(payment.status = 'paid', refund.status = 'succeeded', false) IS NOT TRUE
    """


PAYMENT_PROOFS = (
    PaymentsAreBookedOnce, RefundsAreBookedOnce, OtherWaysAreBookedOnce, RefundsStayWithinPayments, OwedRefundsAreUnderway, ChannelBalanceIsTheBills,
    NoticesWereObeyed,
)
