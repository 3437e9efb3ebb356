"""Proof 11: sheets are the orders of their round; stock is what was counted less what was taken."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class SheetsAreTheOrders(SqlProof):
    """Of each round that is closed and each good: pieces on purchase sheets = pieces on picking lists = pieces of the round's orders."""

    name = "groupbuy.sheets"
    number = 11
    title = _l("团购：采购单、分拣单和这一期的订单，每样件数相等")
    violations = """
        SELECT concat(term.number, ' / ', COALESCE(ordered.goods_id, listed.goods_id)) AS subject, COALESCE(ordered.pieces, 0)::text AS expected,
               concat(COALESCE(listed.bought, 0), ' / ', COALESCE(listed.picked, 0)) AS found
        FROM groupbuy_round AS term
        CROSS JOIN LATERAL (
            SELECT line.subject_id AS goods_id FROM groupbuy_order AS mine JOIN order_line AS line ON line.order_id = mine.id WHERE mine.round_id = term.id
            UNION SELECT line.goods_id FROM groupbuy_sheet AS sheet JOIN groupbuy_sheet_line AS line ON line.sheet_id = sheet.id
            WHERE sheet.round_id = term.id
        ) AS goods
        LEFT JOIN LATERAL (
            SELECT goods.goods_id, sum(line.quantity) AS pieces FROM groupbuy_order AS mine JOIN order_line AS line ON line.order_id = mine.id
            WHERE mine.round_id = term.id AND line.subject_id = goods.goods_id
        ) AS ordered ON true
        LEFT JOIN LATERAL (
            SELECT goods.goods_id, sum(line.quantity) FILTER (WHERE sheet.kind = 'purchase') AS bought,
                   sum(line.quantity) FILTER (WHERE sheet.kind = 'picking') AS picked
            FROM groupbuy_sheet AS sheet JOIN groupbuy_sheet_line AS line ON line.sheet_id = sheet.id
            WHERE sheet.round_id = term.id AND line.goods_id = goods.goods_id
        ) AS listed ON true
        WHERE term.status <> 'open'
          AND (COALESCE(ordered.pieces, 0) <> COALESCE(listed.bought, 0) OR COALESCE(ordered.pieces, 0) <> COALESCE(listed.picked, 0))
    """


class StockIsWhatWasCounted(SqlProof):
    """The stock of each good is what was counted last, less what orders took since; never below zero."""

    name = "groupbuy.stock"
    number = 11
    title = _l("团购库存：等于最近一次盘点减去之后卖出的，不少于零")
    violations = """
        SELECT title AS subject, greatest(counted - taken, 0) AS expected, stock AS found FROM groupbuy_goods
        WHERE stock IS NOT NULL AND (stock < 0 OR stock IS DISTINCT FROM counted - taken)
    """
