"""The database in our house style: one transaction a request or job, ownership below every query, short lock waits.

Operations flush; only `transaction` and the request's edge commit. The scope of the actor is told to SQLAlchemy (the hooks
here) and to PostgreSQL (`baiye.scope`, read by the row-level policies) at the start of each transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from flask_appbuilder import Model
from psycopg import errors as pg
from sqlalchemy import Connection, DateTime, Row, Select, event, inspect, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, ORMExecuteState, Session, make_transient_to_detached, mapped_column, with_loader_criteria

from app.core.actors import EVERYTHING, PUBLIC, Actor, Scope
from app.core.clock import now
from app.core.errors import Conflict, NotFound, OutOfScope
from app.extensions import db
from app.framework.access import Access
from app.framework.telling import say, tell

Record = TypeVar("Record", bound=DeclarativeBase)

ENGINE_OPTIONS: dict[str, Any] = {
    "pool_size": 8,
    "max_overflow": 24,
    "pool_pre_ping": False,
    "pool_recycle": 1800,
    "connect_args": {
        "connect_timeout": 3,
        "keepalives": 1,
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": 2,
        "tcp_user_timeout": 5000,
        "options": "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000 -c timezone=UTC",
    },
}

Moment = DateTime(timezone=True)
LOST = "8s2b"  # SQLAlchemy's code for a statement after the connection was lost


class Dated:
    """A record that knows when it was made and last changed (UTC), and counts its changes for optimistic locking."""

    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)


@event.listens_for(Session, "before_flush", insert=True)
def _raise_versions(session: Session, *_: Any) -> None:
    for record in session.dirty:
        if isinstance(record, Dated) and session.is_modified(record, include_collections=False):
            record.version += 1


# ---- scope -----------------------------------------------------------------------------------------------------------

def current_scope(session: Session | None = None) -> Scope:
    """The scope of this session; public when nobody has said otherwise, so forgetting it shows nothing."""
    return (session or db.session()).info.get("scope", PUBLIC)


def enter_scope(scope: Scope, session: Session | None = None) -> None:
    """From here on, reads and writes of the session reach only what `scope` reaches, in Python and in PostgreSQL."""
    target = session or db.session()
    if target.info.get("scope") == scope:
        return
    if target.in_transaction():
        target.flush()
    target.info["scope"] = scope
    target.info.pop("criteria", None)
    if target.in_transaction():
        tell(target.connection(), baiye__scope=scope.as_setting())


@contextmanager
def elevated() -> Iterator[None]:
    """Inside the block the platform itself acts: for the steps of an operation that rightly cross parties."""
    before = current_scope()
    enter_scope(EVERYTHING)
    try:
        yield
    finally:
        enter_scope(before)


@event.listens_for(Session, "after_begin")
def _announce_scope(session: Session, transaction: Any, connection: Connection) -> None:
    tell(connection, baiye__scope=current_scope(session).as_setting())


def driver_connection() -> Any:
    """psycopg's own connection of this transaction, for COPY: told of the scope like any statement."""
    connection = db.session.connection()
    say(connection)
    return connection.connection.driver_connection


def owned_models() -> list[type[Any]]:
    """Every mapped class that declares whose rows it holds, parents before children of a joined inheritance."""
    classes = [mapper.class_ for mapper in Model.registry.mappers]
    return [cls for cls in classes if isinstance(getattr(cls, "__access__", None), Access)]


def undeclared_models() -> list[str]:
    """Names of our mapped classes without `__access__`: the factory refuses to start while there is one."""
    classes = [mapper.class_ for mapper in Model.registry.mappers]
    return sorted(cls.__name__ for cls in classes if cls.__module__.startswith("app.") and not hasattr(cls, "__access__"))


def _criteria(session: Session, scope: Scope) -> list[Any]:
    cached = session.info.get("criteria")
    if cached is None:
        cached = [
            with_loader_criteria(model, model.__access__.criterion(model, scope), include_aliases=True)
            for model in owned_models() if "__access__" in model.__dict__
        ]
        session.info["criteria"] = cached
    return cached


@event.listens_for(Session, "do_orm_execute")
def _scope_reads(state: ORMExecuteState) -> None:
    scope = current_scope(state.session)
    if scope.kind == "all" or state.is_insert or state.is_column_load:
        return
    state.statement = state.statement.options(*_criteria(state.session, scope))


@event.listens_for(Session, "before_flush")
def _scope_writes(session: Session, *_: Any) -> None:
    scope = current_scope(session)
    if scope.kind == "all":
        return
    inserted = set(session.new)
    for record in {*session.new, *session.dirty, *session.deleted}:
        access = getattr(type(record), "__access__", None)
        if not isinstance(access, Access) or (record in session.dirty and not session.is_modified(record)):
            continue
        moved = any(_was_someone_elses(record, column) for column in access.owner_columns() if record not in inserted)
        if moved or not access.may_write(record, scope, inserted=record in inserted):
            raise OutOfScope


def _was_someone_elses(record: Any, column: str) -> bool:
    return bool(inspect(record).attrs[column].history.deleted)


def plain_rows(statement: Select[Any]) -> Sequence[Row[Any]]:
    """The rows of a select of columns, in the current scope, without what the ORM does for each row: for reads of very many."""
    session = db.session()
    session.flush()
    scope = current_scope(session)
    scoped = statement if scope.kind == "all" else statement.options(*_criteria(session, scope))
    return session.connection().execute(scoped).all()


def plan_for_values() -> None:
    """Until the transaction ends each statement is planned for the values it has, and runs in one process. A prepared list would keep one
    plan for a filter that matches ten rows and for one that matches a million; helpers cost more to start than a page takes."""
    tell(db.session.connection(), plan_cache_mode="force_custom_plan", max_parallel_workers_per_gather="0")


def plan_once() -> None:
    """Until the transaction ends a prepared statement keeps the plan that suits any value: for the next page of a list, where only the position
    changes, planning costs more than the rows."""
    tell(db.session.connection(), plan_cache_mode="force_generic_plan")


# ---- reading and locking ---------------------------------------------------------------------------------------------

def get(model: type[Record], key: Any) -> Record:
    """The record with that key inside the current scope; NotFound otherwise, the same answer for absent and foreign."""
    record = db.session.get(model, key)
    if record is None:
        raise NotFound
    return record


def lock(model: type[Record], key: Any, *, version: int | None = None) -> Record:
    """The record, read afresh and locked until the transaction ends. Refuses with Conflict when `version` is outdated.

    Lock several records in key order: everything here runs at the same time as itself. Of a joined inheritance the base's row is locked first, whichever
    class is asked for: who locks an order and who locks a trade's order wait for each other, and never in a circle.
    """
    mapper = inspect(model)
    statement = select(model).where(mapper.primary_key[0] == key).with_for_update(of=list(mapper.tables)).execution_options(populate_existing=True)
    record = db.session.scalars(statement).one_or_none()
    if record is None:
        raise NotFound
    if version is not None and record.version != version:  # type: ignore[attr-defined]
        raise Conflict
    return record


def save(record: Record) -> Record:
    """Add and flush, so that keys and constraint errors appear here."""
    db.session.add(record)
    db.session.flush()
    return record


def adopt(records: Iterable[Any]) -> None:
    """Records whose rows a statement of our own has just written belong to the session as if they had been read: their keys and columns are set."""
    found = list(records)
    for record in found:
        make_transient_to_detached(record)
    db.session.add_all(found)


def is_away(error: BaseException) -> bool:
    """True for what is not the work's fault: the server does not answer, ended the connection, was waited for too long, or has no connection left."""
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeout)):
        return True
    if isinstance(error, PendingRollbackError):
        return error.code == LOST  # otherwise a failure of ours came before
    return isinstance(error, DBAPIError) and (error.connection_invalidated or isinstance(error.orig, pg.IdleInTransactionSessionTimeout))


# ---- the edge --------------------------------------------------------------------------------------------------------

@contextmanager
def transaction(actor: Actor) -> Iterator[Session]:
    """One unit of work of a job or command in the scope of `actor`: commits when the block ends, rolls back when it raises."""
    session = db.session()
    session.rollback()
    enter_scope(actor.scope, session)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("scope", None)
        session.info.pop("criteria", None)


@contextmanager
def unwaited_commits() -> Iterator[None]:
    """Inside the block a commit does not wait for the disk. For work that is worth nothing when it breaks off half-way: the next usual commit
    makes all of it durable."""
    def hasten(_: Session, __: Any, connection: Connection) -> None:
        tell(connection, synchronous_commit="off")

    event.listen(Session, "after_begin", hasten)
    try:
        yield
    finally:
        event.remove(Session, "after_begin", hasten)


@contextmanager
def outside() -> Iterator[None]:
    """Inside the block no database transaction is open: for a call to another firm, which may take seconds or never answer.

    What was done so far is committed; what follows begins a new transaction in the same scope. Records read before are
    read again at their next use, so take the values that the call needs first. Using the database inside is a mistake.
    """
    session = db.session()
    session.commit()
    yield
    if session.in_transaction():
        raise RuntimeError("the database was used while another firm was being called")
