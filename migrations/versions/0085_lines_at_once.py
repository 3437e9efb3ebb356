"""The lines of a cycle look at each entry of an order once, and each moved entry finds its transaction in whichever way suits how many there are."""

from __future__ import annotations

from alembic import op

revision = "0085_lines_at_once"
down_revision = "0084_wallet_refunds"
branch_labels = None
depends_on = None

WRITE_LINES = """
CREATE OR REPLACE FUNCTION public.settle_write_lines(of_cycle bigint, merchants bigint[])
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
 SET work_mem TO '64MB'
AS $$
-- The lines of these merchants' statements in the cycle, from what moved on their available accounts below the watermark; how many were written.
--
-- It runs as the owner: row-level security would ask for each of a million entries whose it is, and hide from the planner how many there are. So it asks
-- once, and the application's role has no other way to write lines. The movements stand in a table of the transaction first, so that what joins them is
-- planned for as many as there are.
DECLARE
    written bigint;
BEGIN
    IF NOT baiye_scope_all() THEN
        RAISE EXCEPTION 'statements are written for all merchants alike' USING ERRCODE = 'insufficient_privilege';
    END IF;
{moved}    ANALYZE settle_moved;
    -- An order's line says what it was when it was released: fees and refunds up to that transaction, which later ones do not change. A refund's line says
    -- what the platform's fees gave back, and what other buckets than available paid of it.
    INSERT INTO settle_line (
        statement_id, merchant_id, transaction_id, kind, transaction_key, order_id, order_number, trade, goods, delivery, packing, merchant_discount,
        paid, subsidy, earned, refunded, fees, adjusted, payout, net, rule_versions, event_at)
    SELECT moved.statement_id, moved.merchant_id, moved.id, sort.kind, moved.key, moved.order_id, COALESCE(o.number, ''), moved.trade,
           CASE WHEN sort.kind <> 'order' THEN 0 WHEN own.shared THEN own.gross ELSE o.goods END,
           CASE WHEN sort.kind = 'order' AND NOT own.shared THEN o.delivery ELSE 0 END,
           CASE WHEN sort.kind = 'order' AND NOT own.shared THEN o.packing ELSE 0 END,
           CASE WHEN sort.kind = 'order' AND NOT own.shared THEN o.merchant_discount ELSE 0 END,
           CASE WHEN sort.kind <> 'order' THEN 0 WHEN own.shared THEN own.gross ELSE o.paid END,
           CASE WHEN sort.kind = 'order' AND NOT own.shared THEN o.platform_discount ELSE 0 END,
           CASE WHEN sort.kind <> 'order' THEN 0 WHEN own.shared THEN own.gross ELSE o.paid + o.platform_discount END,
           CASE WHEN sort.kind = 'order' AND own.shared THEN own.gross - own.gone WHEN sort.kind = 'refund' AND own.shared THEN own.gone
                WHEN sort.kind = 'order' THEN o.paid + o.platform_discount - {fees}.fees - here.released
                WHEN sort.kind = 'refund' THEN here.refunded + here.returned ELSE 0 END,
           CASE WHEN own.shared THEN 0 WHEN sort.kind = 'order' THEN {fees}.fees WHEN sort.kind = 'refund' THEN -here.returned ELSE 0 END,
           CASE WHEN own.shared AND sort.kind IN ('order', 'refund') THEN moved.amount - CASE sort.kind WHEN 'order' THEN own.gone ELSE -own.gone END
                WHEN sort.kind = 'order' THEN moved.amount - here.released WHEN sort.kind = 'refund' THEN here.refunded + moved.amount
                WHEN sort.kind IN ('payout', 'withdrawal') THEN 0 ELSE moved.amount END,
           CASE WHEN sort.kind IN ('payout', 'withdrawal') THEN -moved.amount ELSE 0 END,
           moved.amount, COALESCE({fees}.rule_versions, '{}'), moved.event_at
    FROM settle_moved AS moved
    LEFT JOIN order_order AS o ON o.id = moved.order_id
{sums}    CROSS JOIN LATERAL (SELECT CASE
        WHEN moved.kind = 'hold_over' AND o.id IS NOT NULL THEN 'order'
        WHEN moved.kind = 'refund_promised' THEN 'refund'
        WHEN moved.kind LIKE 'payout%' THEN 'payout'
        WHEN moved.kind LIKE 'withdrawal%' THEN 'withdrawal'
        WHEN moved.kind = 'reserve_over' THEN 'reserve'
        WHEN moved.kind = 'receivable_offset' THEN 'offset'
        ELSE 'adjustment' END AS kind
    ) AS sort
    LEFT JOIN (
        SELECT DISTINCT line.order_id FROM order_line AS line JOIN settle_moved AS fact ON fact.order_id = line.order_id
        WHERE line.earner_kind = 'merchant' AND line.earner_id IS NOT NULL
    ) AS several ON several.order_id = moved.order_id
    CROSS JOIN LATERAL (
        SELECT several.order_id IS NOT NULL AS shared,
               CASE WHEN several.order_id IS NULL THEN 0 ELSE (
                   SELECT COALESCE(sum(part.amount), 0) FROM ledger_transaction AS done
                   JOIN ledger_entry AS part ON part.transaction_id = done.id JOIN ledger_account AS whose ON whose.id = part.account_id
                   WHERE done.order_id = several.order_id AND done.kind = 'order_completed' AND whose.owner_kind = 'merchant'
                     AND whose.owner_id = moved.merchant_id) END::bigint AS gross,
               CASE WHEN several.order_id IS NULL THEN 0 ELSE (
                   SELECT COALESCE(-sum(part.amount), 0) FROM ledger_entry AS part JOIN ledger_account AS whose ON whose.id = part.account_id
                   WHERE part.transaction_id = moved.id AND whose.owner_kind = 'merchant' AND whose.owner_id = moved.merchant_id
                     AND (moved.kind <> 'hold_over' OR whose.book = 'pending')) END::bigint AS gone
    ) AS own
    ORDER BY moved.merchant_id, moved.id;  -- as the indexes have them
    GET DIAGNOSTICS written = ROW_COUNT;
    DROP TABLE settle_moved;{drop}
    RETURN written;
END $$
"""
# What moved, one entry after the other; what the transaction itself did, and what came before it.
MOVED_ONE_BY_ONE = """    CREATE TEMPORARY TABLE settle_moved (
        statement_id bigint, merchant_id bigint, amount bigint, id bigint, kind text, key text, order_id bigint, trade text, event_at timestamptz
    ) ON COMMIT DROP;
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
    WHERE statement.cycle_id = of_cycle AND statement.merchant_id = ANY (merchants);
"""
HERE_AND_BEFORE = """    LEFT JOIN (
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
"""
# The entries first, so that what joins them is planned for as many as there are; both sums in one pass.
MOVED = """    CREATE TEMPORARY TABLE settle_entry (
        statement_id bigint, merchant_id bigint, amount bigint, id bigint, from_tx bigint, until_tx bigint
    ) ON COMMIT DROP;
    INSERT INTO settle_entry
    SELECT statement.id, statement.merchant_id, entry.amount, entry.transaction_id, COALESCE(last.watermark, 0), statement.watermark
    FROM settle_statement AS statement
    LEFT JOIN LATERAL (
        SELECT watermark, day FROM settle_statement AS earlier
        WHERE earlier.merchant_id = statement.merchant_id AND earlier.id < statement.id ORDER BY earlier.id DESC LIMIT 1
    ) AS last ON true
    JOIN ledger_account AS account
      ON account.owner_kind = 'merchant' AND account.owner_id = statement.merchant_id AND account.book = 'available' AND account.asset = 'CNY'
    JOIN ledger_entry AS entry ON entry.account_id = account.id AND entry.booked_on >= COALESCE(last.day - 1, '-infinity')
    WHERE statement.cycle_id = of_cycle AND statement.merchant_id = ANY (merchants);
    ANALYZE settle_entry;
    CREATE TEMPORARY TABLE settle_moved ON COMMIT DROP AS
    SELECT entry.statement_id, entry.merchant_id, entry.amount, fact.id, fact.kind, left(fact.key, 120) AS key, fact.order_id, fact.trade, fact.event_at
    FROM settle_entry AS entry JOIN ledger_transaction AS fact ON fact.id = entry.id AND fact.tx >= entry.from_tx AND fact.tx < entry.until_tx;
"""
AT_ONCE = """    LEFT JOIN (
        SELECT fact.id, COALESCE(-sum(part.amount) FILTER (WHERE earlier.id = fact.id AND whose.book = 'pending'), 0)::bigint AS released,
               COALESCE(-sum(part.amount) FILTER (WHERE earlier.id = fact.id AND whose.owner_kind = 'merchant'), 0)::bigint AS refunded,
               COALESCE(-sum(part.amount) FILTER (WHERE earlier.id = fact.id AND whose.book = 'revenue'), 0)::bigint AS returned,
               COALESCE(sum(part.amount) FILTER (WHERE earlier.id < fact.id AND whose.book = 'revenue'), 0)::bigint AS fees,
               max(earlier.rule_versions) FILTER (WHERE earlier.id < fact.id AND earlier.kind = 'order_completed') AS rule_versions
        FROM (SELECT DISTINCT id, order_id FROM settle_moved WHERE order_id IS NOT NULL) AS fact
        JOIN ledger_transaction AS earlier ON earlier.order_id = fact.order_id AND earlier.id <= fact.id
        JOIN ledger_entry AS part ON part.transaction_id = earlier.id JOIN ledger_account AS whose ON whose.id = part.account_id
        GROUP BY fact.id
    ) AS here ON here.id = moved.id
"""


def _function(moved: str, sums: str, fees: str, drop: str) -> str:
    text = WRITE_LINES
    for name, part in (("moved", moved), ("sums", sums), ("fees", fees), ("drop", drop)):
        text = text.replace(f"{{{name}}}", part)
    return text


def upgrade() -> None:
    """One pass."""
    op.execute(_function(MOVED, AT_ONCE, "here", " DROP TABLE settle_entry;"))


def downgrade() -> None:
    """Two passes."""
    op.execute(_function(MOVED_ONE_BY_ONE, HERE_AND_BEFORE, "before", ""))
