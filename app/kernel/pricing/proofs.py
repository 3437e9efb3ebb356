"""What months' ends changed of fees is in the ledger, to the fen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class AdjustmentsAreInTheLedger(SqlProof):
    """Each adjustment that is not zero has its own transaction, which brought revenue just that much; and no such transaction is without one."""

    name = "fee_adjustments_are_in_the_ledger"
    number = 10
    title = _l("月末费率调整：每笔都在账本里，金额相等")
    violations = """
        SELECT COALESCE(fact.key, made.id::text) AS subject, COALESCE(made.amount, 0) AS expected, COALESCE(fact.revenue, 0) AS found
        FROM (SELECT * FROM fee_adjustment WHERE amount <> 0) AS made
        FULL JOIN (SELECT t.id, t.key, sum(e.amount) FILTER (WHERE a.book = 'revenue') AS revenue
                   FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
                   WHERE t.kind = 'fee_adjusted' GROUP BY t.id, t.key) AS fact ON fact.id = made.transaction_id
        WHERE COALESCE(made.amount, 0) <> COALESCE(fact.revenue, 0)
    """


class AdjustmentsAreOnTheirLines(SqlProof):
    """The lines of a month by volume say together what its adjustment is; a line that no adjustment is behind says nothing."""

    name = "fee_adjustments_are_on_lines"
    number = 10
    title = _l("月末费率调整：分到各订单费用行的，加起来等于调整金额")
    violations = """
        SELECT COALESCE(made.rule_version_id, spread.rule_version_id) || '/' || COALESCE(made.merchant_id, spread.merchant_id) || '/'
                   || COALESCE(made.month, spread.month) AS subject, COALESCE(made.amount, 0) AS expected, COALESCE(spread.adjusted, 0) AS found
        FROM fee_adjustment AS made
        FULL JOIN (SELECT line.rule_version_id, line.merchant_id, date_trunc('month', o.completed_at AT TIME ZONE 'Asia/Shanghai')::date AS month,
                          sum(line.adjusted)::bigint AS adjusted
                   FROM fee_line AS line JOIN order_order AS o ON o.id = line.order_id WHERE line.adjusted <> 0 GROUP BY 1, 2, 3) AS spread
          ON spread.rule_version_id = made.rule_version_id AND spread.merchant_id = made.merchant_id AND spread.month = made.month
        WHERE COALESCE(made.amount, 0) <> COALESCE(spread.adjusted, 0)
    """
