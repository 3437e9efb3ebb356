"""Whose rows a model holds, declared once on the model and enforced below every door.

Each mapped class of ours carries `__access__`. The hook in `app.framework.database` turns it into a criterion on every
read and a check on every write; migrations turn the same declaration into row-level security, and a test compares the two.
Without a declaration the application does not start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, false, true

from app.core.actors import Scope

Reader = Literal["nobody", "own", "all"]


@dataclass(frozen=True)
class Access:
    """Who may reach the rows of a model.

    `merchant` and `customer` name the column that holds the owning party's id: that party reads and writes its own rows.
    `open_to` names scopes that may read every row for which `where` holds (a catalogue); `appendable` lets every scope
    insert (a timeline), though it reads only its own. Staff and jobs (`all`) reach everything.
    """

    merchant: str | None = None
    customer: str | None = None
    open_to: frozenset[str] = frozenset()
    where: Callable[[Any], ColumnElement[bool]] | None = None
    appendable: bool = False
    customer_writes: bool = False

    def criterion(self, model: Any, scope: Scope) -> ColumnElement[bool]:
        """The SQL condition under which a row of `model` is visible in `scope`."""
        column = {"merchant": self.merchant, "customer": self.customer}.get(scope.kind)
        if column is not None:
            return getattr(model, column) == scope.id
        if scope.kind in self.open_to:
            return and_(self.where(model)) if self.where else true()
        return false()

    def may_write(self, record: Any, scope: Scope, *, inserted: bool) -> bool:
        """True when `scope` may insert, change, or delete this very record."""
        if inserted and self.appendable:
            return True
        if scope.kind == "merchant" and self.merchant:
            return bool(getattr(record, self.merchant) == scope.id)
        if scope.kind == "customer" and self.customer and self.customer_writes:
            return bool(getattr(record, self.customer) == scope.id)
        return False

    def owner_columns(self) -> tuple[str, ...]:
        """The columns that say whose the row is; they may never change hands."""
        return tuple(column for column in (self.merchant, self.customer) if column)


STAFF_ONLY = Access()


def owned(merchant: str | None = "merchant_id", customer: str | None = None, **more: Any) -> Access:
    """Rows of a merchant, and where `customer` is given also of a customer."""
    return Access(merchant=merchant, customer=customer, **more)


def catalogue(merchant: str = "merchant_id", where: Callable[[Any], ColumnElement[bool]] | None = None) -> Access:
    """Rows that a merchant owns and that customers and the public may read where `where` holds."""
    return Access(merchant=merchant, open_to=frozenset({"customer", "public"}), where=where)


def reference() -> Access:
    """Rows that everybody reads and only staff and jobs write: settings, fee kinds, banks."""
    return Access(open_to=frozenset({"merchant", "customer", "public"}))


def policy_statements(
    table: str, *, merchant: str | None = None, customer: str | None = None, open_to: tuple[str, ...] = (),
    appendable: bool = False, customer_writes: bool = False,
) -> list[str]:
    """The SQL that puts row-level security on `table`; the same words as `Access`, for use in migrations."""
    own = ["(SELECT baiye_scope_all())"]
    if merchant:
        own.append(f"{merchant} = (SELECT baiye_scope_merchant())")
    writes = list(own)
    if customer:
        own.append(f"{customer} = (SELECT baiye_scope_customer())")
        if customer_writes:
            writes.append(own[-1])
    reads = own + [f"(SELECT baiye_scope_kind()) = '{each}'" for each in open_to]
    inserts = "true" if appendable else " OR ".join(writes)
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_read ON {table} FOR SELECT USING ({' OR '.join(reads)})",
        f"CREATE POLICY {table}_insert ON {table} FOR INSERT WITH CHECK ({inserts})",
        f"CREATE POLICY {table}_update ON {table} FOR UPDATE USING ({' OR '.join(writes)}) WITH CHECK ({' OR '.join(writes)})",
        f"CREATE POLICY {table}_delete ON {table} FOR DELETE USING ({' OR '.join(writes)})",
    ]
