"""What couriers have is what orders gave them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class CouriersHaveWhatTheyEarned(SqlProof):
    """By courier: pending, available, reserve, what is asked for and what was paid of withdrawals = what completed orders' lines say was earned."""

    name = "fulfilment.couriers_have_what_they_earned"
    number = 10
    title = _l("配送员：已付加各账户余额，等于各单挣到的配送费")
    violations = """
        SELECT concat('courier/', COALESCE(lines.courier, kept.courier)) AS subject, COALESCE(lines.earned, 0) AS expected,
               COALESCE(kept.amount, 0) + COALESCE(gone.amount, 0) AS found
        FROM (SELECT earner_id AS courier, sum(earned)::bigint AS earned FROM order_line WHERE earner_kind = 'courier' GROUP BY 1) AS lines
        FULL JOIN (
            SELECT account.owner_id AS courier, sum(held.posted)::bigint AS amount
            FROM ledger_account AS account JOIN ledger_balance AS held ON held.account_id = account.id
            WHERE account.owner_kind = 'courier' AND account.asset = 'CNY' GROUP BY 1
        ) AS kept ON kept.courier = lines.courier
        LEFT JOIN (
            SELECT owner_id AS courier, sum(amount)::bigint AS amount FROM settle_withdrawal
            WHERE owner_kind = 'courier' AND status IN ('submitted', 'paid') GROUP BY 1
        ) AS gone ON gone.courier = COALESCE(lines.courier, kept.courier)
        WHERE COALESCE(lines.earned, 0) <> COALESCE(kept.amount, 0) + COALESCE(gone.amount, 0)
    """


class JobsFollowOrders(SqlProof):
    """A job that is done belongs to a completed order, and only such an order's delivery line is a courier's."""

    name = "fulfilment.jobs_follow_orders"
    number = 5
    title = _l("配送单与订单一致：送达的单都已完成，配送费归送的人")
    violations = """
        SELECT job.order_number AS subject, 'completed / ' || COALESCE(job.courier_id, 0) AS expected,
               CASE WHEN bought.completed_at IS NULL THEN 'open' ELSE 'completed' END || ' / ' || COALESCE(line.earner_id, 0) AS found
        FROM fulfil_job AS job JOIN order_order AS bought ON bought.id = job.order_id
        LEFT JOIN order_line AS line ON line.order_id = job.order_id AND line.kind = 'delivery'
        WHERE (job.status = 'done' AND (bought.completed_at IS NULL OR (line.id IS NOT NULL AND line.earner_id IS DISTINCT FROM job.courier_id)))
           OR (job.status <> 'done' AND line.earner_id IS NOT NULL)
    """
