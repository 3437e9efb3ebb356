"""A database that came from a cluster whose transactions had higher numbers: settlement, the chain of blocks, and the audit go on."""

from __future__ import annotations

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.core.actors import system
from app.core.clock import now as clock_now
from app.extensions import db
from app.framework.commands.data import upgrade
from app.framework.database import transaction
from app.framework.embedded import conninfo
from app.kernel.audit.operations import broken_blocks, seal_audit
from app.kernel.ledger.operations import seal_block
from tests.kernel.settlement.world import close, release, statements
from tests.support.database import calm
from tests.support.people import Shopper
from tests.verticals.dining.world import Restaurant, restaurant

FAR = 1_000_000_000_000


def count_from(app: Flask, base: int) -> None:
    """The cluster's numbers are `base` higher than its own count: what a long life does to them, or a move to a young cluster undoes."""
    body = f"CREATE OR REPLACE FUNCTION public.baiye_tx_base() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT {base}::bigint $$"
    with psycopg.connect(conninfo(app.config["MIGRATION_URL"])) as connection:
        connection.execute(body)


def base_of(app: Flask) -> int:
    with app.app_context():
        return int(db.session.execute(text("SELECT baiye_tx_base()")).scalar_one())


def sealed(app: Flask) -> tuple[int, int]:
    """How many transactions of the ledger and entries of the audit went into a block each."""
    with app.app_context():
        calm()
        with transaction(system("t")):
            ledger = seal_block(clock_now())
        return ledger, seal_audit()


def sell(place: Restaurant, shopper: Shopper) -> None:
    place.serve(place.paid(shopper, ("鲜虾粥", 2)))


def test_after_a_move_to_a_young_cluster_everything_goes_on(app: Flask) -> None:
    place, li = restaurant(app), Shopper(app, "li")
    count_from(app, FAR)
    sell(place, li)
    release(app)
    close(app)
    assert all(sealed(app))
    count_from(app, 0)
    upgrade(app)
    base = base_of(app)
    assert base > FAR - 10_000_000
    upgrade(app)
    assert base_of(app) == base
    sell(place, li)
    release(app, days=2)
    close(app, days=2)
    assert [(each["opening"], each["closing"], each["lines_count"]) for each in statements(app)] == [(0, 3496, 1), (3496, 6992, 1)]
    assert all(sealed(app))
    with app.app_context(), transaction(system("t")):
        assert broken_blocks() == []


def test_the_application_moves_no_numbers(app: Flask) -> None:
    with app.app_context(), pytest.raises(ProgrammingError, match="permission denied"), transaction(system("t")) as session:
        session.execute(text("SELECT baiye_rebase()"))
