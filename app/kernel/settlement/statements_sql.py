"""The set-based statements that write a cycle: a batch of merchants costs a handful of queries, however many lines.

The lines themselves are written by a function of the database, `settle_write_lines`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

BELOW = text("SELECT baiye_tx_below()")
ABOVE = text("SELECT baiye_tx_above()")

# Of the next merchants of the trade, by id: whether its available account moved below the watermark since its last statement,
# the balance there, and what earlier statements promised and paid.
CANDIDATES = text(
    """
    SELECT merchant.id AS merchant_id, tail.moved IS NOT NULL AS moved, tail.entries, COALESCE(last.closing, 0) + COALESCE(tail.moved, 0) AS closing,
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
        SELECT count(*) AS entries, sum(entry.amount)::bigint AS moved, -sum(entry.amount) FILTER (WHERE fact.kind LIKE 'payout%')::bigint AS paid
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

# The lines of these merchants' statements: one function of the database that writes as the owner, for the application's role may not (migration 0034).
PATIENT = text("SET LOCAL statement_timeout = '10min'")
LINES = text("SELECT settle_write_lines(:cycle, :merchants)").bindparams(bindparam("merchants", type_=ARRAY(BigInteger)))

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
