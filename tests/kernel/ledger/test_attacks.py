"""What somebody with psql tries, as the application's role and as the owner of the tables. Nothing gets through."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from flask import Flask

from app.extensions import db
from app.kernel.ledger.accounts import escrow, merchant_available
from app.kernel.ledger.queries import balance
from tests.kernel.ledger.conftest import WECHAT, booked, commit

TABLES = ("ledger_book", "ledger_account", "ledger_transaction", "ledger_entry", "ledger_balance", "ledger_snapshot", "ledger_day")
HEAD = (
    "INSERT INTO ledger_transaction (kind, key, request_hash, event_at, booked_on, entry_count, maker)"
    " VALUES ('attack', 'a', '', now(), current_date, {count}, 'intruder');"
)
LEG = (
    "INSERT INTO ledger_entry (transaction_id, seq, account_id, amount, booked_on, balance_after, version)"
    " SELECT (SELECT max(id) FROM ledger_transaction), {seq}, (SELECT id FROM ledger_account WHERE address = '{address}'), {amount}, current_date,"
    " {after}, {version};"
)
HOT, OTHER, KEPT = WECHAT.address, escrow("dining").address, merchant_available(1).address


def head(count: int = 2) -> str:
    """SQL of a transaction that says it has `count` entries."""
    return HEAD.format(count=count)


def leg(seq: int, amount: int, address: str = HOT, after: str = "NULL", version: str = "NULL") -> str:
    """SQL of an entry on the newest transaction."""
    return LEG.format(seq=seq, amount=amount, address=address, after=after, version=version)


@pytest.fixture(autouse=True)
def two_postings(unlimited: Flask) -> None:
    """Something worth attacking: 500 fen of a merchant, 300 in escrow."""
    commit(booked("1", 500))
    commit(booked("2", 300, escrow("dining")))


def untouched() -> bool:
    """True when the ledger is as `two_postings` left it."""
    db.session.rollback()
    return (balance(merchant_available(1)), balance(escrow("dining")), balance(WECHAT)) == (500, 300, -800)


def refused(connection: psycopg.Connection[Any], attack: str, kind: type[psycopg.Error], values: list[Any] | None = None) -> str:
    """The message with which the attack ends, tried up to its commit; fails the test when it goes through."""
    with pytest.raises(kind) as message:
        connection.execute(attack, values)  # type: ignore[arg-type]
        connection.commit()
        pytest.fail(f"went through: {attack}")
    connection.rollback()
    return str(message.value)


READING_ONLY = (
    "INSERT INTO {table} DEFAULT VALUES", "UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", "DROP TABLE {table} CASCADE",
)
WAYS_ROUND = (
    "SELECT nextval('ledger_transaction_id_seq')", "SELECT setval('ledger_transaction_id_seq', 1)",
    "SELECT ledger_account_ids(ARRAY['a/1/bank/CNY'])", "SET session_replication_role = replica", "SET ROLE baiye_owner",
    "CREATE FUNCTION public.ledger_post() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE TABLE public.ledger_own (id int)",
)


def first_column(connection: psycopg.Connection[Any], table: str) -> str:
    """The name of the table's first column."""
    description = connection.execute(f"SELECT * FROM {table}").description  # type: ignore[arg-type]
    assert description is not None
    return str(description[0].name)


@pytest.mark.parametrize("attack", READING_ONLY)
def test_the_application_can_only_read(as_app: psycopg.Connection[Any], attack: str) -> None:
    for table in TABLES:
        refused(as_app, attack.format(table=table, column=first_column(as_app, table)), psycopg.errors.InsufficientPrivilege)
    assert untouched()


def test_the_application_cannot_get_round_the_posting_function(as_app: psycopg.Connection[Any]) -> None:
    for attack in WAYS_ROUND:
        refused(as_app, attack, psycopg.errors.InsufficientPrivilege)
    assert untouched()


def test_a_table_of_the_same_name_in_the_temporary_schema_fools_nobody(as_app: psycopg.Connection[Any]) -> None:
    as_app.execute("CREATE TEMPORARY TABLE ledger_balance (account_id bigint, posted bigint, version bigint, floor bigint)")
    as_app.execute("SET search_path = pg_temp, public")
    row = as_app.execute(
        "SELECT problem FROM public.ledger_post('take', '1', now(), now(), %s, %s, NULL, '', NULL, NULL, '{}', 'intruder', NULL, '')",
        [[KEPT, HOT], [-501, 501]],
    ).fetchone()
    assert row == ("not_enough",)
    as_app.commit()
    assert untouched()


NONSENSE: list[tuple[list[Any], list[str]]] = [
    ([-5, 4], [HOT, OTHER]), ([5], [HOT]), ([-5, 5], [HOT, HOT]), ([0, 0], [HOT, OTHER]), ([-5, 5], [HOT, "platform/0/points_issued/PTS//x"]),
    ([-5, None], [HOT, OTHER]), ([-5, 5, 5], [HOT, OTHER]), ([-5, 5], [HOT]), ([], []), ([-5, 5], [HOT, "merchant/1/available/CNY/a/b/c"]),
    ([-5, 5], [HOT, "merchant/1/nothing/CNY"]), ([-5, 5], [HOT, "garbage"]), ([-(2**63), 2**63 - 1], [HOT, OTHER]),
]


def test_the_posting_function_takes_no_nonsense(as_app: psycopg.Connection[Any]) -> None:
    call = "SELECT ledger_post('attack', '1', now(), now(), %s, %s::bigint[], NULL, '', NULL, NULL, '{}', 'intruder', NULL, '')"
    for amounts, addresses in NONSENSE:
        refused(as_app, call, psycopg.DatabaseError, [addresses, amounts])
    assert untouched()


def test_the_owner_cannot_change_or_delete(as_owner: psycopg.Connection[Any]) -> None:
    as_owner.execute("INSERT INTO ledger_day (day, closed_by) VALUES ('2020-01-01', 'x')")
    as_owner.execute("INSERT INTO ledger_snapshot SELECT id, '2020-01-01', 0 FROM ledger_account WHERE floor IS NULL LIMIT 1")
    as_owner.commit()
    for table in TABLES:
        attacks = [f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"]
        if table != "ledger_balance":
            attacks.append(f"UPDATE {table} SET {first_column(as_owner, table)} = {first_column(as_owner, table)}")
        for attack in attacks:
            assert "is refused; corrections are reversing transactions" in refused(as_owner, attack, psycopg.errors.IntegrityError)
    assert untouched()


OWNER_ATTACKS = {
    "a transaction without entries": head(),
    "one entry": head() + leg(1, 5),
    "a transaction of one entry": head(1) + leg(1, 5),
    "unbalanced": head() + leg(1, -5) + leg(2, 4, OTHER),
    "fewer entries than it says": head(3) + leg(1, -5) + leg(2, 5, OTHER),
    "more entries than it says": head() + leg(1, -5) + leg(2, 5, OTHER) + leg(3, 5, OTHER),
    "a number below one": head() + leg(0, -5) + leg(1, 5, OTHER),
    "an entry of zero": head() + leg(1, 0) + leg(2, 0, OTHER),
    "an account that is not there": head() + leg(1, -5) + leg(2, 5, "merchant/99/available/CNY", "5", "1"),
    "an unbalanced leg after the check was spent": (
        head() + leg(1, -5) + leg(2, 5, OTHER) + "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;" + leg(3, 5, KEPT, "505", "2")
    ),
    "a balanced pair after the check was spent": (
        head() + leg(1, -5) + leg(2, 5, OTHER) + "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;"
        + leg(3, 5, KEPT, "505", "2") + leg(4, -5, HOT)
    ),
    "the check spent before the legs": head() + "SET CONSTRAINTS ALL IMMEDIATE;" + leg(1, -5) + leg(2, 5, OTHER),
    "the legs kept apart from the first": head(3) + leg(2, -5) + leg(3, 5, OTHER),
    "an entry on an old transaction": leg(3, 5, KEPT, "505", "2"),
    "a balanced pair on an old transaction": leg(3, 5, KEPT, "505", "2") + leg(4, -5, OTHER),
    "another day than its transaction's": head() + leg(1, -5).replace("current_date", "current_date - 9") + leg(2, 5, OTHER),
    "a kept account without a version": head() + leg(1, -5) + leg(2, 5, KEPT),
    "the same version twice": head() + leg(1, -5) + leg(2, 5, KEPT, "505", "1"),
    "a balance out of nothing": "UPDATE ledger_balance SET posted = posted + 1, version = version + 1",
    "a balance without a version": "UPDATE ledger_balance SET posted = 0",
    "a balance below its floor": "UPDATE ledger_balance SET posted = -1, version = version + 1",
    "a lower floor": "UPDATE ledger_balance SET floor = -1000, version = version + 1",
    "a balance that goes away": "DELETE FROM ledger_balance",
    "another number of the same key": head().replace("'attack', 'a'", "'test', '1'") + leg(1, -5) + leg(2, 5, OTHER),
    "a checker who is the maker": head().replace("maker)", "maker, checker)").replace("'intruder')", "'x', 'x')") + leg(1, -5) + leg(2, 5, OTHER),
}


def test_the_owner_cannot_make_a_wrong_entry(as_owner: psycopg.Connection[Any]) -> None:
    for attack in OWNER_ATTACKS.values():
        refused(as_owner, attack, psycopg.errors.IntegrityError)
        assert untouched()


def test_the_attacks_fail_for_what_they_do_and_not_for_how_they_are_written(as_owner: psycopg.Connection[Any]) -> None:
    """The control: the same statements, balanced and complete, are accepted."""
    as_owner.execute(head() + leg(1, -5) + leg(2, 5, OTHER) + "SET CONSTRAINTS ALL IMMEDIATE")  # type: ignore[arg-type]
    as_owner.execute(
        "INSERT INTO ledger_account (owner_kind, owner_id, book, asset, floor) VALUES ('merchant', 5, 'available', 'CNY', -9999)"
    )
    assert as_owner.execute("SELECT posted, floor FROM ledger_balance ORDER BY account_id DESC LIMIT 1").fetchone() == (0, 0)
