"""Workbooks of a cycle or a statement for the export centre: small ones at once, large ones from the queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from app.core.actors import Actor
from app.extensions import db
from app.framework.console.preferences import locale
from app.framework.database import elevated, get
from app.kernel.exports.models import ExportTask
from app.kernel.exports.operations import ask_export
from app.kernel.settlement.models import Cycle, Statement
from app.kernel.settlement.queries import totals_of
from app.kernel.settlement.workbook.sheets import Extent, write

AT_ONCE = 5_000  # lines that a request writes itself
CYCLE, STATEMENT = "settlement.cycle", "settlement.statement"


@dataclass(frozen=True)
class WorkbookSource:
    """The workbook of what `extent(key)` finds, for those who hold `method` on `view`."""

    view: str
    method: str
    extent: Callable[[int], Extent]

    def write(self, arguments: Mapping[str, Any], file: IO[bytes], tell: Callable[[int], None]) -> None:
        """The whole workbook; raises NotFound when it is not in the reader's scope."""
        write(self.extent(int(arguments["id"])), file, tell)


def extent_of_cycle(key: int) -> Extent:
    """Every statement of the cycle."""
    return Extent(get(Cycle, key))


def extent_of_statement(key: int) -> Extent:
    """One statement. Cycles are the platform's; the merchant's copy names its own."""
    statement = get(Statement, key)
    with elevated():
        return Extent(db.session.get_one(Cycle, statement.cycle_id), statement)


SOURCES = {
    CYCLE: WorkbookSource("settlement.desk", "export", extent_of_cycle),
    STATEMENT: WorkbookSource("settlement.statements", "workbook", extent_of_statement),
}


def ask_workbook(subject: Cycle | Statement, *, actor: Actor, now: datetime) -> ExportTask:
    """The subject's workbook waits in the queue."""
    statement = isinstance(subject, Statement)
    rows = totals_of(Statement.id == subject.id if statement else Statement.cycle_id == subject.id).lines
    return ask_export(
        STATEMENT if statement else CYCLE, {"id": subject.id}, title=subject.label, rows=rows, locale=locale() or "zh", actor=actor, now=now,
    )
