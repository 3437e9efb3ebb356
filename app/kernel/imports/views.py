"""`/imports`: one's own imports; choose what to import, send a file, see what it would do, agree, take the result."""

from __future__ import annotations

import tempfile
from io import BytesIO
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Refusal
from app.extensions import db
from app.framework.console.columns import Action, Column, Section, Tab
from app.framework.console.export import download
from app.framework.console.page import expose, page_access
from app.framework.console.preferences import locale
from app.framework.console.tasks import TaskView
from app.framework.importing import Importer
from app.framework.spreadsheets.reading import NotASpreadsheet
from app.framework.spreadsheets.templates import template
from app.framework.spreadsheets.xlsx import write_workbook
from app.kernel.imports.models import ImportTask
from app.kernel.imports.operations import LIMITS, bring_in, importer_for, importers, may_import, take_in
from app.kernel.imports.running import result_sheets


def _title(task: ImportTask) -> str:
    return next((str(each.title) for each in importers() if each.name == task.importer), task.importer)


class ImportView(TaskView):
    """The import centre."""

    name = "imports.tasks"
    route_base = "/imports"
    model = ImportTask
    title = _l("导入中心")
    subtitle = _l("先看一遍再导入；文件到期自动删除")
    singular = _l("导入")
    measure = _l("个")
    icon = "upload"
    words = {"start": _l("上传导入文件"), "begin": _l("导入"), "result": _l("下载结果表")}
    empty_title = _l("还没有导入")
    empty_text = _l("点“导入表格”，下载模板，填好传上来。")
    list_columns = (
        Column("title", _l("文件"), link=True), Column("status", _l("状态"), kind="state"), Column("rows", _l("行数"), kind="count"),
        Column("created_at", _l("时间"), kind="when", sort=True),
    )
    tabs = (Tab("open", _l("等你确认"), urgent=True, status="ready"), Tab("done", _l("已导入"), status="done"))
    facts = (
        Column("importer", _l("导入什么"), value=_title), Column("rows", _l("行数"), kind="count"), Column("good", _l("正确的行"), kind="count"),
        Column("bad", _l("有错的行"), kind="count"), Column("position", _l("已处理的行"), kind="count"), Column("asked_by", _l("上传人")),
        Column("created_at", _l("时间"), kind="when"), Column("expires_at", _l("保留到"), kind="when"),
        Column("error", _l("没有做成的原因"), wide=True),
    )
    sections = (
        Section(_l("导入"), template="imports/decide.html", when=lambda task: task.status == "ready"),
        Section(_l("要改的地方"), template="imports/faults.html", note=_l("行号和表格里的一样"), when=lambda task: bool(task.faults)),
    )
    actions = (Action(_l("导入表格"), "ImportView.start", "start", icon="upload", primary=True),)
    record_actions = (
        Action(_l("下载结果表"), "ImportView.result", "result", icon="download", when=lambda task: task.status not in {"checking", "expired"}),
    )

    def detail(self, task: Any) -> Any:
        """What is imported, and how many rows are faulty."""
        return " · ".join(filter(None, (_title(task), _("%(bad)d 行有错", bad=task.bad) if task.bad else "")))

    @expose("/start")
    @page_access("can_start")
    def start(self) -> Response:
        """What one may import, each with its template and its upload."""
        return self._choices()

    @expose("/start/<name>", methods=["POST"])
    @page_access("can_start")
    def send(self, name: str) -> Response:
        """A file; leads to what it would do."""
        importer, sent = importer_for(name, self.actor), request.files.get("file")
        try:
            if sent is None or not sent.filename:
                raise NotASpreadsheet(field="file")
            content = sent.stream.read(LIMITS.bytes + 1)
            task = take_in(importer, sent.filename, content, locale=locale() or "zh", actor=self.actor, now=clock.now())
        except Refusal as refusal:
            db.session.rollback()
            return self._choices(importer, refusal)
        return self.done(_("已收到“%(name)s”，看一下再导入", name=task.title), "ImportView.show", pk=task.id)

    @expose("/template/<name>.xlsx")
    @page_access("can_start")
    def template(self, name: str) -> Response:
        """The empty template, with drop-downs and explanations."""
        importer = importer_for(name, self.actor)
        return download(BytesIO(template(importer)), _("模板-%(what)s.xlsx", what=importer.title), "xlsx")

    @expose("/<int:pk>/begin", methods=["POST"])
    @page_access("can_begin")
    def begin(self, pk: int) -> Response:
        """Bring in all rows, or the good ones."""
        bring_in(self.record(pk), request.form.get("mode", ""), actor=self.actor, now=clock.now())
        return self.done(_l("正在后台导入，进度在这里"), "ImportView.list")

    @expose("/<int:pk>/result")
    @page_access("can_result")
    def result(self, pk: int) -> Response:
        """The sheet with a column of results."""
        task = self.record(pk)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        write_workbook(file, result_sheets(task, importer_for(task.importer, self.actor)), task.title)
        file.seek(0)
        return download(file, _("结果-%(name)s", name=task.title.rpartition(".")[0] or task.title) + ".xlsx", "xlsx")

    def _choices(self, chosen: Importer | None = None, refusal: Refusal | None = None) -> Response:
        offered = [each for each in importers() if may_import(each, self.actor)]
        pages = {each.name: url_for(each.page) for each in offered if each.page}
        return self.render(
            "imports/start.html", refusal.status if refusal else 200, importers=offered, pages=pages, chosen=chosen, refusal=refusal, limits=LIMITS,
            page_title=_("导入表格"),
        )
