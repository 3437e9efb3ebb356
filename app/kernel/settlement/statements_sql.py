"""The set-based statements that write a cycle: a batch of merchants costs a handful of queries, however many lines."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

BELOW = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
ABOVE = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")

# Of the next merchants of the trade, by id: whether its available account moved below the watermark since its last statement,
# the balance there, and what earlier statements promised and paid.
CANDIDATES = text(
    """
    SELECT merchant.id AS merchant_id, tail.moved IS NOT NULL AS moved, COALESCE(last.closing, 0) + COALESCE(tail.moved, 0) AS closing,
           COALESCE(past.promised, 0) AS promised, COALESCE(lines.paid, 0) + COALESCE(tail.paid, 0) AS paid
    FROM party_merchant AS merchant
    JOIN ledger_account AS account
      ON account.owner_kind = 'merchant' AND account.owner_id = merchant.id AND account.book = 'available' AND account.asset = 'CNY'
    LEFT JOIN LATERAL (
        SELECT closing, watermark, day FROM settle_statement WHERE merchant_id = merchant.id ORDER BY id DESC LIMIT 1
    ) AS last ON true
    LEFT JOIN LATERAL (
        SELECT sum(payable)::bigint AS promised FROM settle_statement WHERE merchant_id = merchant.id AND status <> 'carried'
    ) AS past ON true
    LEFT JOIN LATERAL (SELECT sum(payout)::bigint AS paid FROM settle_line WHERE merchant_id = merchant.id AND kind = 'payout') AS lines ON true
    LEFT JOIN LATERAL (
        SELECT sum(entry.amount)::bigint AS moved, -sum(entry.amount) FILTER (WHERE fact.kind LIKE 'payout%')::bigint AS paid
        FROM ledger_entry AS entry JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
        WHERE entry.account_id = account.id AND entry.booked_on >= COALESCE(last.day - 1, '-infinity')
          AND fact.tx >= COALESCE(last.watermark, 0) AND fact.tx < :watermark
    ) AS tail ON true
    WHERE merchant.trades ->> 0 = :trade AND merchant.id > :after ORDER BY merchant.id LIMIT :most
    """
)

STATEMENTS = text(
    """
    INSERT INTO settle_statement (
        number, cycle_id, merchant_id, trade, day, status, watermark, lines_count, opening, earned, refunded, fees, adjusted, paid, closing, payable,
        digest, attempts, reference, confirm_days, created_at, updated_at, version)
    SELECT concat(CAST(:prefix AS text), to_char(nextval('settle_statement_number'), 'FM000000')), :cycle, merchant.id, :trade, :day, 'draft',
           :watermark, 0, COALESCE(last.closing, 0), 0, 0, 0, 0, 0, COALESCE(last.closing, 0), 0, '', 0, '', merchant.confirm_days, :now, :now, 1
    FROM unnest(:merchants, :confirm_days) AS merchant (id, confirm_days)
    LEFT JOIN LATERAL (SELECT closing FROM settle_statement WHERE merchant_id = merchant.id ORDER BY id DESC LIMIT 1) AS last ON true
    ORDER BY merchant.id
    """
).bindparams(bindparam("merchants", type_=ARRAY(BigInteger)), bindparam("confirm_days", type_=ARRAY(Integer)))

# Joins of a batch stay in memory; 64 MB for each step, for this transaction.
ROOMY = text("SELECT set_config('work_mem', '64MB', true)")

# The ledger's movements of a batch stand in a table of the transaction, so that what joins them is planned for as many as there are.
MOVED_TABLE = text(
    """
    CREATE TEMPORARY TABLE settle_moved (
        statement_id bigint, merchant_id bigint, amount bigint, id bigint, kind text, key text, order_id bigint, trade text, event_at timestamptz
    ) ON COMMIT DROP
    """
)
MOVED = text(
    """
    INSERT INTO settle_moved
    SELECT statement.id, statement.merchant_id, entry.amount, fact.id, fact.kind, left(fact.key, 120), fact.order_id, fact.trade, fact.event_at
    FROM settle_statement AS statement
    LEFT JOIN LATERAL (
        SELECT watermark, day FROM settle_statement AS earlier
        WHERE earlier.merchant_id = statement.merchant_id AND earlier.id < statement.id ORDER BY earlier.id DESC LIMIT 1
    ) AS last ON true
    JOIN ledger_account AS account
      ON account.owner_kind = 'merchant' AND account.owner_id = statement.merchant_id AND account.book = 'available' AND account.asset = 'CNY'
    JOIN ledger_entry AS entry ON entry.account_id = account.id AND entry.booked_on >= COALESCE(last.day - 1, '-infinity')
    JOIN ledger_transaction AS fact
      ON fact.id = entry.transaction_id AND fact.tx >= COALESCE(last.watermark, 0) AND fact.tx < statement.watermark
    WHERE statement.cycle_id = :cycle AND statement.merchant_id = ANY (:merchants)
    """
).bindparams(bindparam("merchants", type_=ARRAY(BigInteger)))
COUNTED, FORGOTTEN = text("ANALYZE settle_moved"), text("DROP TABLE settle_moved")

# An order's line says what it was when it was released: fees and refunds up to that transaction, which later ones do not
# change. A refund's line says what the platform's fees gave back, and what other buckets than available paid of it.
LINES = text(
    """
    INSERT INTO settle_line (
        statement_id, merchant_id, transaction_id, kind, transaction_key, order_id, order_number, trade, goods, delivery, packing, merchant_discount,
        paid, subsidy, earned, refunded, fees, adjusted, payout, net, rule_versions, event_at)
    SELECT moved.statement_id, moved.merchant_id, moved.id, sort.kind, moved.key, moved.order_id, COALESCE(o.number, ''), moved.trade,
           CASE WHEN sort.kind = 'order' THEN o.goods ELSE 0 END, CASE WHEN sort.kind = 'order' THEN o.delivery ELSE 0 END,
           CASE WHEN sort.kind = 'order' THEN o.packing ELSE 0 END, CASE WHEN sort.kind = 'order' THEN o.merchant_discount ELSE 0 END,
           CASE WHEN sort.kind = 'order' THEN o.paid ELSE 0 END, CASE WHEN sort.kind = 'order' THEN o.platform_discount ELSE 0 END,
           CASE WHEN sort.kind = 'order' THEN o.paid + o.platform_discount ELSE 0 END,
           CASE sort.kind WHEN 'order' THEN o.paid + o.platform_discount - before.fees - here.released
                          WHEN 'refund' THEN here.refunded + here.returned ELSE 0 END,
           CASE sort.kind WHEN 'order' THEN before.fees WHEN 'refund' THEN -here.returned ELSE 0 END,
           CASE sort.kind WHEN 'order' THEN moved.amount - here.released WHEN 'refund' THEN here.refunded + moved.amount
                          WHEN 'payout' THEN 0 WHEN 'withdrawal' THEN 0 ELSE moved.amount END,
           CASE WHEN sort.kind IN ('payout', 'withdrawal') THEN -moved.amount ELSE 0 END,
           moved.amount, COALESCE(before.rule_versions, '{}'), moved.event_at
    FROM settle_moved AS moved
    LEFT JOIN order_order AS o ON o.id = moved.order_id
    LEFT JOIN (
        SELECT part.transaction_id AS id, COALESCE(-sum(part.amount) FILTER (WHERE whose.book = 'pending'), 0)::bigint AS released,
               COALESCE(-sum(part.amount) FILTER (WHERE whose.owner_kind = 'merchant'), 0)::bigint AS refunded,
               COALESCE(-sum(part.amount) FILTER (WHERE whose.book = 'revenue'), 0)::bigint AS returned
        FROM (SELECT DISTINCT id FROM settle_moved WHERE kind IN ('hold_over', 'refund_promised')) AS fact
        JOIN ledger_entry AS part ON part.transaction_id = fact.id JOIN ledger_account AS whose ON whose.id = part.account_id
        GROUP BY part.transaction_id
    ) AS here ON here.id = moved.id
    LEFT JOIN (
        SELECT fact.id, COALESCE(sum(part.amount) FILTER (WHERE whose.book = 'revenue'), 0)::bigint AS fees,
               max(earlier.rule_versions) FILTER (WHERE earlier.kind = 'order_completed') AS rule_versions
        FROM (SELECT DISTINCT id, order_id FROM settle_moved WHERE order_id IS NOT NULL) AS fact
        JOIN ledger_transaction AS earlier ON earlier.order_id = fact.order_id AND earlier.id < fact.id
        JOIN ledger_entry AS part ON part.transaction_id = earlier.id JOIN ledger_account AS whose ON whose.id = part.account_id
        GROUP BY fact.id
    ) AS before ON before.id = moved.id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN moved.kind = 'hold_over' AND o.id IS NOT NULL THEN 'order'
        WHEN moved.kind = 'refund_promised' THEN 'refund'
        WHEN moved.kind LIKE 'payout%' THEN 'payout'
        WHEN moved.kind LIKE 'withdrawal%' THEN 'withdrawal'
        WHEN moved.kind = 'reserve_over' THEN 'reserve'
        WHEN moved.kind = 'receivable_offset' THEN 'offset'
        ELSE 'adjustment' END AS kind
    ) AS sort
    """
)

SUMS = text(
    """
    UPDATE settle_statement AS statement
    SET (lines_count, earned, refunded, fees, adjusted, paid, closing) = (
        SELECT count(*), COALESCE(sum(earned), 0), COALESCE(sum(refunded), 0), COALESCE(sum(fees), 0), COALESCE(sum(adjusted), 0),
               COALESCE(sum(payout), 0), statement.opening + COALESCE(sum(net), 0)
        FROM settle_line WHERE statement_id = statement.id
    )
    WHERE cycle_id = :cycle AND merchant_id = ANY (:merchants)
    """
).bindparams(bindparam("merchants", type_=ARRAY(BigInteger)))

OWED = text(
    """
    SELECT statement.id, statement.merchant_id, statement.closing,
           COALESCE((SELECT sum(payable) FROM settle_statement AS earlier
                     WHERE earlier.merchant_id = statement.merchant_id AND earlier.id < statement.id AND earlier.status <> 'carried'), 0)::bigint AS promised,
           COALESCE((SELECT sum(payout) FROM settle_line AS line WHERE line.merchant_id = statement.merchant_id AND line.kind = 'payout'), 0)::bigint AS paid
    FROM settle_statement AS statement WHERE statement.cycle_id = :cycle AND statement.merchant_id = ANY (:merchants) ORDER BY statement.id
    """
).bindparams(bindparam("merchants", type_=ARRAY(BigInteger)))

# The digest goes over every line in the ledger's order: transaction, kind, and each amount.
SEAL = text(
    """
    UPDATE settle_statement AS statement SET payable = owed.payable, digest = encode(sha256(convert_to(COALESCE((
        SELECT string_agg(concat_ws('|', transaction_id, kind, order_id, earned, refunded, fees, adjusted, payout, net), E'\\n' ORDER BY transaction_id)
        FROM settle_line WHERE statement_id = statement.id), ''), 'UTF8')), 'hex')
    FROM unnest(:ids, :payable) AS owed (id, payable) WHERE owed.id = statement.id
    """
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)), bindparam("payable", type_=ARRAY(BigInteger)))
