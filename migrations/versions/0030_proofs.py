"""Blocks that chain the ledger, runs of proofs that say how far they are, and what the kitchen counted of its portions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.framework.access import policy_statements

revision = "0030_proofs"
down_revision = "0029_payments_whole"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

BLOCKS = """
CREATE FUNCTION ledger_block_content(previous text, first_tx bigint, end_tx bigint, OUT transactions bigint, OUT hash text) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- The hash of a block: of the hash before it, and of each transaction with its entries and the addresses of their accounts.
SELECT count(*), encode(sha256(convert_to(previous || COALESCE(string_agg(one.digest, '' ORDER BY one.id), ''), 'UTF8')), 'hex')
FROM (
    SELECT head.id, encode(sha256(convert_to(jsonb_build_array(
        head.id, head.kind, head.key, encode(head.request_hash, 'hex'), extract(epoch FROM head.event_at), head.booked_on,
        extract(epoch FROM head.recorded_at), head.tx, head.entry_count, head.order_id, head.trade, head.merchant_id, head.reverses,
        head.rule_versions, head.maker, head.checker, head.memo, (
            SELECT jsonb_agg(jsonb_build_array(
                entry.seq, account.address, entry.amount, entry.booked_on, entry.balance_after, entry.version) ORDER BY entry.seq)
            FROM ledger_entry AS entry LEFT JOIN ledger_account AS account ON account.id = entry.account_id
            WHERE entry.transaction_id = head.id)
        )::text, 'UTF8')), 'hex') AS digest
    FROM ledger_transaction AS head WHERE head.tx >= first_tx AND head.tx < end_tx
) AS one
$$;

CREATE FUNCTION ledger_seal(present timestamptz, most bigint) RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- Chain what is certainly committed into one more block, of about `most` transactions; how many it holds, 0 for no block.
-- Nothing older than the oldest database transaction that runs can still appear, so a block never gains a member.
DECLARE
    last_hash text := repeat('0', 64);
    starts bigint := 0;
    ends bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    cut bigint;
    made record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger_block'));
    SELECT until_tx, hash INTO starts, last_hash FROM ledger_block ORDER BY id DESC LIMIT 1;
    IF NOT FOUND THEN
        starts := 0;
        last_hash := repeat('0', 64);
    END IF;
    SELECT tx INTO cut FROM ledger_transaction WHERE tx >= starts AND tx < ends ORDER BY tx OFFSET greatest(most - 1, 0) LIMIT 1;
    ends := COALESCE(cut + 1, ends);
    SELECT * INTO made FROM ledger_block_content(last_hash, starts, ends);
    IF made.transactions > 0 THEN
        INSERT INTO ledger_block (from_tx, until_tx, transactions, previous_hash, hash, sealed_at)
            VALUES (starts, ends, made.transactions, last_hash, made.hash, present);
    END IF;
    RETURN made.transactions;
END $$;

CREATE TRIGGER ledger_block_append_only BEFORE UPDATE OR DELETE ON ledger_block FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_block_no_truncate BEFORE TRUNCATE ON ledger_block FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

REVOKE ALL ON ledger_block FROM PUBLIC, baiye_app;
GRANT SELECT ON ledger_block TO baiye_app;
REVOKE ALL ON FUNCTION ledger_block_content, ledger_seal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_block_content, ledger_seal TO baiye_app;
"""


def upgrade() -> None:
    """Two tables; columns of runs and of sizes."""
    op.create_table(
        "ledger_block",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("from_tx", sa.BigInteger(), nullable=False),
        sa.Column("until_tx", sa.BigInteger(), nullable=False),
        sa.Column("transactions", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_block")),
        sa.UniqueConstraint("from_tx", name=op.f("uq_ledger_block_from_tx")),
    )
    op.create_index("ix_ledger_transaction_tx", "ledger_transaction", ["tx"])
    op.create_index("ix_ledger_entry_booked", "ledger_entry", ["booked_on"], postgresql_using="brin")
    op.execute(BLOCKS)
    _runs()
    op.add_column("dining_size", sa.Column("counted", sa.Integer(), nullable=True))
    op.add_column("dining_size", sa.Column("taken", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE dining_size SET counted = stock")
    for statement in (*policy_statements("ledger_block"), *policy_statements("ledger_proof_result")):
        op.execute(statement)


def _runs() -> None:
    op.add_column("ledger_proof_run", sa.Column("finished_at", MOMENT, nullable=True))
    op.add_column("ledger_proof_run", sa.Column("only", sa.String(80), nullable=False, server_default=""))
    op.add_column("ledger_proof_run", sa.Column("asked_by", sa.String(80), nullable=False, server_default="system:proofs"))
    op.execute("UPDATE ledger_proof_run SET finished_at = started_at")
    op.create_table(
        "ledger_proof_result",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.String(80), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["ledger_proof_run.id"], name=op.f("fk_ledger_proof_result_run_id_ledger_proof_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_proof_result")),
        sa.UniqueConstraint("run_id", "proof", name=op.f("uq_ledger_proof_result_run_id_proof")),
    )
    op.execute("REVOKE ALL ON ledger_proof_result FROM baiye_app")
    op.execute("GRANT SELECT, INSERT ON ledger_proof_result TO baiye_app")
    op.execute("GRANT USAGE ON SEQUENCE ledger_proof_result_id_seq TO baiye_app")
    op.execute("GRANT UPDATE (milliseconds, findings, finished_at) ON ledger_proof_run TO baiye_app")


def downgrade() -> None:
    """The chain goes; entries stay as they are."""
    for name in ("counted", "taken"):
        op.drop_column("dining_size", name)
    op.drop_table("ledger_proof_result")
    for name in ("finished_at", "only", "asked_by"):
        op.drop_column("ledger_proof_run", name)
    op.execute("DROP FUNCTION ledger_seal, ledger_block_content")
    op.drop_index("ix_ledger_transaction_tx", "ledger_transaction")
    op.drop_index("ix_ledger_entry_booked", "ledger_entry")
    op.drop_table("ledger_block")
