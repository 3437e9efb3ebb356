"""What coupons gave stands on the orders, and no budget gave more than it has."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class BudgetsAreTheirUses(SqlProof):
    """A coupon's `given` is what it took off orders that were not closed; its used copies are those of such orders."""

    name = "marketing.budgets"
    number = 11
    title = _l("优惠券：已减的钱等于没取消的订单上减的，不超过预算")
    violations = """
        SELECT coupon.id::text AS subject, COALESCE(used.amount, 0) AS expected, coupon.given AS found
        FROM marketing_coupon AS coupon LEFT JOIN (
            SELECT coupon_id, sum(amount)::bigint AS amount FROM marketing_use WHERE returned_at IS NULL GROUP BY coupon_id
        ) AS used ON used.coupon_id = coupon.id
        WHERE coupon.given <> COALESCE(used.amount, 0)
    """


class UsesStandOnOrders(SqlProof):
    """What coupons took off an order is part of its discounts and of those of the orders split off it, of the side that bears it."""

    name = "marketing.orders"
    number = 11
    title = _l("优惠券：每单减的钱都在订单的优惠里，承担方一致")
    violations = """
        SELECT bought.number AS subject, concat(given.merchant_discount, ' / ', given.platform_discount) AS expected,
               concat(used.merchant, ' / ', used.platform) AS found
        FROM (
            SELECT order_id, COALESCE(sum(amount) FILTER (WHERE side = 'merchant'), 0) AS merchant,
                   COALESCE(sum(amount) FILTER (WHERE side = 'platform'), 0) AS platform
            FROM marketing_use GROUP BY order_id
        ) AS used JOIN order_order AS bought ON bought.id = used.order_id
        CROSS JOIN LATERAL (
            SELECT bought.merchant_discount + COALESCE(sum(part.merchant_discount), 0) AS merchant_discount,
                   bought.platform_discount + COALESCE(sum(part.platform_discount), 0) AS platform_discount
            FROM order_order AS part WHERE part.split_from_id = bought.id
        ) AS given
        WHERE used.merchant > given.merchant_discount OR used.platform > given.platform_discount
    """
