-- What the database promises about the ledger, whoever is connected. Run by migration 0003 as the owner of the tables.
--
-- The functions are SECURITY DEFINER: the application's role may read the ledger and call ledger_post, nothing else. That
-- holds for the trigger functions too, because deferred triggers run at COMMIT as the session's role, which row-level
-- security may keep from seeing the very rows to be checked.
--
-- Their plans are kept (force_generic_plan): with arrays as parameters the planner would otherwise plan each call anew,
-- which costs more than the posting itself (measured: 1,680 against 3,180 postings a second on one connection). A kept plan
-- must still be right when the tables have grown, so it may not read a table that is small at the time from end to end.

-- ---- accounts ------------------------------------------------------------------------------------------------------

CREATE FUNCTION ledger_account_floor() RETURNS trigger LANGUAGE plpgsql AS $$
-- The book decides the floor, not the one who opens the account.
BEGIN
    SELECT floor INTO NEW.floor FROM ledger_book WHERE name = NEW.book;
    RETURN NEW;
END $$;

CREATE FUNCTION ledger_account_balance() RETURNS trigger LANGUAGE plpgsql AS $$
-- An account with a floor is born with its live balance of zero.
BEGIN
    INSERT INTO ledger_balance (account_id, posted, version, floor) SELECT NEW.id, 0, 0, NEW.floor WHERE NEW.floor IS NOT NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_account_floor BEFORE INSERT ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_account_floor();
CREATE TRIGGER ledger_account_balance AFTER INSERT ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_account_balance();

CREATE FUNCTION ledger_account_ids(addresses text[]) RETURNS bigint[] LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
-- The accounts of these addresses in their order; those that do not exist are opened, in the order of their names so
-- that two sessions never wait for each other crosswise.
DECLARE
    found bigint[] := ARRAY(
        SELECT (SELECT id FROM ledger_account WHERE address = wanted.address)
        FROM unnest(addresses) WITH ORDINALITY AS wanted(address, seq) ORDER BY wanted.seq);
BEGIN
    IF array_position(found, NULL) IS NULL THEN
        RETURN found;
    END IF;
    INSERT INTO ledger_account (owner_kind, owner_id, book, asset, trade, label)
        SELECT split_part(wanted, '/', 1), split_part(wanted, '/', 2)::bigint, split_part(wanted, '/', 3), split_part(wanted, '/', 4),
               split_part(wanted, '/', 5), split_part(wanted, '/', 6)
        FROM unnest(addresses) AS wanted WHERE NOT EXISTS (SELECT FROM ledger_account WHERE address = wanted) ORDER BY wanted
        ON CONFLICT DO NOTHING;
    RETURN ARRAY(
        SELECT (SELECT id FROM ledger_account WHERE address = wanted.address)
        FROM unnest(addresses) WITH ORDINALITY AS wanted(address, seq) ORDER BY wanted.seq);
END $$;

-- ---- posting -------------------------------------------------------------------------------------------------------

CREATE FUNCTION ledger_day_lock() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 7310868736 $$;

CREATE FUNCTION ledger_post(
    posting_kind text, posting_key text, happened_at timestamptz, present timestamptz, addresses text[], amounts bigint[],
    about_order bigint, about_trade text, about_merchant bigint, reversed_id bigint, versions bigint[],
    made_by text, checked_by text, note text,
    OUT posted_id bigint, OUT problem text, OUT short_of text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
-- Write one ledger transaction with its entries and return its id, or say why not. `problem` is a value and not an
-- exception, so that a refusal leaves the caller's transaction usable and everything as it was: 'other_content' (kind and
-- key are taken by a transaction with other content) or 'not_enough' (the account `short_of` would fall below its floor).
DECLARE
    account_ids bigint[];
    new_balances bigint[];
    new_versions bigint[];
    short_id bigint;
    earlier record;
    last_closed date;
    booked date := (happened_at AT TIME ZONE 'Asia/Shanghai')::date;
    content bytea := sha256(convert_to(
        jsonb_build_array(addresses, amounts, about_order, about_trade, about_merchant, reversed_id, versions)::text, 'UTF8'));
BEGIN
    account_ids := ledger_account_ids(addresses);

    -- Lock the live balances in account order and work out what they become. MATERIALIZED keeps the planner from judging
    -- a balance before it is locked. Accounts without a live balance get NULL in both arrays.
    WITH held AS MATERIALIZED (
        SELECT balance.account_id, balance.posted, balance.version, balance.floor
        FROM unnest(account_ids) AS wanted(account_id) JOIN ledger_balance AS balance USING (account_id)
        ORDER BY balance.account_id FOR NO KEY UPDATE OF balance
    )
    SELECT array_agg(held.posted + leg.amount ORDER BY leg.seq), array_agg(held.version + 1 ORDER BY leg.seq),
           min(held.account_id) FILTER (WHERE leg.amount < 0 AND held.posted + leg.amount < held.floor)
        INTO new_balances, new_versions, short_id
        FROM unnest(account_ids, amounts) WITH ORDINALITY AS leg(account_id, amount, seq) LEFT JOIN held USING (account_id);

    IF short_id IS NULL THEN
        -- The shared lock lets the closing of a day wait for postings in flight; see ledger_close_day.
        PERFORM pg_advisory_xact_lock_shared(ledger_day_lock());
        SELECT max(day) INTO last_closed FROM ledger_day;
        IF booked <= last_closed THEN
            booked := greatest((present AT TIME ZONE 'Asia/Shanghai')::date, last_closed + 1);
        END IF;
        INSERT INTO ledger_transaction (
            kind, key, request_hash, event_at, booked_on, entry_count, order_id, trade, merchant_id, reverses, rule_versions, maker, checker, memo
        ) VALUES (
            posting_kind, posting_key, content, happened_at, booked, cardinality(account_ids), about_order, about_trade, about_merchant,
            reversed_id, versions, made_by, checked_by, note
        ) ON CONFLICT (kind, key) DO NOTHING RETURNING id INTO posted_id;
    END IF;

    IF posted_id IS NULL THEN
        SELECT id, request_hash INTO earlier FROM ledger_transaction WHERE kind = posting_kind AND key = posting_key;
        IF earlier.id IS NULL THEN
            problem := 'not_enough';
            short_of := (SELECT address FROM ledger_account WHERE id = short_id);
        ELSIF earlier.request_hash = content THEN
            posted_id := earlier.id;
        ELSE
            problem := 'other_content';
        END IF;
        RETURN;
    END IF;

    UPDATE ledger_balance AS balance SET posted = moved.posted, version = moved.version
        FROM unnest(account_ids, new_balances, new_versions) AS moved(account_id, posted, version)
        WHERE balance.account_id = moved.account_id;
    INSERT INTO ledger_entry (transaction_id, seq, account_id, amount, booked_on, balance_after, version)
        SELECT posted_id, leg.seq, leg.account_id, leg.amount, booked, leg.posted, leg.version
        FROM unnest(account_ids, amounts, new_balances, new_versions) WITH ORDINALITY AS leg(account_id, amount, posted, version, seq);
END $$;

CREATE FUNCTION ledger_hold(addresses text[]) RETURNS TABLE (address text, posted bigint) LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
-- The live balances of these accounts, locked in account order until the caller's transaction ends. For rules that
-- look at balances before they post (the waterfall of a late refund). Accounts without a floor are not kept: not listed.
#variable_conflict use_column
BEGIN
    PERFORM ledger_account_ids(addresses);
    RETURN QUERY
        SELECT known.address, balance.posted FROM ledger_balance AS balance JOIN ledger_account AS known ON known.id = balance.account_id
        WHERE known.address = ANY (addresses) ORDER BY balance.account_id FOR NO KEY UPDATE OF balance;
END $$;

-- ---- balanced, complete, sealed --------------------------------------------------------------------------------------

CREATE FUNCTION ledger_refuse_stranger() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
-- Entries join only a transaction made in this very database transaction, under the numbers 1 to entry_count, on its day.
-- Stands for the foreign keys to transaction and account as well: neither is ever deleted, and a foreign key would lock
-- the row of a busy account for every entry.
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN LATERAL (SELECT * FROM ledger_transaction WHERE id = added.transaction_id) AS head ON true
        LEFT JOIN LATERAL (SELECT * FROM ledger_account WHERE id = added.account_id) AS account ON true
        WHERE head.tx IS DISTINCT FROM pg_current_xact_id()::text::bigint OR head.recorded_at IS DISTINCT FROM transaction_timestamp()
           OR added.seq > head.entry_count OR added.booked_on <> head.booked_on
           OR account.id IS NULL OR (account.floor IS NULL) <> (added.version IS NULL)
    ) THEN
        RAISE EXCEPTION 'ledger: entries belong to a transaction made in the same database transaction, within its count, on its day'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_sealed';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_sealed AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_stranger();

CREATE FUNCTION ledger_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
-- A transaction has as many entries as it says, at least two, and they sum to zero per asset. Once this holds nothing can
-- be added, because all numbers from 1 to entry_count are taken: spending the check early with SET CONSTRAINTS gains nothing.
DECLARE
    checked bigint;
    complete boolean;
BEGIN
    IF TG_TABLE_NAME = 'ledger_entry' THEN
        checked := NEW.transaction_id;
    ELSE
        checked := NEW.id;
    END IF;
    SELECT COALESCE(sum(per_asset.entries), 0) = (SELECT entry_count FROM ledger_transaction WHERE id = checked)
           AND bool_and(per_asset.total = 0) INTO complete
    FROM (
        SELECT count(*) AS entries, sum(entry.amount) AS total
        FROM ledger_entry AS entry JOIN ledger_account AS account ON account.id = entry.account_id
        WHERE entry.transaction_id = checked GROUP BY account.asset
    ) AS per_asset;
    IF complete IS NOT TRUE THEN
        RAISE EXCEPTION 'ledger: transaction % is not balanced or not complete', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balanced';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_transaction_balanced AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_unbalanced();
CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.seq = 1) EXECUTE FUNCTION ledger_refuse_unbalanced();

CREATE FUNCTION ledger_refuse_unexplained() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- A live balance is what its latest entry says; it moves only together with an entry, one version at a time.
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.account_id <> OLD.account_id OR NEW.floor <> OLD.floor OR NEW.version <> OLD.version + 1)
       OR NEW.version = 0 AND NEW.posted <> 0
       OR NEW.version > 0 AND NOT EXISTS (
           SELECT FROM ledger_entry WHERE account_id = NEW.account_id AND version = NEW.version AND balance_after = NEW.posted)
    THEN
        RAISE EXCEPTION 'ledger: the balance of account % is not explained by an entry', NEW.account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_explained';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_balance_explained AFTER INSERT OR UPDATE ON ledger_balance
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_unexplained();

-- ---- append only -----------------------------------------------------------------------------------------------------

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger: % on % is refused; corrections are reversing transactions', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_append_only';
END $$;

CREATE TRIGGER ledger_book_append_only BEFORE UPDATE OR DELETE ON ledger_book FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_append_only BEFORE UPDATE OR DELETE ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transaction_append_only BEFORE UPDATE OR DELETE ON ledger_transaction FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_snapshot_append_only BEFORE UPDATE OR DELETE ON ledger_snapshot FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_day_append_only BEFORE UPDATE OR DELETE ON ledger_day FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_balance_kept BEFORE DELETE ON ledger_balance FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER ledger_book_no_truncate BEFORE TRUNCATE ON ledger_book FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_no_truncate BEFORE TRUNCATE ON ledger_account FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transaction_no_truncate BEFORE TRUNCATE ON ledger_transaction FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_balance_no_truncate BEFORE TRUNCATE ON ledger_balance FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_snapshot_no_truncate BEFORE TRUNCATE ON ledger_snapshot FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_day_no_truncate BEFORE TRUNCATE ON ledger_day FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- ---- closing days ----------------------------------------------------------------------------------------------------

CREATE FUNCTION ledger_close_day(closed date, by text) RETURNS boolean LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- From the commit on, nothing is booked on this day or an earlier one. Waits for the postings in flight, which hold the
-- same lock shared; commit at once, because new ones wait meanwhile. False when the day was closed before.
BEGIN
    PERFORM pg_advisory_xact_lock(ledger_day_lock());
    IF closed <= (SELECT max(day) FROM ledger_day) THEN
        RETURN false;
    END IF;
    INSERT INTO ledger_day (day, closed_by) VALUES (closed, by);
    RETURN true;
END $$;

CREATE FUNCTION ledger_snapshot_day(closed date) RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- Store the balance at the end of a closed day of every account that moved since its last snapshot and keeps no live
-- balance; the number of rows stored. Safe to run twice.
DECLARE
    stored bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_day WHERE day = closed) THEN
        RAISE EXCEPTION 'ledger: % is not closed', closed USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_day_closed';
    END IF;
    INSERT INTO ledger_snapshot (account_id, day, balance)
        SELECT account.id, closed, COALESCE(previous.balance, 0) + tail.moved
        FROM ledger_account AS account
        LEFT JOIN LATERAL (
            SELECT day, balance FROM ledger_snapshot WHERE account_id = account.id AND day <= closed ORDER BY day DESC LIMIT 1
        ) AS previous ON true
        CROSS JOIN LATERAL (
            SELECT sum(amount) AS moved FROM ledger_entry
            WHERE account_id = account.id AND booked_on <= closed AND booked_on > COALESCE(previous.day, '-infinity')
        ) AS tail
        WHERE account.floor IS NULL AND tail.moved IS NOT NULL
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS stored = ROW_COUNT;
    RETURN stored;
END $$;

-- ---- rights ----------------------------------------------------------------------------------------------------------

REVOKE ALL ON ledger_book, ledger_account, ledger_transaction, ledger_entry, ledger_balance, ledger_snapshot, ledger_day FROM PUBLIC, baiye_app;
GRANT SELECT ON ledger_book, ledger_account, ledger_transaction, ledger_entry, ledger_balance, ledger_snapshot, ledger_day TO baiye_app;
REVOKE ALL ON SEQUENCE ledger_account_id_seq, ledger_transaction_id_seq FROM baiye_app;
REVOKE ALL ON FUNCTION ledger_account_ids, ledger_post, ledger_hold, ledger_close_day, ledger_snapshot_day FROM PUBLIC, baiye_app;
GRANT EXECUTE ON FUNCTION ledger_post, ledger_hold, ledger_close_day, ledger_snapshot_day TO baiye_app;
