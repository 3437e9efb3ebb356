"""What the person who asked for an export is told."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.exports.models import ExportTask

ASKER = _l("要求导出的人")
FILE = Variable("file", _l("文件"), _l("点餐订单.xlsx"))
ROWS = Variable("rows", _l("行数"), "12,480")
REASON = Variable("reason", _l("原因"), _l("权限被收回"))


def _to_asker(task: ExportTask, happening: Happening) -> Told:
    values = {"file": task.file_name, "rows": f"{task.rows_done or 0:,}", "reason": task.error}
    return Told("ExportView.show", {"pk": task.id}, values, merchant_id=task.merchant_id, user_id=task.user_id)


NOTICES = (
    NoticeKind(
        "exports.done", _l("导出完成"), ASKER, ("export_task.finish",), _to_asker, _l("导出好了：{file}"), _l("{file}，{rows} 行，可以下载了。"), (FILE, ROWS),
    ),
    NoticeKind("exports.failed", _l("导出没有做成"), ASKER, ("export_task.fail",), _to_asker, _l("导出没有做成：{file}"), _l("{reason}"), (FILE, REASON)),
)
