"""A spreadsheet that somebody sent, from the dry run to the result file; and what became of each batch of its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actors import Actor
from app.core.errors import NotFound
from app.core.flows import Flow, Move, State
from app.framework.access import owned
from app.framework.console.tasks import BackgroundTask
from app.framework.flow import guard_status

SYSTEM = frozenset({"system"})
PEOPLE = frozenset({"Admin", "Reviewer", "Operator", "Owner", "Manager"})


def _only_own(task: ImportTask, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Whoever did not send the file knows of no such task."""
    if task.user_id != actor.id:
        raise NotFound


IMPORT_FLOW = Flow(
    name="import_task",
    title=_l("导入任务"),
    states=(
        State("checking", _l("检查中"), "run"),
        State("ready", _l("等你确认"), "wait"),
        State("waiting", _l("排队中"), "wait"),
        State("running", _l("导入中"), "run"),
        State("done", _l("已导入"), "ok"),
        State("failed", _l("没有做成"), "bad"),
        State("cancelled", _l("已取消")),
        State("expired", _l("已过期"), final=True),
    ),
    moves=(
        Move("look_over", _l("检查完"), ("checking",), "ready", SYSTEM),
        Move("bring_in", _l("导入"), ("ready",), "waiting", PEOPLE, effect=_only_own, applies=lambda task: bool(task.mode)),
        Move("start", _l("开始导入"), ("waiting",), "running", SYSTEM),
        Move("finish", _l("导入完"), ("running",), "done", SYSTEM),
        Move("fail", _l("没有做成"), ("checking", "waiting", "running"), "failed", SYSTEM),
        Move("cancel", _l("取消"), ("checking", "ready", "waiting", "running"), "cancelled", PEOPLE, effect=_only_own),
        Move("expire", _l("过期删除"), ("ready", "done", "failed", "cancelled"), "expired", SYSTEM),
    ),
)


class ImportTask(BackgroundTask):
    """A file of one importer. `rows` counts what is in it, `good` and `bad` what the dry run said; `position` is how many are dealt with.

    `mode`: `all` brings in everything or nothing, `good` leaves out faulty rows. `faults` holds the first [row, column, sentence].
    """

    __tablename__ = "import_task"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("status IN ('checking', 'ready', 'waiting', 'running', 'done', 'failed', 'cancelled', 'expired')", name="status"),
        CheckConstraint("mode IN ('', 'all', 'good')", name="mode"),
    )

    status: Mapped[str] = mapped_column(String(12), default="checking")
    importer: Mapped[str] = mapped_column(String(80))
    mode: Mapped[str] = mapped_column(String(4), default="")
    good: Mapped[int] = mapped_column(BigInteger, default=0)
    bad: Mapped[int] = mapped_column(BigInteger, default=0)
    position: Mapped[int] = mapped_column(BigInteger, default=0)
    faults: Mapped[list[list[Any]]] = mapped_column(JSONB, default=list)

    @property
    def unfinished(self) -> bool:
        """True while there is something to wait for."""
        return self.status in {"checking", "waiting", "running"}


guard_status(ImportTask, IMPORT_FLOW)


class ImportBatch(Model):
    """What became of the rows of one batch: [row number, words]; written in the transaction that brought them in."""

    __tablename__ = "import_batch"
    __access__ = owned()
    __table_args__ = (UniqueConstraint("task_id", "begins"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("import_task.id"))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger)
    begins: Mapped[int] = mapped_column(BigInteger)
    outcomes: Mapped[list[list[Any]]] = mapped_column(JSONB, default=list)
