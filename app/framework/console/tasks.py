"""Work in the background that a person asked for: how far it is, where its list stands, and the page that shows it live."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from flask_appbuilder import Model
from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.framework.console.view import ConsoleView
from app.framework.database import Dated, Moment
from app.framework.identity import current_actor

LOST_AFTER = 120  # seconds without a sign of life after which a task is taken up by another worker


class BackgroundTask(Dated, Model):
    """What every such task has: whose it is, how far it is, and which attempt is at work. Only the newest attempt may write.

    `heard_at` is the last sign of life of the worker; the files go at `expires_at`; `request_id` and `locale` are of the request that asked.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(String(48), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    merchant_id: Mapped[int | None] = mapped_column(ForeignKey("party_merchant.id"), index=True)
    asked_by: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_done: Mapped[int] = mapped_column(BigInteger, default=0)
    error: Mapped[str] = mapped_column(String(300), default="")
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    request_id: Mapped[str] = mapped_column(String(64), default="")
    attempt: Mapped[int] = mapped_column(default=0)
    heard_at: Mapped[datetime | None] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)

    @property
    def label(self) -> str:
        """What the task is called."""
        return self.title

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return min(self.rows_done * 100 // self.rows, 100) if self.rows else 0

    @property
    def unfinished(self) -> bool:
        """True while there is something to wait for."""
        return self.status in {"waiting", "running"}


def own(model: Any) -> Any:
    """Only what the reader asked for."""
    return model.user_id == current_actor().id


class TaskView(ConsoleView):
    """A centre: one's own tasks, newest first, with their progress. `links(task)` are the buttons of a finished one."""

    base = own
    exports = False
    list_template = "console/tasks.html"
    empty_action: ClassVar[Any] = None

    def task_actions(self, task: Any) -> list[Any]:
        """The buttons that are not moves, as far as the reader may use them."""
        return self._record_actions(task)

    def detail(self, task: Any) -> Any:
        """A line about the task below its name."""
        return ""
