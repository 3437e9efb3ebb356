"""Proofs of sharing: each part and each return is booked once, the sums on a sharing are those of its requests, clearing is what is frozen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class SharesAreBookedOnce(SqlProof):
    """Each part that the channel gave made exactly one ledger transaction of its amount, each return too; no other made one."""

    name = "sharing.booked_once"
    number = 9
    title = _l("每笔分账和回退恰好记账一次，金额相等")
    violations = """
        SELECT part.number AS subject, concat(part.due, ': ', part.amount * part.due) AS expected,
               concat(coalesce(booked.times, 0), ': ', coalesce(booked.amount, 0)) AS found
        FROM (
            SELECT 'share_done' AS kind, call.number || '/' || line.seq AS number, sharing.sub_merchant, line.amount,
                   CASE WHEN line.result = 'SUCCESS' THEN 1 ELSE 0 END AS due
            FROM share_line AS line JOIN share_call AS call ON call.id = line.call_id JOIN share_sharing AS sharing ON sharing.id = call.sharing_id
            UNION ALL
            SELECT 'share_returned', back.number, sharing.sub_merchant, -back.amount, CASE WHEN back.status = 'done' THEN 1 ELSE 0 END
            FROM share_return AS back JOIN share_sharing AS sharing ON sharing.id = back.sharing_id
        ) AS part
        LEFT JOIN LATERAL (
            SELECT count(DISTINCT fact.id) AS times, sum(entry.amount) AS amount
            FROM ledger_transaction AS fact JOIN ledger_entry AS entry ON entry.transaction_id = fact.id
            JOIN ledger_account AS account ON account.id = entry.account_id
            WHERE fact.kind = part.kind AND fact.key = part.number AND account.book = 'clearing' AND account.label = 'wechat\\:' || part.sub_merchant
        ) AS booked ON true
        WHERE coalesce(booked.times, 0) <> part.due OR coalesce(booked.amount, 0) <> part.amount * part.due
    """


class SharingsAddUp(SqlProof):
    """What a sharing says others have is the sum of its parts less what came back, never beyond the cap, the fee, and what went back."""

    name = "sharing.adds_up"
    number = 6
    title = _l("分账单的已分金额等于各次分账减回退，不超过比例上限")
    violations = """
        SELECT sharing.number AS subject, concat(given.amount - back.amount, ' <= ', sharing.amount::numeric * sharing.most_ppm / 1000000) AS expected,
               sharing.shared AS found
        FROM share_sharing AS sharing
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(line.amount), 0) AS amount FROM share_line AS line JOIN share_call AS call ON call.id = line.call_id
            WHERE call.sharing_id = sharing.id AND line.result = 'SUCCESS'
        ) AS given
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS amount FROM share_return WHERE sharing_id = sharing.id AND status = 'done'
        ) AS back
        WHERE given.amount - back.amount <> sharing.shared OR 1000000 * sharing.shared > sharing.amount * sharing.most_ppm
    """


class FrozenIsInClearing(SqlProof):
    """Of each merchant's own number, clearing holds what was paid, less refunds, shares, and what was left to the merchant."""

    name = "sharing.clearing"
    number = 6
    title = _l("商户子商户号的待清算等于实付减退款、减分账、减已归商户的")
    violations = """
        SELECT coalesce(ours.number, held.number) AS subject, -coalesce(ours.amount, 0) AS expected, coalesce(held.amount, 0) AS found
        FROM (
            SELECT payment.sub_merchant AS number,
                   sum(payment.amount - coalesce(back.amount, 0) - coalesce(sharing.shared, 0) - coalesce(sharing.settled, 0)) AS amount
            FROM pay_payment AS payment LEFT JOIN share_sharing AS sharing ON sharing.payment_id = payment.id
            LEFT JOIN (
                SELECT payment_id, sum(amount) AS amount FROM pay_refund WHERE status = 'succeeded' GROUP BY payment_id
            ) AS back ON back.payment_id = payment.id
            WHERE payment.status = 'paid' AND payment.sub_merchant <> '' GROUP BY payment.sub_merchant
        ) AS ours
        FULL JOIN (
            SELECT substr(account.label, 8) AS number, sum(entry.amount) AS amount
            FROM ledger_account AS account JOIN ledger_entry AS entry ON entry.account_id = account.id
            WHERE account.book = 'clearing' AND substr(account.label, 8) IN (SELECT sub_merchant FROM pay_payment WHERE sub_merchant <> '')
            GROUP BY account.label
        ) AS held ON held.number = ours.number
        WHERE -coalesce(ours.amount, 0) <> coalesce(held.amount, 0)
    """


SHARING_PROOFS = (SharesAreBookedOnce, SharingsAddUp, FrozenIsInClearing)
