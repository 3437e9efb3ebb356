"""A spreadsheet that somebody asked for, from waiting to expired."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actors import Actor
from app.core.errors import NotFound
from app.core.flows import Flow, Move, State
from app.framework.access import owned
from app.framework.console.tasks import BackgroundTask
from app.framework.flow import guard_status

SYSTEM = frozenset({"system"})
PEOPLE = frozenset({"Admin", "Reviewer", "Operator", "Finance", "Owner", "Manager", "Cashier"})



def _only_own(task: ExportTask, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Whoever did not ask knows of no such task."""
    if task.user_id != actor.id:
        raise NotFound


EXPORT_FLOW = Flow(
    name="export_task",
    title=_l("导出任务"),
    states=(
        State("waiting", _l("排队中"), "wait"),
        State("running", _l("生成中"), "run"),
        State("done", _l("可下载"), "ok"),
        State("failed", _l("没有做成"), "bad", final=True),
        State("cancelled", _l("已取消"), final=True),
        State("expired", _l("已过期"), final=True),
    ),
    moves=(
        Move("start", _l("开始生成"), ("waiting",), "running", SYSTEM),
        Move("finish", _l("做完"), ("running",), "done", SYSTEM),
        Move("fail", _l("没有做成"), ("waiting", "running"), "failed", SYSTEM),
        Move("cancel", _l("取消"), ("waiting", "running"), "cancelled", PEOPLE, effect=_only_own),
        Move("expire", _l("过期删除"), ("done",), "expired", SYSTEM),
    ),
)


class ExportTask(BackgroundTask):
    """An export. `source` says what is written: `list:<view>` with the list's own address as `arguments`, or a registered name.

    `checkpoint` is where a text file goes on after a worker's death: rows, bytes, their CRC, and the position behind them.
    """

    __tablename__ = "export_task"
    __access__ = owned()
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'expired')", name="status"),
        CheckConstraint("shape IN ('xlsx', 'csv')", name="shape"),
        CheckConstraint("status <> 'done' OR size IS NOT NULL", name="file"),
    )

    source: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    columns: Mapped[list[str]] = mapped_column(JSONB, default=list)
    shape: Mapped[str] = mapped_column(String(4))
    masked: Mapped[bool] = mapped_column(default=True)
    checkpoint: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), default="")

    @property
    def file_name(self) -> str:
        """What the download is called."""
        return f"{self.title}.{self.shape}"


guard_status(ExportTask, EXPORT_FLOW)
