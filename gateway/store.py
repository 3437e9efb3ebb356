"""The simulator's own store: one SQLite file, durable, shared with nobody.

Amounts are integer fen; times are seconds since 1970 (UTC). `due_at` is wall time, all others the simulation's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (
    out_trade_no TEXT PRIMARY KEY,
    prepay_id TEXT NOT NULL UNIQUE,
    trade_type TEXT NOT NULL CHECK (trade_type IN ('JSAPI', 'NATIVE')),
    asked TEXT NOT NULL,
    description TEXT NOT NULL,
    attach TEXT,
    amount INTEGER NOT NULL CHECK (amount > 0),
    payer_openid TEXT,
    notify_url TEXT NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL,
    state TEXT NOT NULL CHECK (state IN ('NOTPAY', 'SUCCESS', 'CLOSED')),
    transaction_id TEXT UNIQUE,
    paid_at REAL,
    fee INTEGER NOT NULL DEFAULT 0 CHECK (fee >= 0),
    sub_mchid TEXT,
    profit_sharing INTEGER NOT NULL DEFAULT 0,
    released_at REAL,
    CHECK ((state = 'SUCCESS') = (transaction_id IS NOT NULL AND paid_at IS NOT NULL))
) STRICT;
CREATE INDEX IF NOT EXISTS payment_paid_at ON payment (paid_at);

CREATE TABLE IF NOT EXISTS refund (
    out_refund_no TEXT PRIMARY KEY,
    refund_id TEXT NOT NULL UNIQUE,
    asked TEXT NOT NULL,
    out_trade_no TEXT NOT NULL REFERENCES payment,
    amount INTEGER NOT NULL CHECK (amount > 0),
    fee_returned INTEGER NOT NULL CHECK (fee_returned >= 0),
    notify_url TEXT,
    accepted_at REAL NOT NULL,
    due_at REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PROCESSING', 'SUCCESS')),
    succeeded_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS refund_of ON refund (out_trade_no);
CREATE INDEX IF NOT EXISTS refund_accepted_at ON refund (accepted_at);
CREATE INDEX IF NOT EXISTS refund_due ON refund (due_at) WHERE state = 'PROCESSING';

CREATE TABLE IF NOT EXISTS transfer (
    out_bill_no TEXT PRIMARY KEY,
    transfer_id TEXT NOT NULL UNIQUE,
    asked TEXT NOT NULL,
    openid TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    remark TEXT NOT NULL,
    accepted_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    due_at REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ACCEPTED', 'WAIT_USER_CONFIRM', 'SUCCESS', 'FAIL')),
    fail_reason TEXT,
    CHECK ((state = 'FAIL') = (fail_reason IS NOT NULL))
) STRICT;
CREATE INDEX IF NOT EXISTS transfer_accepted_at ON transfer (accepted_at);
CREATE INDEX IF NOT EXISTS transfer_due ON transfer (due_at) WHERE state IN ('ACCEPTED', 'WAIT_USER_CONFIRM');

CREATE TABLE IF NOT EXISTS receiver (
    sub_mchid TEXT NOT NULL,
    type TEXT NOT NULL,
    account TEXT NOT NULL,
    name TEXT,
    relation TEXT NOT NULL,
    added_at REAL NOT NULL,
    PRIMARY KEY (sub_mchid, type, account)
) STRICT;

CREATE TABLE IF NOT EXISTS sharing_ratio (
    sub_mchid TEXT PRIMARY KEY,
    max_ratio INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS sharing (
    out_order_no TEXT PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE,
    asked TEXT NOT NULL,
    sub_mchid TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    releases INTEGER NOT NULL,
    description TEXT NOT NULL,
    accepted_at REAL NOT NULL,
    due_at REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PROCESSING', 'FINISHED')),
    finished_at REAL,
    fault TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS sharing_of ON sharing (transaction_id);
CREATE INDEX IF NOT EXISTS sharing_due ON sharing (due_at) WHERE state = 'PROCESSING';

CREATE TABLE IF NOT EXISTS sharing_part (
    out_order_no TEXT NOT NULL REFERENCES sharing,
    seq INTEGER NOT NULL,
    detail_id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    description TEXT NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('PENDING', 'SUCCESS', 'CLOSED')),
    fail_reason TEXT,
    created_at REAL NOT NULL,
    finished_at REAL,
    PRIMARY KEY (out_order_no, seq)
) STRICT;
CREATE INDEX IF NOT EXISTS sharing_part_finished_at ON sharing_part (finished_at);

CREATE TABLE IF NOT EXISTS sharing_return (
    out_return_no TEXT PRIMARY KEY,
    return_id TEXT NOT NULL UNIQUE,
    asked TEXT NOT NULL,
    out_order_no TEXT NOT NULL REFERENCES sharing,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    description TEXT NOT NULL,
    accepted_at REAL NOT NULL,
    due_at REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PROCESSING', 'SUCCESS', 'FAILED')),
    fail_reason TEXT,
    finished_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS sharing_return_finished_at ON sharing_return (finished_at);
CREATE INDEX IF NOT EXISTS sharing_return_due ON sharing_return (due_at) WHERE state = 'PROCESSING';

CREATE TABLE IF NOT EXISTS callback (
    id TEXT PRIMARY KEY,
    event_type TEXT NOT NULL,
    subject TEXT NOT NULL,
    notify_url TEXT NOT NULL,
    resource TEXT NOT NULL,
    created_at REAL NOT NULL,
    fault TEXT,
    state TEXT NOT NULL CHECK (state IN ('WAITING', 'DELIVERED', 'GAVE_UP', 'LOST')),
    tries INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS callback_due ON callback (due_at) WHERE state = 'WAITING';

CREATE TABLE IF NOT EXISTS callback_try (
    callback_id TEXT NOT NULL REFERENCES callback,
    number INTEGER NOT NULL,
    tried_at REAL NOT NULL,
    status INTEGER,
    problem TEXT,
    milliseconds INTEGER NOT NULL,
    PRIMARY KEY (callback_id, number, tried_at)
) STRICT;

CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY,
    phone TEXT NOT NULL,
    template TEXT NOT NULL,
    params TEXT NOT NULL,
    sent_at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS message_phone ON message (phone, sent_at);

CREATE TABLE IF NOT EXISTS lock_code (
    lock_number TEXT NOT NULL,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    begins REAL NOT NULL,
    ends REAL NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (lock_number, name)
) STRICT;

CREATE TABLE IF NOT EXISTS login_code (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    expires_at REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining > 0),
    seconds REAL
) STRICT;

CREATE TABLE IF NOT EXISTS bill_file (
    token TEXT PRIMARY KEY,
    content BLOB NOT NULL,
    expires_at REAL NOT NULL
) STRICT;
"""


# What tables lack that an older program made: columns are added, the orders for faults are forgotten.
ADDED = {"sub_mchid": "TEXT", "profit_sharing": "INTEGER NOT NULL DEFAULT 0", "released_at": "REAL"}


def insert(connection: sqlite3.Connection, table: str, **values: object) -> None:
    """One new row. Table and columns are names in our own code, never input."""
    columns, places = ", ".join(values), ", ".join("?" * len(values))
    connection.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({places})",  # noqa: S608 (see the docstring)
        tuple(values.values()),
    )


class Store:
    """Opens the file for one piece of work at a time; writers wait for each other."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "gateway.sqlite3"
        self._kept = self._open()  # as long as one is open, closing another does not write the whole log back into the file
        self._kept.execute("PRAGMA journal_mode = WAL")
        _bring_up_to_date(self._kept)
        self._kept.executescript(SCHEMA)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the store."""
        with closing(self._open()) as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All of the changes inside, or none of them; nobody else writes meanwhile."""
        with closing(self._open()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=10, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    columns = {row["name"] for row in connection.execute("PRAGMA table_info(payment)")}
    for name, kind in ADDED.items():
        if columns and name not in columns:
            connection.execute(f"ALTER TABLE payment ADD COLUMN {name} {kind}")
    fault = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'fault'").fetchone()
    if fault is not None and "CHECK (scope" in fault["sql"]:
        connection.execute("DROP TABLE fault")
