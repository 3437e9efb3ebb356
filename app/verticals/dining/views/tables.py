"""Areas and tables, the sheet of QR codes to print, and the page behind a code for those without the mini-program."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from flask import Response, current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.periods import local
from app.extensions import db, limiter
from app.framework.console.page import Page, expose, page_access
from app.framework.database import elevated, get
from app.kernel.files.links import public_address, thumbnail_address
from app.verticals.dining.models import Area, Shop, Table
from app.verticals.dining.operations import shops
from app.verticals.dining.operations.sittings import open_table
from app.verticals.dining.queries import menu_of, shop_of
from app.verticals.dining.rules import within_hours, within_sale_hours
from app.verticals.dining.sitting_queries import bills_of, open_sittings_of
from app.verticals.dining.views.sittings import NOTHING


class TablesPage(Page):
    """`/dining/tables`: areas and their tables."""

    name = "dining.tables"
    route_base = "/dining/tables"
    title = _l("桌台与桌码")
    icon = "qr"
    words = {"index": _l("查看桌台"), "edit": _l("改桌台"), "seat": _l("开台")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """All areas with their tables: which are free, and since when and for how much the others are in use."""
        shop = shop_of(self.actor.merchant_id)
        sittings = open_sittings_of(shop.id) if shop else {}
        bills = bills_of([sitting.id for sitting in sittings.values()])
        uses = {key: (sitting, bills.get(sitting.id, NOTHING), local(sitting.opened_at)) for key, sitting in sittings.items()}
        return self.render(
            "dining/tables.html", shop=shop, areas=_areas(shop) if shop else [], edits=self.may("edit"), seats=self.may("seat"), uses=uses,
        )

    @expose("/<int:pk>/seat", methods=["POST"])
    @page_access("can_seat")
    def seat(self, pk: int) -> Response:
        """Guests sit down before they order."""
        sitting = open_table(get(Table, pk), request.form.get("guests", 0, type=int), actor=self.actor, now=clock.now())
        return self._done(_("“%(name)s”已开台", name=sitting.table_name))

    @expose("/sheet")
    @page_access("can_index")
    def sheet(self) -> Response:
        """QR codes for an A4 printer; `area` picks one part of the restaurant, `table` one table."""
        shop = self._shop()
        area, table = request.args.get("area", type=int), request.args.get("table", type=int)
        tables = [
            each for part in _areas(shop) if area in (None, part.id) for each in part.tables if each.active and table in (None, each.id)
        ]
        return self.render("dining/table_sheet.html", shop=shop, signs=[Sign(each, address_of(each)) for each in tables], back=self.url("index"))

    @expose("/area", methods=["POST"])
    @page_access("can_edit")
    def area(self) -> Response:
        """Add an area, with `key` rename it, with `remove` remove it."""
        form, now = request.form, clock.now()
        if not form.get("key"):
            area = shops.add_area(self._shop(), form.get("name", ""), actor=self.actor, now=now)
            return self._done(_("已加区域“%(name)s”", name=area.name))
        area = get(Area, _key(form.get("key", "")))
        if form.get("remove") == "1":
            shops.remove_area(area, actor=self.actor, now=now)
            return self._done(_("已删除区域“%(name)s”", name=area.name))
        shops.rename_area(area, form.get("name", ""), actor=self.actor, now=now)
        return self._done(_("区域改名为“%(name)s”", name=area.name))

    @expose("/add", methods=["POST"])
    @page_access("can_edit")
    def add(self) -> Response:
        """Several tables at once: by number, or by names, one a line."""
        area = get(Area, _key(request.form.get("area", "")))
        names = [name for line in request.form.get("names", "").splitlines() if (name := line.strip())]
        count = request.form.get("count", type=int) or 0
        if not names and not 1 <= count <= 100:
            raise Invalid(errors=[{"field": "count", "code": "range", "message": _("一次加 1 到 100 张")}])
        made = shops.add_tables(area, names or count, seats=request.form.get("seats", 4, type=int), actor=self.actor, now=clock.now())
        return self._done(_("%(area)s加了 %(count)d 张桌", area=area.name, count=len(made)))

    @expose("/<int:pk>", methods=["POST"])
    @page_access("can_edit")
    def change(self, pk: int) -> Response:
        """Rename a table, change its seats, switch it off or on, or give it a fresh code (`act`)."""
        table, act, now = get(Table, pk), request.form.get("act", "save"), clock.now()
        if act == "renew":
            shops.renew_table_code(table, actor=self.actor, now=now)
            return self._done(_("“%(name)s”换了新桌码，旧码已失效，记得重新打印", name=table.name))
        if act in {"on", "off"}:
            shops.set_table_active(table, act == "on", actor=self.actor, now=now)
            return self._done(_("“%(name)s”已启用", name=table.name) if act == "on" else _("“%(name)s”已停用，扫码不能再点餐", name=table.name))
        seats = request.form.get("seats", table.seats, type=int)
        shops.update_table(table, name=request.form.get("name", ""), seats=seats, actor=self.actor, now=now)
        return self._done(_("已保存“%(name)s”", name=table.name))

    def _done(self, sentence: str) -> Response:
        return self.done(sentence, f"{self.endpoint}.index")

    def _shop(self) -> Shop:
        shop = shop_of(self.actor.merchant_id)
        if shop is None:
            raise NotFound
        return shop


@dataclass(frozen=True)
class Sign:
    """A table's printed sign."""

    table: Table
    address: str

    @property
    def picture(self) -> Markup:
        """The QR code as inline SVG; level M survives a scratch and a drop of soup."""
        return Markup(segno.make(self.address, error="m", micro=False).svg_inline(scale=4, border=2, omitsize=True))  # noqa: S704 - an address of ours


def address_of(table: Table) -> str:
    """What a table's QR code holds."""
    return f"{current_app.config['PUBLIC_URL'].rstrip('/')}/t/{table.code}"


def _areas(shop: Shop) -> list[Area]:
    statement = select(Area).where(Area.shop_id == shop.id).order_by(Area.position, Area.id).options(selectinload(Area.tables))
    return list(db.session.scalars(statement))


def _key(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise NotFound
    return int(text)


class TableCodePage(Page):
    """`/t/<code>`: what a phone shows that scanned a table's code without the mini-program: the table and the menu to read."""

    name = "dining.table_code"
    route_base = "/t"
    title = _l("菜单")
    icon = "bowl"

    @expose("/<code>")
    @limiter.limit("60 per minute")
    def index(self, code: str) -> Response:
        """The menu of the shop behind the code, as customers may see it. Needs no sign-in."""
        now = clock.now()
        with elevated():
            table = db.session.scalars(select(Table).where(Table.code == code[:16], Table.active)).one_or_none()
            shop = db.session.get(Shop, table.shop_id) if table else None
            if table is None or shop is None or shop.status not in ("open", "paused"):
                raise NotFound
            menu = [(category, [dish for dish in category.dishes if dish.status == "on_sale"]) for category in menu_of(shop)]
            return self.render(
                "dining/table_menu.html", shop=shop, table=table, menu=[(category, dishes) for category, dishes in menu if dishes],
                open=shop.status == "open" and within_hours(shop.hours, shop.closed_days, now), cover=public_address(shop.cover), thumbnail=thumbnail_address,
                sold=lambda dish: within_sale_hours(dish.sale_hours, now) and any(size.for_sale for size in dish.sizes), page_title=shop.name,
            )
