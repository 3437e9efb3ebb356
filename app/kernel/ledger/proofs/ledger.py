"""Proofs of the ledger itself: balance, sums, versions, whole transactions, the chain of blocks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs.base import SqlProof


class TrialBalanceIsZero(SqlProof):
    """Proof 1: all entries of an asset add up to zero."""

    name = "ledger.trial_balance"
    number = 1
    title = _l("试算平衡：每种资产借贷合计为零")
    violations = """
        SELECT account.asset AS subject, 0 AS expected, sum(entry.amount) AS found
        FROM ledger_entry AS entry LEFT JOIN ledger_account AS account ON account.id = entry.account_id
        GROUP BY account.asset HAVING sum(entry.amount) <> 0 OR account.asset IS NULL
    """


class KeptBalancesAreSums(SqlProof):
    """Proof 2: every live balance and every snapshot is the sum of its entries, and every account with a floor keeps one."""

    name = "ledger.kept_balances"
    number = 2
    title = _l("余额等于分录之和")
    violations = """
        SELECT * FROM (
            SELECT account.address AS subject, concat(COALESCE(sums.total, 0), ' (', COALESCE(sums.entries, 0), ')') AS expected,
                   COALESCE(concat(kept.posted, ' (', kept.version, ')'), '-') AS found
            FROM ledger_account AS account
            JOIN ledger_book AS book ON book.name = account.book
            LEFT JOIN ledger_balance AS kept ON kept.account_id = account.id
            LEFT JOIN (
                SELECT account_id, sum(amount) AS total, count(*) AS entries FROM ledger_entry WHERE version IS NOT NULL GROUP BY account_id
            ) AS sums ON sums.account_id = account.id
            WHERE account.floor IS DISTINCT FROM book.floor
               OR (account.floor IS NOT NULL AND (kept.posted, kept.version, kept.floor)
                   IS DISTINCT FROM (COALESCE(sums.total, 0)::bigint, COALESCE(sums.entries, 0), account.floor))
               OR kept.posted < kept.floor
            UNION ALL
            SELECT concat(account.address, ' ', snapshot.day), sums.total::text, snapshot.balance::text
            FROM ledger_snapshot AS snapshot JOIN ledger_account AS account ON account.id = snapshot.account_id
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(amount), 0) AS total FROM ledger_entry WHERE account_id = snapshot.account_id AND booked_on <= snapshot.day
            ) AS sums
            WHERE snapshot.day = (SELECT max(day) FROM ledger_snapshot AS latest WHERE latest.account_id = snapshot.account_id)
              AND sums.total <> snapshot.balance
        ) AS violation
    """


class VersionsAreUnbroken(SqlProof):
    """Proof 3: the entries of an account with a floor count 1, 2, 3 …, and each balance is the one before plus the amount."""

    name = "ledger.version_chain"
    number = 3
    title = _l("分录版本连续，逐笔余额相接")
    violations = """
        SELECT concat(account.address, ' @', chain.transaction_id) AS subject,
               concat(chain.position, ': ', chain.running) AS expected, concat(chain.version, ': ', chain.balance_after) AS found
        FROM (
            SELECT account_id, transaction_id, version, balance_after,
                   row_number() OVER line AS position, sum(amount) OVER line AS running
            FROM ledger_entry WHERE version IS NOT NULL WINDOW line AS (PARTITION BY account_id ORDER BY version)
        ) AS chain
        LEFT JOIN ledger_account AS account ON account.id = chain.account_id
        WHERE chain.version <> chain.position OR chain.balance_after <> chain.running
    """


class TransactionsAreWhole(SqlProof):
    """Proof 4: every transaction has the entries it counts, two at least, zero per asset, on its day; no entry lacks its transaction."""

    name = "ledger.whole_transactions"
    number = 4
    title = _l("每笔交易至少两条分录，且自身平衡")
    violations = """
        SELECT COALESCE(head.id, legs.transaction_id) AS subject, COALESCE(head.entry_count, 0) AS expected,
               concat(COALESCE(legs.entries, 0), ', ', COALESCE(legs.balanced, true)) AS found
        FROM ledger_transaction AS head
        FULL JOIN (
            SELECT transaction_id, sum(entries) AS entries, bool_and(total = 0) AS balanced, min(first_day) AS first_day, max(last_day) AS last_day
            FROM (
                SELECT entry.transaction_id, account.asset, count(*) AS entries, sum(entry.amount) AS total,
                       min(entry.booked_on) AS first_day, max(entry.booked_on) AS last_day
                FROM ledger_entry AS entry LEFT JOIN ledger_account AS account ON account.id = entry.account_id
                GROUP BY entry.transaction_id, account.asset
            ) AS per_asset GROUP BY transaction_id
        ) AS legs ON legs.transaction_id = head.id
        WHERE head.id IS NULL OR legs.transaction_id IS NULL OR NOT legs.balanced OR legs.entries < 2 OR legs.entries <> head.entry_count
           OR legs.first_day <> head.booked_on OR legs.last_day <> head.booked_on
    """


class BlocksAreChained(SqlProof):
    """Proof 8: every block's transactions and entries still give its hash, and each block follows on the one before without a gap."""

    name = "ledger.blocks"
    number = 8
    title = _l("每个封存块重算哈希都相同，前后相接")
    violations = """
        SELECT concat('block ', block.id) AS subject, concat(block.transactions, ' ', left(block.hash, 12)) AS expected,
               concat(made.transactions, ' ', left(made.hash, 12)) AS found
        FROM (
            SELECT *, lag(hash, 1, repeat('0', 64)::varchar) OVER line AS hash_before, lag(until_tx, 1, 0::bigint) OVER line AS tx_before
            FROM ledger_block WINDOW line AS (ORDER BY id)
        ) AS block
        CROSS JOIN LATERAL ledger_block_content(block.previous_hash, block.from_tx, block.until_tx) AS made
        WHERE (made.hash, made.transactions, block.previous_hash, block.from_tx)
            IS DISTINCT FROM (block.hash, block.transactions, block.hash_before, block.tx_before)
    """


LEDGER_PROOFS = (TrialBalanceIsZero, KeptBalancesAreSums, VersionsAreUnbroken, TransactionsAreWhole, BlocksAreChained)
