"""Proof 5: of each order, what came in is where it belongs, to the fen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class EscrowFollowsOrders(SqlProof):
    """Escrow by order: what is paid and neither completed nor refunded; zero once the order is completed or closed."""

    name = "escrow_follows_orders"
    number = 6
    title = _l("订单托管：未完成的等于实付加补贴减退款，已了结的为零")
    violations = """
        SELECT o.number AS subject, o.expected, coalesce(e.held, 0) AS found
        FROM (SELECT id, number, CASE WHEN completed_at IS NOT NULL OR paid = 0 THEN 0 ELSE
                paid + CASE WHEN paid_at IS NOT NULL THEN platform_discount ELSE 0 END - refunded
                - (SELECT coalesce(sum(subsidy_returned), 0) FROM order_line l WHERE l.order_id = order_order.id) END AS expected
              FROM order_order) o
        LEFT JOIN (SELECT t.order_id, sum(e.amount) AS held FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
                   JOIN ledger_account a ON a.id = e.account_id WHERE a.book = 'escrow' GROUP BY 1) e ON e.order_id = o.id
        WHERE o.expected <> coalesce(e.held, 0)
    """


class OrdersAreShared(SqlProof):
    """Of a completed order: payees and revenue in the ledger = paid + subsidy − refunds, and revenue = fee lines net of returns."""

    name = "orders_are_shared"
    number = 5
    title = _l("已完成订单：各方所得加平台收入等于实付加补贴减退款")
    violations = """
        SELECT o.number AS subject,
               o.paid + o.platform_discount - o.refunded - l.back || ' / ' || f.fees AS expected,
               coalesce(e.shared, 0) || ' / ' || coalesce(e.revenue, 0) AS found
        FROM order_order o
        JOIN LATERAL (SELECT coalesce(sum(subsidy_returned), 0) AS back FROM order_line WHERE order_id = o.id) l ON true
        JOIN LATERAL (SELECT coalesce(sum(amount - returned), 0) AS fees FROM fee_line WHERE order_id = o.id AND payee = 'platform') f ON true
        LEFT JOIN (SELECT t.order_id, sum(e.amount) AS shared, sum(e.amount) FILTER (WHERE a.book = 'revenue') AS revenue
                   FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id JOIN ledger_account a ON a.id = e.account_id
                   WHERE a.book IN ('revenue', 'pending', 'available', 'reserve', 'deposit', 'receivable', 'cash_own')
                     AND t.kind IN ('order_completed', 'refund_promised', 'hold_over', 'reserve_over') GROUP BY 1) e ON e.order_id = o.id
        WHERE o.completed_at IS NOT NULL
          AND (o.paid + o.platform_discount - o.refunded - l.back <> coalesce(e.shared, 0) OR f.fees <> coalesce(e.revenue, 0))
    """


class ClosedOrdersAreEmpty(SqlProof):
    """An order that was paid and closed without completion has given everything back."""

    name = "closed_orders_are_empty"
    number = 5
    title = _l("未完成而关闭的订单：实付已全部退还")
    violations = """
        SELECT number AS subject, paid AS expected, refunded AS found FROM order_order
        WHERE closed_at IS NOT NULL AND completed_at IS NULL AND paid <> refunded
    """


class NothingBetweenOrders(SqlProof):
    """What leaves an order for one that is split off it arrives there in the same moment."""

    name = "nothing_between_orders"
    number = 6
    title = _l("订单拆分：拆出的都已到单独的订单，在途为零")
    violations = """
        SELECT fact.key AS subject, 0 AS expected, sum(entry.amount) AS found
        FROM ledger_entry AS entry JOIN ledger_account AS account ON account.id = entry.account_id
        JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
        WHERE account.book = 'order_transit' GROUP BY fact.key HAVING sum(entry.amount) <> 0
    """
