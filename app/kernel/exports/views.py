"""`/exports`: one's own exports with their progress; download, cancel, once more."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.framework.console.columns import Action, Column, Tab
from app.framework.console.export import download
from app.framework.console.page import expose, page_access
from app.framework.console.tasks import TaskView
from app.kernel.exports.models import ExportTask
from app.kernel.exports.operations import ask_again, take_file


class ExportView(TaskView):
    """The export centre."""

    name = "exports.tasks"
    route_base = "/exports"
    model = ExportTask
    title = _l("导出中心")
    subtitle = _l("只有你自己能下载；文件到期自动删除")
    singular = _l("导出")
    measure = _l("个")
    icon = "download"
    words = {"download": _l("下载导出文件"), "again": _l("重新导出"), "export_unmasked": _l("导出完整手机号")}
    empty_title = _l("还没有导出")
    empty_text = _l("在任一列表点“导出”；5,000 行以内直接下载，更多的在这里等。")
    list_columns = (
        Column("title", _l("内容"), link=True), Column("status", _l("状态"), kind="state"), Column("rows", _l("行数"), kind="count"),
        Column("created_at", _l("时间"), kind="when", sort=True),
    )
    tabs = (Tab("open", _l("进行中"), status=("waiting", "running")), Tab("done", _l("可下载"), status="done"))
    facts = (
        Column("shape", _l("格式"), choices={"xlsx": _l("Excel 表格（XLSX）"), "csv": _l("文本表格（CSV）")}),
        Column("rows", _l("行数"), kind="count"), Column("rows_done", _l("已写行数"), kind="count"), Column("masked", _l("手机号打码"), kind="flag"),
        Column("asked_by", _l("导出人")), Column("created_at", _l("时间"), kind="when"), Column("expires_at", _l("保留到"), kind="when"),
        Column("size", _l("字节数"), kind="count"), Column("sha256", _l("校验码 SHA-256"), kind="ref", wide=True),
        Column("error", _l("没有做成的原因"), wide=True),
    )
    record_actions = (
        Action(_l("下载"), "ExportView.download", "download", icon="download", primary=True, when=lambda task: task.status == "done"),
        Action(_l("重新导出"), "ExportView.again", "again", icon="refresh", post=True, when=lambda task: not task.unfinished),
    )

    @classmethod
    def methods(cls) -> frozenset[str]:
        """Also the right to take phone numbers out whole, which no page of its own needs."""
        return super().methods() | {"export_unmasked"}

    def detail(self, task: Any) -> Any:
        """When the file goes; phones as they are when that was asked for."""
        words = [task.shape.upper()]
        if task.status == "done":
            words.append(_("%(size)s KB", size=f"{max(1, (task.size or 0) // 1024):,}"))
        if not task.masked:
            words.append(_("手机号完整"))
        return " · ".join(words)

    @expose("/<int:pk>/download")
    @page_access("can_download")
    def download(self, pk: int) -> Response:
        """The finished file."""
        task = self.record(pk)
        return download(take_file(task, actor=self.actor, now=clock.now()), task.file_name, task.shape)

    @expose("/<int:pk>/again", methods=["POST"])
    @page_access("can_again")
    def again(self, pk: int) -> Response:
        """The same export with the figures of this moment."""
        ask_again(self.record(pk), actor=self.actor, now=clock.now())
        return self.done(_l("正在后台生成，好了在这里下载"), "ExportView.list")
