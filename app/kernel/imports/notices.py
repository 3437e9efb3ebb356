"""What the person who sent an import is told."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.imports.models import ImportTask

SENDER = _l("上传文件的人")
FILE = Variable("file", _l("文件"), _l("菜单.xlsx"))
GOOD = Variable("good", _l("正确的行数"), "480")
BAD = Variable("bad", _l("有错的行数"), "3")
REASON = Variable("reason", _l("原因"), _l("文件打不开"))


def _to_sender(task: ImportTask, happening: Happening) -> Told:
    values = {"file": task.title, "good": f"{task.good:,}", "bad": f"{task.bad:,}", "reason": task.error}
    return Told("ImportView.show", {"pk": task.id}, values, merchant_id=task.merchant_id, user_id=task.user_id)


def _when_it_took_long(task: ImportTask, happening: Happening) -> Told | None:
    """The sender, when a worker looked the file over; a small one is looked over while the sender waits for the page."""
    return _to_sender(task, happening) if task.heard_at is not None else None


NOTICES = (
    NoticeKind(
        "imports.ready", _l("导入文件检查完"), SENDER, ("import_task.look_over",), _when_it_took_long, _l("{file} 检查完了"),
        _l("{good} 行可以导入，{bad} 行有错，等你确认。"), (FILE, GOOD, BAD),
    ),
    NoticeKind(
        "imports.done", _l("导入完成"), SENDER, ("import_task.finish",), _to_sender, _l("{file} 导入完成"),
        _l("每一行的结果都在结果文件里。"), (FILE, GOOD, BAD),
    ),
    NoticeKind("imports.failed", _l("导入没有做成"), SENDER, ("import_task.fail",), _to_sender, _l("{file} 没有导入"), _l("{reason}"), (FILE, REASON)),
)
