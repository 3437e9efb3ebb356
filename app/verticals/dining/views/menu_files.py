"""The menu as a spreadsheet: template, export, and the import with a look before it."""

from __future__ import annotations

from io import BytesIO

from flask import Response, request, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.core.errors import NotFound, Refusal
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.page import Page, expose, page_access
from app.framework.database import get
from app.verticals.dining.models import MenuImport, Shop
from app.verticals.dining.operations.menu_import import check_menu, import_kept, keep_file, result_file
from app.verticals.dining.queries import shop_of
from app.verticals.dining.spreadsheets import FILE_AT_MOST, KIND, NotASpreadsheet, menu_workbook, template_workbook

ERRORS_SHOWN = 200


class MenuFilePage(Page):
    """`/dining/menu-file`: import and export."""

    name = "dining.menu_file"
    route_base = "/dining/menu-file"
    title = _l("用表格改菜单")
    icon = "upload"
    words = {"index": _l("导入菜单"), "export": _l("导出菜单")}

    @expose("/", methods=["GET", "POST"])
    @page_access("can_index")
    def index(self) -> Response:
        """Choose a file; sending it leads to what it would do."""
        shop = self._shop()
        if request.method == "GET":
            return self._start(shop)
        sent = request.files.get("file")
        try:
            if sent is None or not sent.filename:
                raise NotASpreadsheet(field="file")
            kept = keep_file(shop, sent.filename, sent.stream.read(FILE_AT_MOST + 1), actor=self.actor, now=clock.now())
        except Refusal as refusal:
            db.session.rollback()
            return self._start(self._shop(), refusal)
        return self.done(_("已读完“%(name)s”，看一下再导入", name=kept.name), f"{self.endpoint}.check", pk=kept.id)

    @expose("/<int:pk>", methods=["GET", "POST"])
    @page_access("can_index")
    def check(self, pk: int) -> Response:
        """What the file would do, by row and column; POST brings it in, with `skip_bad` without the faulty dishes."""
        kept = get(MenuImport, pk)
        if request.method == "POST":
            result = import_kept(kept, skip_bad=request.form.get("skip_bad") == "1", actor=self.actor, now=clock.now())
            if result.done:
                self.say(_("已导入：新增 %(new)d 道，修改 %(changed)d 道", new=len(result.new), changed=len(result.changed)))
                return self.done(_("新菜和大改动要等审核通过才会出现在菜单上"), f"{self.endpoint}.check", pk=pk)
        else:
            result = None if kept.imported else check_menu(self._shop(), kept.content)
        return self.render(
            "dining/menu_check.html", 422 if request.method == "POST" else 200, kept=kept, result=result,
            errors=result.errors[:ERRORS_SHOWN] if result else [], page_title=kept.name,
        )

    @expose("/<int:pk>/result.xlsx")
    @page_access("can_index")
    def result(self, pk: int) -> Response:
        """The file with a column of results."""
        kept = get(MenuImport, pk)
        return _download(result_file(kept), _("结果-%(name)s", name=kept.name))

    @expose("/template.xlsx")
    @page_access("can_export")
    def template(self) -> Response:
        """The empty template."""
        return _download(template_workbook(), _("菜单模板.xlsx"))

    @expose("/menu.xlsx")
    @page_access("can_export")
    def export(self) -> Response:
        """The whole menu."""
        shop = self._shop()
        return _download(menu_workbook(shop), f"{shop.name}-{business_day(clock.now()):%Y%m%d}.xlsx")

    def _start(self, shop: Shop, refusal: Refusal | None = None) -> Response:
        recent = list(db.session.scalars(select(MenuImport).where(MenuImport.shop_id == shop.id).order_by(MenuImport.id.desc()).limit(10)))
        return self.render("dining/menu_import.html", refusal.status if refusal else 200, shop=shop, recent=recent, refusal=refusal)

    def _shop(self) -> Shop:
        shop = shop_of(self.actor.merchant_id)
        if shop is None:
            raise NotFound
        return shop


def _download(content: bytes, name: str) -> Response:
    answer = send_file(BytesIO(content), mimetype=KIND, as_attachment=True, download_name=name if name.endswith(".xlsx") else f"{name}.xlsx")
    answer.headers["Cache-Control"] = "no-store"
    return answer
