"""Proof 11: no piece of a deal is sold that is not there, and none comes from nowhere."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class PiecesAreOrders(SqlProof):
    """What a deal sold is the pieces of its orders that were not cancelled and did not come back; each paid one gave as many vouchers as pieces, and as
    many came back as vouchers were refunded unused."""

    name = "vouchers.pieces"
    number = 11
    title = _l("团购商品：已售等于没取消、没退回的订单份数，每份有一张券")
    violations = """
        SELECT deal.title AS subject, deal.sold AS expected,
               concat_ws(' / ', bought.pieces, bought.paid, issued.vouchers, bought.returned, issued.refunded) AS found
        FROM vouchers_deal AS deal
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(own.count - own.returned) FILTER (WHERE o.status <> 'cancelled'), 0) AS pieces, COALESCE(sum(own.returned), 0) AS returned,
                   COALESCE(sum(own.count) FILTER (WHERE o.status NOT IN ('cancelled', 'unpaid')), 0) AS paid
            FROM vouchers_order AS own JOIN order_order AS o ON o.id = own.id WHERE own.deal_id = deal.id
        ) AS bought
        CROSS JOIN LATERAL (
            SELECT count(*) AS vouchers, count(*) FILTER (WHERE status = 'refunded') AS refunded
            FROM redeem_voucher WHERE subject_id = deal.id AND trade = 'vouchers'
        ) AS issued
        WHERE deal.sold <> bought.pieces OR bought.paid <> issued.vouchers OR bought.returned <> issued.refunded
    """
