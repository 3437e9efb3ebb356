"""Proof 11: uses are what was redeemed. Proof 6: every fen that vouchers were bought with is redeemed, refunded, or still held."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class UsesAreRedemptions(SqlProof):
    """What a voucher says was used is the sum of its redemptions that stand, and its uses of each state are as many as it says."""

    name = "redemption.uses"
    number = 11
    title = _l("券码：已用次数等于没撤销的核销次数，不超过可用次数")
    violations = """
        SELECT concat(voucher.title, ' ', voucher.tail) AS subject, concat(voucher.used, ' / ', voucher.refunded) AS expected,
               concat(taken.count, ' / ', states.redeemed, ' / ', states.refunded) AS found
        FROM redeem_voucher AS voucher
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(count), 0) AS count FROM redeem_redemption WHERE voucher_id = voucher.id AND status <> 'undone'
        ) AS taken
        CROSS JOIN LATERAL (
            SELECT count(*) AS uses, count(*) FILTER (WHERE state = 'redeemed') AS redeemed, count(*) FILTER (WHERE state = 'refunded') AS refunded
            FROM redeem_use WHERE voucher_id = voucher.id
        ) AS states
        WHERE voucher.used <> taken.count OR voucher.used <> states.redeemed OR voucher.refunded <> states.refunded OR voucher.uses <> states.uses
           OR (voucher.status = 'live') <> (voucher.used + voucher.refunded < voucher.uses)
    """


class EveryFenOfAVoucher(SqlProof):
    """Voucher by voucher: paid = held for live uses + moved with redemptions + refunded of both; a live use's line is with the order that was paid, a
    redeemed one's with its redemption's order."""

    name = "redemption.money"
    number = 6
    title = _l("券款：每张券实付等于待用、已核销、已退之和，钱在该在的订单上")
    violations = """
        SELECT concat(voucher.title, ' ', voucher.tail) AS subject, voucher.paid AS expected,
               concat(sums.paid, ', ', sums.astray) AS found
        FROM redeem_voucher AS voucher
        CROSS JOIN LATERAL (
            SELECT sum(line.payable) AS paid, count(*) FILTER (WHERE line.order_id <> CASE use.state
                       WHEN 'redeemed' THEN redemption.order_id ELSE voucher.order_id END
                    OR (use.state = 'refunded' AND line.refunded <> line.payable) OR (use.state = 'live' AND line.refunded = line.payable)
                    OR use.amount <> line.payable) AS astray
            FROM redeem_use AS use JOIN order_line AS line ON line.id = use.line_id
            LEFT JOIN redeem_redemption AS redemption ON redemption.id = use.redemption_id
            WHERE use.voucher_id = voucher.id
        ) AS sums
        WHERE sums.paid <> voucher.paid OR sums.astray > 0
    """


class RedemptionsAreShared(SqlProof):
    """A redemption that is completed has an order that is; one that stands open has an order that holds its money; an undone one holds nothing."""

    name = "redemption.orders"
    number = 5
    title = _l("核销：完成的已分账，可撤销的还在托管，撤销的不留钱")
    violations = """
        SELECT part.number AS subject, redemption.status AS expected,
               concat(part.status, ' ', part.paid, ' ', part.completed_at IS NOT NULL) AS found
        FROM redeem_redemption AS redemption JOIN order_order AS part ON part.id = redemption.order_id
        WHERE (redemption.status = 'done') <> (part.completed_at IS NOT NULL) OR (redemption.status = 'undone' AND part.paid <> 0)
           OR part.merchant_id <> redemption.merchant_id
    """


REDEMPTION_PROOFS = (UsesAreRedemptions, EveryFenOfAVoucher, RedemptionsAreShared)
