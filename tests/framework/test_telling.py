"""What the database is told of the scope: at once, before the next statement, and again after a savepoint took it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from app.core.actors import EVERYTHING, PUBLIC, Actor, Scope, system
from app.extensions import db
from app.framework.database import driver_connection, elevated, enter_scope, plan_for_values, transaction
from tests.support.people import merchant


@contextmanager
def heard() -> Iterator[list[str]]:
    """The statements that reach the database inside the block."""
    found: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    yield found
    event.remove(db.engine, "before_cursor_execute", listen)


def scope() -> str:
    return str(db.session.execute(text("SELECT current_setting('baiye.scope', true)")).scalar_one())


def test_scopes_that_nobody_read_in_are_not_told(app: Flask) -> None:
    with app.app_context(), transaction(system("test")), heard() as said:
        assert scope() == EVERYTHING.as_setting()
        enter_scope(PUBLIC)
        enter_scope(EVERYTHING)
        assert scope() == EVERYTHING.as_setting()
        enter_scope(PUBLIC)
        plan_for_values()
        assert scope() == PUBLIC.as_setting()
    assert said == [
        "SELECT set_config('baiye.scope', %s, true)", *["SELECT current_setting('baiye.scope', true)"] * 2,
        "SELECT set_config('baiye.scope', %s, true), set_config('plan_cache_mode', %s, true), set_config('max_parallel_workers_per_gather', %s, true)",
        "SELECT current_setting('baiye.scope', true)",
    ]


def test_a_savepoint_that_is_rolled_back_takes_no_scope_with_it(app: Flask) -> None:
    with app.app_context(), transaction(system("test")):
        enter_scope(PUBLIC)
        scope()
        enter_scope(EVERYTHING)
        point = db.session.begin_nested()
        assert scope() == EVERYTHING.as_setting()
        point.rollback()
        assert scope() == EVERYTHING.as_setting()


def test_the_drivers_own_connection_is_told_too_and_the_next_transaction_starts_anew(app: Flask) -> None:
    with app.app_context():
        with transaction(system("test")):
            scope()
            enter_scope(PUBLIC)
            assert driver_connection().execute("SELECT current_setting('baiye.scope', true)").fetchone() == (PUBLIC.as_setting(),)
            enter_scope(EVERYTHING)  # never told: the transaction ends
        with db.engine.connect() as bare:
            assert bare.execute(text("SELECT current_setting('baiye.scope', true)")).scalar_one() in (None, "")
        with transaction(system("test")):
            assert scope() == EVERYTHING.as_setting()


@pytest.mark.parametrize("early", [True, False], ids=["told before", "told inside"])
def test_the_scope_holds_after_a_savepoint_that_failed(app: Flask, early: bool) -> None:
    house = merchant(app)
    actor = Actor("member", 1, "林", frozenset({"Owner"}), Scope("merchant", house.merchant_id))
    with app.app_context(), transaction(actor):
        assert not early or scope() == actor.scope.as_setting()
        with pytest.raises(IntegrityError), elevated(), db.session.begin_nested():
            db.session.execute(text("INSERT INTO party_merchant SELECT * FROM party_merchant"))
        assert scope() == actor.scope.as_setting()
        with pytest.raises(RuntimeError), elevated(), db.session.begin_nested():
            assert scope() == "all"
            raise RuntimeError
        assert scope() == actor.scope.as_setting()
