"""What PostgreSQL is told of a transaction (whose scope it has, how to plan), said at once just before the next statement.

A page changes its scope several times before it reads anything: each change told by itself would be a round trip that nobody looks at. What was
told holds until the transaction ends, or until the savepoint in which it was told is rolled back: then it is told again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

WAITING, TOLD = "baiye.waiting", "baiye.told"  # in a connection's `info`: setting → value


def tell(connection: Connection, **settings: str) -> None:
    """Before the next statement of this transaction its settings have these values; a name stands with `__` for its dot."""
    told: dict[str, str] = connection.info.get(TOLD, {})
    waiting: dict[str, str] = connection.info.setdefault(WAITING, {})
    for name, value in settings.items():
        if told.get(name) == value:
            waiting.pop(name, None)
        else:
            waiting[name] = value


def say(connection: Connection) -> None:
    """Tell what waits. Each statement does it by itself; who takes psycopg's own connection asks for it."""
    waiting = connection.info.get(WAITING)
    if not waiting:
        return
    connection.info[WAITING] = {}
    connection.info.setdefault(TOLD, {}).update(waiting)
    calls = ", ".join(f"set_config('{name.replace('__', '.')}', %s, true)" for name in waiting)
    connection.exec_driver_sql(f"SELECT {calls}", tuple(waiting.values()))


@event.listens_for(Engine, "before_cursor_execute")
def _say_first(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if not statement.startswith("ROLLBACK TO"):  # the transaction may have failed, and what is said before would be undone
        say(connection)


@event.listens_for(Engine, "rollback_savepoint")
def _say_again(connection: Connection, *_: Any) -> None:
    connection.info[WAITING] = {**connection.info.get(TOLD, {}), **connection.info.get(WAITING, {})}
    connection.info[TOLD] = {}


@event.listens_for(Engine, "begin")
@event.listens_for(Engine, "commit")
@event.listens_for(Engine, "rollback")
def _forget(connection: Connection) -> None:
    if connection.invalidated or connection.closed:
        return  # what was told went with it
    connection.info.pop(WAITING, None)
    connection.info.pop(TOLD, None)
