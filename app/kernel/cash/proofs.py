"""Cash that merchants hold in the ledger is what their shifts say."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class CashIsInShifts(SqlProof):
    """Of each merchant: the ledger's cash in drawers = what open and closed shifts took, less what they gave back, with what counting found."""

    name = "cash.held"
    number = 6
    title = _l("商户手里的现金等于各班次的收款减退款，加交班差额")
    violations = """
        SELECT concat('merchant ', coalesce(drawers.merchant_id, held.merchant_id)) AS subject, coalesce(drawers.amount, 0) AS expected,
               coalesce(held.amount, 0) AS found
        FROM (
            SELECT merchant_id, sum(amount) AS amount FROM (
                SELECT merchant_id, amount FROM cash_move
                UNION ALL SELECT merchant_id, difference FROM cash_shift WHERE status = 'closed'
            ) AS moved GROUP BY merchant_id
        ) AS drawers
        FULL JOIN (
            SELECT a.owner_id AS merchant_id, -sum(e.amount) AS amount FROM ledger_account AS a JOIN ledger_entry AS e ON e.account_id = a.id
            WHERE a.book = 'cash_held' GROUP BY a.owner_id
        ) AS held ON held.merchant_id = drawers.merchant_id
        WHERE coalesce(drawers.amount, 0) <> coalesce(held.amount, 0)
    """


class CashWasTakenOnce(SqlProof):
    """Each cash payment and each cash refund went through a drawer once, with its amount; a closed shift expected its float and what went in and out."""

    name = "cash.moves"
    number = 9
    title = _l("每笔现金收款和退款恰好进出钱箱一次，班次应有金额等于备用金加进出")
    violations = """
        SELECT number AS subject, amount AS expected, found FROM (
            SELECT p.number, p.amount, coalesce(sum(m.amount), 0) AS found FROM pay_payment AS p LEFT JOIN cash_move AS m ON m.payment_id = p.id
            WHERE p.channel = 'cash' GROUP BY p.id
            UNION ALL
            SELECT r.number, CASE WHEN r.status = 'succeeded' THEN -r.amount ELSE 0 END, coalesce(sum(m.amount), 0)
            FROM pay_refund AS r JOIN pay_payment AS p ON p.id = r.payment_id AND p.channel = 'cash'
            LEFT JOIN cash_move AS m ON m.refund_id = r.id GROUP BY r.id
            UNION ALL
            SELECT s.number, s.opening + coalesce(sum(m.amount), 0), s.expected FROM cash_shift AS s LEFT JOIN cash_move AS m ON m.shift_id = s.id
            WHERE s.status = 'closed' GROUP BY s.id
        ) AS each WHERE amount <> found
    """


CASH_PROOFS = (CashIsInShifts, CashWasTakenOnce)
