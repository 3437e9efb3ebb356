"""What the database is told of the scope: at once, before the next statement, and again after a savepoint took it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event, text

from app.core.actors import EVERYTHING, PUBLIC, system
from app.extensions import db
from app.framework.database import driver_connection, enter_scope, plan_for_values, transaction


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
