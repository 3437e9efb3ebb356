"""The entries of an account since a day are read as a range of the index."""

from __future__ import annotations

from alembic import op

revision = "0035_ledger_tail"
down_revision = "0034_settlement_fast"
branch_labels = None
depends_on = None

# Row-level security comes before every operator that might give a secret away, and comparing days counts as one: the index would serve for the account
# only, and a busy account would be read from its first day. So the function asks once whose the account is, and reads as the owner.
TAIL = """
CREATE FUNCTION ledger_moved(of_account bigint, after date, until date) RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
-- What moved on an account after one day and until the end of another, in its own units; NULL when nothing did or the account is not the caller's to see.
BEGIN
    IF NOT baiye_scope_all() AND NOT EXISTS (
        SELECT FROM ledger_account WHERE id = of_account AND (merchant_id = baiye_scope_merchant() OR customer_id = baiye_scope_customer())
    ) THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT sum(amount) FROM ledger_entry WHERE account_id = of_account AND booked_on > after AND booked_on <= until);
END $$;
REVOKE ALL ON FUNCTION ledger_moved FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_moved TO baiye_app;
"""


def upgrade() -> None:
    """One function."""
    op.execute(TAIL)


def downgrade() -> None:
    """Without it."""
    op.execute("DROP FUNCTION ledger_moved")
