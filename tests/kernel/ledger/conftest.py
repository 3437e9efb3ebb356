"""What the ledger's tests share: a fixed hour, connections as each role, threads that start together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from app.core.actors import EVERYTHING, system
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.ledger.accounts import clearing, merchant_available
from app.kernel.ledger.manifest import manifest
from app.kernel.ledger.operations import post
from app.kernel.ledger.values import AccountRef, Posting, credit, debit

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
WECHAT = clearing("wechat", "1900000001")


def booked(key: str, amount: int, account: AccountRef | None = None, at: datetime = NOON) -> Posting:
    """Money from the channel to an account: the smallest posting there is."""
    return Posting("test", key, at, (debit(WECHAT, amount), credit(account or merchant_available(1), amount)))


def commit(posting: Posting, now: datetime = NOON) -> int:
    """Post in a transaction of its own; the caller goes on seeing everything."""
    try:
        with transaction(system("test")):
            return post(posting, now)
    finally:
        enter_scope(EVERYTHING)


def together(app: Flask, count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(n)` in `count` threads that start at once; what each returned or raised, in order of n."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                results[number] = work(number)
            except Exception as raised:
                results[number] = raised
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.fixture(autouse=True)
def only_the_ledgers_proofs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Postings stand here without orders, refunds, and bills: the proofs of the packages above do not apply."""
    if "app" not in request.fixturenames:
        yield
        return
    application = request.getfixturevalue("application")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(application.extensions, "manifests", [manifest])
        yield


def _connect(url: str) -> psycopg.Connection[Any]:
    parts = make_url(url)
    return psycopg.connect(
        host=parts.host or str(parts.query["host"]), port=parts.port, user=parts.username, password=parts.password, dbname=parts.database
    )


@pytest.fixture
def as_app(app: Flask) -> Iterator[psycopg.Connection[Any]]:
    """A psql of the application's role that says it sees everything."""
    with _connect(app.config["SQLALCHEMY_DATABASE_URI"]) as connection:
        connection.execute("SELECT set_config('baiye.scope', 'all', false)")
        connection.commit()
        yield connection
        connection.rollback()


@pytest.fixture
def as_owner(app: Flask) -> Iterator[psycopg.Connection[Any]]:
    """A psql of the owner of the tables."""
    with _connect(app.config["MIGRATION_URL"]) as connection:
        yield connection
        connection.rollback()
