"""Numbers of database transactions go on after a restore into a cluster that counts from the start."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0036_tx_base"
down_revision = "0035_ledger_tail"
branch_labels = None
depends_on = None

NOW, BELOW = "pg_current_xact_id()::text::bigint", "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
COLUMNS = ("ledger_transaction", "audit_entry")
CHANGED = (("ledger_refuse_stranger", NOW, "baiye_tx()"), ("ledger_seal", BELOW, "baiye_tx_below()"))

# The cluster's own numbers plus a base. The base is a constant in a function that only the owner can replace, so that it costs nothing to ask, no session
# can set it, and a dump carries it along.
NUMBERS = f"""
CREATE FUNCTION baiye_tx_base() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 0::bigint $$;
CREATE FUNCTION baiye_tx() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT {NOW} + public.baiye_tx_base() $$;
CREATE FUNCTION baiye_tx_below() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT {BELOW} + public.baiye_tx_base() $$;
CREATE FUNCTION baiye_tx_above() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT {BELOW.replace("xmin", "xmax")} + public.baiye_tx_base() $$;

CREATE FUNCTION baiye_rebase() RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
-- When rows have numbers that this cluster has yet to reach, the base is raised above all of them; the base afterwards. For the owner, with nobody at work.
DECLARE
    newest bigint;
BEGIN
    LOCK TABLE ledger_transaction, audit_entry, settle_cycle IN SHARE ROW EXCLUSIVE MODE;
    SELECT max(number) INTO newest FROM (
        SELECT max(tx) FROM ledger_transaction UNION ALL SELECT max(tx) FROM audit_entry UNION ALL SELECT max(until_tx) - 1 FROM ledger_block
        UNION ALL SELECT max(until_tx) - 1 FROM audit_block UNION ALL SELECT max(watermark) - 1 FROM settle_cycle
        UNION ALL SELECT max(watermark) - 1 FROM settle_statement
    ) AS known (number);
    IF newest >= baiye_tx() THEN
        EXECUTE format('CREATE OR REPLACE FUNCTION public.baiye_tx_base() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT %s::bigint $f$',
            newest + 1 - {NOW});
    END IF;
    RETURN baiye_tx_base();
END $$;
REVOKE ALL ON FUNCTION baiye_rebase FROM PUBLIC;
"""


def upgrade() -> None:
    """Four functions of numbers and one that moves their base; what used the cluster's numbers uses these."""
    op.execute(NUMBERS)
    for table in COLUMNS:
        op.execute(f"ALTER TABLE {table} ALTER tx SET DEFAULT baiye_tx()")
    for name, old, new in CHANGED:
        _rewrite(name, old, new)


def downgrade() -> None:
    """The cluster's own numbers."""
    for name, old, new in CHANGED:
        _rewrite(name, new, old)
    for table in COLUMNS:
        op.execute(f"ALTER TABLE {table} ALTER tx SET DEFAULT {NOW}")
    op.execute("DROP FUNCTION baiye_rebase, baiye_tx_above, baiye_tx_below, baiye_tx, baiye_tx_base")


def _rewrite(name: str, old: str, new: str) -> None:
    words = str(op.get_bind().execute(sa.text("SELECT pg_get_functiondef(to_regproc(:name))"), {"name": name}).scalar_one())
    changed = re.sub(re.escape(old), lambda _: new, words)
    if changed == words:
        raise RuntimeError(f"{name} does not ask for {old}")
    op.get_bind().exec_driver_sql(changed.replace("%", "%%"))
