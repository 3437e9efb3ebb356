"""Patrons are what their orders say."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class PatronsAreTheirOrders(SqlProof):
    """Orders and money of each patron are those of the customer's completed orders with the merchant, net of refunds; nobody is missing."""

    name = "audience.patrons"
    number = 11
    title = _l("顾客档案：完成的订单数和花的钱与订单一致")
    violations = """
        SELECT concat('merchant ', coalesce(p.merchant_id, o.merchant_id), ' customer ', coalesce(p.customer_id, o.customer_id)) AS subject,
               coalesce(o.spent, 0) AS expected, coalesce(p.spent, 0) AS found
        FROM audience_patron AS p
        FULL JOIN (
            SELECT merchant_id, customer_id, count(*) AS orders, sum(paid + platform_discount - refunded) AS spent FROM order_order
            WHERE completed_at IS NOT NULL GROUP BY merchant_id, customer_id
        ) AS o ON (o.merchant_id, o.customer_id) = (p.merchant_id, p.customer_id)
        WHERE coalesce(o.orders, 0) <> coalesce(p.orders, 0) OR coalesce(o.spent, 0) <> coalesce(p.spent, 0)
    """
