"""Menus as spreadsheets: template, export, dry run by row and column, import, and files that mean harm."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.actors import EVERYTHING
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.verticals.dining.menu_text import COLUMNS, read_menu
from app.verticals.dining.models import Dish, MenuImport, Shop
from app.verticals.dining.operations.menu_import import check_menu, import_menu
from app.verticals.dining.spreadsheets import NotASpreadsheet, SpreadsheetTooLarge, menu_workbook, read_cells, template_workbook
from tests.support.people import sign_in
from tests.verticals.dining.world import Restaurant, restaurant

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
FULL = ["热菜", "回锅肉", "大份", 38.5, 20, 3, "肥而不腻", "10:00-14:00; 17:00-21:30", "辣度(1-1):不辣|微辣|特辣; 加料(0-2):加蛋+2|加肉+5.5", "是"]


def sheet(*rows: list[Any], heads: Any = COLUMNS) -> bytes:
    """A workbook with these rows under the heads."""
    book, file = openpyxl.Workbook(), BytesIO()
    for number, row in enumerate((heads, *rows), start=1):
        for column, value in enumerate(row, start=1):
            cell = book.active.cell(number, column, value)
            cell.data_type = "s" if isinstance(value, str) else cell.data_type
    book.save(file)
    return file.getvalue()


def bring_in(place: Restaurant, content: bytes, **more: Any) -> Any:
    """Import as the owner."""
    with place.app.app_context(), transaction(place.house.actor):
        return import_menu(db.session.get_one(Shop, place.shop_id), content, actor=place.house.actor, now=NOW, **more)


def menu_names(app: Flask) -> list[str]:
    """All dishes of the platform."""
    with app.app_context():
        enter_scope(EVERYTHING)
        return list(db.session.scalars(select(Dish.name).order_by(Dish.id)))


@pytest.mark.covers("dining.F1")
def test_export_and_import_again_changes_nothing(app: Flask) -> None:
    place = restaurant(app)
    bring_in(place, sheet(FULL, ["热菜", "回锅肉", "小份", "28", None, None, "", "", "", ""], ["凉菜", "=1+1 拍黄瓜", "", "9.90", 0, 0, "@清爽", "", "", "否"]))
    with app.app_context(), transaction(place.house.actor):
        shop = db.session.get_one(Shop, place.shop_id)
        content = menu_workbook(shop)
        result = check_menu(shop, content)
        assert (result.new, result.changed, result.errors, result.kept) == ([], [], [], 0)
        assert result.unchanged == ["鲜虾粥", "牛肉面", "砂锅牛肉", "回锅肉", "=1+1 拍黄瓜"]
    cells = {cell.value: cell for row in openpyxl.load_workbook(BytesIO(content))["菜单"].iter_rows() for cell in row}
    assert cells["=1+1 拍黄瓜"].data_type == "s" and cells["=1+1 拍黄瓜"].quotePrefix, "text stays text"
    assert cells["辣度(1-1):不辣|微辣|特辣; 加料(0-2):加蛋+2|加肉+5.50"].data_type == "s"


def test_what_the_rows_say_is_what_the_menu_gets(app: Flask) -> None:
    place = restaurant(app)
    result = bring_in(place, sheet(FULL, ["热菜", "回锅肉", "小份", "28", None, None, "", "", "", ""]))
    assert (result.done, result.new, result.kept) == (True, ["回锅肉"], 3)
    with app.app_context():
        enter_scope(EVERYTHING)
        dish = db.session.scalars(select(Dish).where(Dish.name == "回锅肉")).one()
        assert (dish.status, dish.category.name, dish.description) == ("pending", "热菜", "肥而不腻")
        assert [(size.name, size.price, size.stock, size.low_stock) for size in dish.sizes] == [("大份", 3850, 20, 3), ("小份", 2800, None, 5)]
        assert dish.sale_hours == [{"from": "10:00", "to": "14:00"}, {"from": "17:00", "to": "21:30"}]
        assert [(group.name, group.least, group.most, [(each.name, each.price) for each in group.options]) for group in dish.groups] == [
            ("辣度", 1, 1, [("不辣", 0), ("微辣", 0), ("特辣", 0)]), ("加料", 0, 2, [("加蛋", 200), ("加肉", 550)]),
        ]


@pytest.mark.covers("dining.F1")
def test_the_dry_run_names_row_and_column_and_changes_nothing(app: Flask) -> None:
    place = restaurant(app)
    owner = sign_in(app, place.house.members["Owner"])
    content = sheet(FULL, ["热菜", "水煮鱼", "", "三十", "很多", "", "", "全天", "辣度:不辣", "也许"], ["", "无名", "", 8])
    answer = owner.post("/dining/menu-file/", data={"file": (BytesIO(content), "菜单.xlsx")})
    assert answer.status_code == 303
    address = answer.headers["Location"]
    page = owner.get(address).get_data(as_text=True)
    for row, column in ((3, "价格（元）"), (3, "库存（空=不限）"), (3, "售卖时段"), (3, "加料与选择"), (3, "在售"), (4, "分类")):
        assert f'<td class="by-num">{row}</td><td>{column}</td>' in page, (row, column)
    assert owner.post(address).status_code == 422
    assert menu_names(app) == ["鲜虾粥", "牛肉面", "砂锅牛肉"]
    assert owner.post(address, data={"skip_bad": "1"}).status_code == 303
    assert menu_names(app) == ["鲜虾粥", "牛肉面", "砂锅牛肉", "回锅肉"]
    assert owner.post(address, data={"skip_bad": "1"}).status_code == 409, "a file is brought in once"
    results = openpyxl.load_workbook(BytesIO(owner.get(f"{address}/result.xlsx").data)).active
    assert [row[-1] for row in results.iter_rows(values_only=True)][:2] == ["结果", "新增"]
    thief = sign_in(app, restaurant(app, "隔壁面馆").house.members["Owner"])
    assert thief.get(address).status_code == 404 and thief.get(f"{address}/result.xlsx").status_code == 404


def test_sixty_dishes_come_in_at_once(app: Flask) -> None:
    place = restaurant(app)
    rows = [
        [f"分类{number // 10}", f"菜品{number}", size, 18 + number, 50, 5, "现做", "", "辣度(1-1):不辣|微辣", "是"]
        for number in range(60) for size in ("小", "大")
    ]
    result = bring_in(place, sheet(*rows))
    assert (len(result.new), result.errors) == (60, [])


def test_the_template_can_be_imported_as_it_is(app: Flask) -> None:
    place = restaurant(app)
    result = bring_in(place, template_workbook())
    assert (result.errors, result.new) == ([], ["鲜虾砂锅粥"])
    book = openpyxl.load_workbook(BytesIO(template_workbook()))
    assert book.sheetnames == ["菜单", "填写说明"] and len(book["菜单"].data_validations.dataValidation) == 3


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (["热菜", "鱼", "", -3], "价格（元）"), (["热菜", "鱼", "", 1.234], "价格（元）"), (["热菜", "鱼", "", 3, 1.5], "库存（空=不限）"),
        (["热菜", "鱼" * 41, "", 3], "菜名"), (["热菜", "鱼", "", 3, 1, 1, "", "9点"], "售卖时段"),
        (["热菜", "鱼", "", 3, 1, 1, "", "", "辣度(2-1):不辣|微辣"], "加料与选择"),
    ],
)
def test_each_fault_stands_at_its_cell(row: list[Any], column: str) -> None:
    _, errors = read_menu(read_cells(sheet(row)))
    assert [(error.row, error.column) for error in errors] == [(2, column)]


def test_heads_are_found_in_any_order_and_their_lack_is_said() -> None:
    dishes, errors = read_menu(read_cells(sheet([18, "面", "主食"], heads=("价格(元)", "菜名", "分类"))))
    assert (errors, dishes[0].name, dishes[0].sizes[0].price) == ([], "面", 1800)
    _, errors = read_menu(read_cells(sheet(["面"], heads=("菜名",))))
    assert [(error.row, error.column) for error in errors] == [(1, "分类"), (1, "价格（元）")]


def packed(**parts: bytes) -> bytes:
    """A zip with these parts under xl/worksheets/."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(f"xl/worksheets/{name}.xml", content)
    return file.getvalue()


def test_bombs_and_far_cells_are_refused() -> None:
    with pytest.raises(SpreadsheetTooLarge):
        read_cells(packed(sheet1=b"0" * 70_000_000))
    with pytest.raises(SpreadsheetTooLarge):
        read_cells(packed(sheet1=b'<sheetData><row r="1"><c r="A1"/></row><row><c r="XFD1048576"/></row></sheetData>'))
    for content in (b"", b"PK\x03\x04 not a zip", b"GIF89a", packed(sheet1=b"<worksheet/>")):
        with pytest.raises(NotASpreadsheet):
            read_cells(content)


def test_a_file_that_is_no_spreadsheet_leaves_nothing_behind(app: Flask) -> None:
    place = restaurant(app)
    owner = sign_in(app, place.house.members["Manager"])
    answer = owner.post("/dining/menu-file/", data={"file": (BytesIO(b"hello"), "菜单.xlsx")})
    assert answer.status_code == 422 and "这个文件读不了" in answer.get_data(as_text=True)
    with app.app_context():
        enter_scope(EVERYTHING)
        assert db.session.scalar(select(func.count()).select_from(MenuImport)) == 0
