"""The sheets of a round as XLSX: purchases by supplier, picking by leader, orders by community; and goods from a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.core.actors import Actor
from app.core.errors import NotFound
from app.core.identifiers import masked_phone
from app.core.periods import local
from app.extensions import db
from app.framework.importing import ImportColumn, Importer
from app.framework.spreadsheets.xlsx import Cell, Money, Row, write_workbook
from app.framework.spreadsheets.xlsx import Sheet as Page
from app.verticals.groupbuy.models import Community, GroupbuyOrder, Round, Sheet
from app.verticals.groupbuy.models.goods import CATEGORIES
from app.verticals.groupbuy.models.orders import SERVICES
from app.verticals.groupbuy.operations.goods import bring_goods
from app.verticals.groupbuy.queries import sheets_of

KINDS = {"purchase": _l("采购单"), "picking": _l("分拣单"), "community": _l("小区订单")}
LETTERS_OF_A_NAME = 24


def round_workbook(file: IO[bytes], found: Round, kind: str) -> int:
    """Write the round's sheets of that kind, one a supplier, leader, or community; how many rows. Refuses NotFound for an unknown kind."""
    if kind not in KINDS:
        raise NotFound
    pages = _community_pages(found) if kind == "community" else [_page(found, sheet) for sheet in sheets_of(found.id, kind)]
    rows = [list(page.rows) for page in pages]
    filled = [Page(page.name, lines, page.widths, 2) for page, lines in zip(pages, rows, strict=True)] or [Page(str(KINDS[kind]), [[_("这一期没有订单")]])]
    write_workbook(file, filled, f"{found.number}-{KINDS[kind]}")
    return sum(len(lines) for lines in rows)


def sheet_workbook(file: IO[bytes], sheet: Sheet) -> int:
    """Write one sheet; how many rows."""
    rows = list(_page(sheet.round, sheet).rows)
    write_workbook(file, [Page(_name(1, sheet.merchant.name), rows, (28, 14, 10, 10, 14), 2)], sheet.number)
    return len(rows)


def _name(number: int, words: str) -> str:
    """A name that spreadsheets take: short, without their own signs, never twice."""
    return f"{number}-" + "".join(" " if sign in "[]:*?/\\'" else sign for sign in words)[:LETTERS_OF_A_NAME]


def _page(found: Round, sheet: Sheet) -> Page:
    return Page(_name(sheet.id, sheet.merchant.name), _purchase(found, sheet) if sheet.kind == "purchase" else _picking(found, sheet), (28, 14, 10, 10, 14))


def _cutoff(found: Round) -> str:
    return _("%(time)s 截单", time=f"{local(found.cutoff_at):%Y-%m-%d %H:%M}")


def _purchase(found: Round, sheet: Sheet) -> Iterator[Row]:
    yield [f"{sheet.merchant.name} · {sheet.number}", None, None, None, _cutoff(found)]
    yield [_("商品"), _("规格"), _("订购件数"), _("实收件数"), _("供货金额（元）")]
    for line in sheet.lines:
        yield [line.title, line.spec, line.quantity, line.counted, Money(line.amount)]
    yield [_("合计"), None, sheet.pieces, None, Money(sheet.amount)]


def _picking(found: Round, sheet: Sheet) -> Iterator[Row]:
    yield [f"{sheet.merchant.name} · {sheet.number}", None, None, None, _cutoff(found)]
    yield [_("商品"), _("规格"), _("订购件数"), _("发货件数"), _("团长实收")]
    for line in sheet.lines:
        yield [line.title, line.spec, line.quantity, line.allotted, line.counted]
    yield [_("合计"), None, sheet.pieces, None, None]


def _community_pages(found: Round) -> list[Page]:
    statement = (
        select(GroupbuyOrder).where(GroupbuyOrder.round_id == found.id).order_by(GroupbuyOrder.community_id, GroupbuyOrder.merchant_id, GroupbuyOrder.id)
        .options(joinedload(GroupbuyOrder.leader), selectinload(GroupbuyOrder.lines))
    )
    by_community: dict[int, list[GroupbuyOrder]] = {}
    for order in db.session.scalars(statement):
        by_community.setdefault(order.community_id, []).append(order)
    names = dict(db.session.execute(select(Community.id, Community.name).where(Community.id.in_(by_community))).tuples().all())
    return [Page(_name(key, names[key]), _residents(names[key], orders), (18, 14, 16, 12, 40, 10, 24)) for key, orders in by_community.items()]


def _residents(name: str, orders: list[GroupbuyOrder]) -> Iterator[Row]:
    yield [name]
    yield [_("订单号"), _("团长"), _("居民"), _("电话"), _("商品"), _("方式"), _("备注")]
    for order in orders:
        goods = "；".join(f"{line.title} {line.spec} ×{line.quantity}" for line in order.lines)
        cells: list[Cell] = [
            order.number, order.leader.name, order.customer_name, masked_phone(order.contact_phone) if order.contact_phone else None, goods,
            str(SERVICES[order.service]), order.note or None,
        ]
        yield cells


def _bring(values: dict[str, Any], *, actor: Actor, now: datetime) -> str:
    goods = bring_goods(
        actor.merchant_id or 0, title=values["title"], spec=values["spec"], category=values["category"], description=values["description"], images=[],
        supply_price=values["supply_price"], stock=values["stock"] if values["stock"] != "" else None, each=values["each"], days=[], actor=actor, now=now,
    )
    return str(_l("已新增，%(state)s", state=goods.__flow__.state(goods.status).label))


GOODS_IMPORT = Importer(
    "groupbuy_goods", _l("团购商品"), "groupbuy.supply", "add",
    columns=(
        ImportColumn("title", _l("商品名"), required=True, longest=60, example="云南蓝莓"),
        ImportColumn("spec", _l("规格"), longest=30, example="125 克/盒"),
        ImportColumn("category", _l("分类"), "choice", required=True, choices=CATEGORIES, example="水果"),
        ImportColumn("supply_price", _l("供货价（元）"), "money", required=True, example="9.80"),
        ImportColumn("stock", _l("库存"), "count", help=_l("空着是不限"), example="200", default=""),
        ImportColumn("each", _l("每人限购"), "count", help=_l("空着或 0 是不限"), example="5", most=999, default=0),
        ImportColumn("description", _l("说明"), longest=300, example="当天采摘，冷链到社区"),
    ),
    apply=_bring, note=_l("一行一个商品；图片在商品页里传"),
)
