"""Menus as spreadsheets: the template, the export, the file with results; reading a file as cells after looking it over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter

from app.framework.spreadsheets.reading import YES_NO, Limits, NotASpreadsheet, SpreadsheetTooLarge, read_table
from app.verticals.dining.menu_text import COLUMNS, rows_of
from app.verticals.dining.models import Shop
from app.verticals.dining.queries import menu_of

FILE_AT_MOST = 5 * 1024 * 1024
ROWS_AT_MOST = 3_000
LIMITS = Limits(bytes=FILE_AT_MOST, unpacked=60 * 1024 * 1024, rows=ROWS_AT_MOST)
SHEET = "菜单"
RESULT = "结果"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Spreadsheets run what begins like this when somebody edits the cell; a leading apostrophe in its style keeps it text.
LOOKS_LIKE_FORMULA = ("=", "+", "-", "@")
WIDTHS = (12, 18, 10, 10, 14, 8, 36, 22, 44, 8)

EXPLANATIONS = (
    ("分类", "菜单上的标题，必填。没有的分类会自动建", "招牌"),
    ("菜名", "必填，40 字以内。一道菜有几个规格就写几行，菜名相同", "鲜虾砂锅粥"),
    ("规格", "空着就是“标准”", "大份"),
    ("价格（元）", "必填，最多两位小数", "38 或 38.50"),
    ("库存（空=不限）", "整数，空着是不限量", "50"),
    ("预警", "剩这么多份时提醒，空着是 5", "5"),
    ("描述", "300 字以内，同一道菜写第一行就行", "现熬两小时"),
    ("售卖时段", "空着是营业就卖，几段用分号隔开", "06:30-10:00; 17:00-21:00"),
    ("加料与选择", "名称(最少-最多):选项|选项+加价，几组用分号隔开。名称和选项里不要用 | ; : +", "辣度(1-1):不辣|微辣|特辣; 加料(0-3):加蛋+2|加肉+5"),
    ("在售", "是或否，空着是“是”。新菜和改了名称、描述、选项、大幅涨价的菜要审核", "是"),
)


def read_cells(content: bytes) -> list[list[str]]:
    """The cells of the menu's sheet, or of the first, as text. Raises NotASpreadsheet, SpreadsheetTooLarge."""
    return read_table(content, LIMITS, SHEET)


# ---- writing ---------------------------------------------------------------------------------------------------------

def template_workbook() -> bytes:
    """An empty menu with one example dish in two sizes, heads that say what belongs below, and a sheet that explains them."""
    example = [
        ["招牌", "鲜虾砂锅粥", "小份", 3800, None, 5, "现熬两小时，鲜虾现剥", "", "辣度(1-1):不辣|微辣|特辣; 加料(0-2):加蛋+2|加虾+8", "是"],
        ["招牌", "鲜虾砂锅粥", "大份", 5800, 20, 5, "", "", "", "是"],
    ]
    return _workbook(example)


def menu_workbook(shop: Shop) -> bytes:
    """The whole menu of the shop in the columns of the template; importing it again changes nothing."""
    return _workbook(rows_of(menu_of(shop)))


def result_workbook(cells: Sequence[Sequence[str]], outcomes: Mapping[int, str]) -> bytes:
    """What was sent, with a column that says what became of each row (numbered from 1, the heads are row 1)."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, quoted = book.add_worksheet(SHEET), book.add_format({"quote_prefix": True})
        width = max((len(row) for row in cells), default=0)
        for number, row in enumerate(cells):
            for column, text in enumerate(row):
                _write_text(sheet, number, column, text, quoted)
            _write_text(sheet, number, width, RESULT if number == 0 else outcomes.get(number + 1, ""), quoted)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(width - 1, 0), 14)
        sheet.set_column(width, width, 50)
    return file.getvalue()


def _workbook(rows: Iterable[Sequence[Any]]) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(SHEET)
        head, money = book.add_format({"bold": True, "bg_color": "#F2EFE8"}), book.add_format({"num_format": "0.00"})
        quoted = book.add_format({"quote_prefix": True})
        for column, (title, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
            sheet.write_string(0, column, title, head)
            sheet.set_column(column, column, width)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if column == 3:
                    sheet.write_number(number, column, value / 100, money)
                elif isinstance(value, int):
                    sheet.write_number(number, column, value)
                elif value:
                    _write_text(sheet, number, column, value, quoted)
        sheet.freeze_panes(1, 0)
        _add_validation(sheet)
        _add_explanations(book.add_worksheet("填写说明"), head)
    return file.getvalue()


def _write_text(sheet: Any, row: int, column: int, text: str, quoted: Any) -> None:
    sheet.write_string(row, column, text, quoted if text.startswith(LOOKS_LIKE_FORMULA) else None)


def _add_validation(sheet: Any) -> None:
    whole = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 100_000, "error_title": "填整数", "error_message": "0 到 100000 的整数"}
    sheet.data_validation(1, 3, ROWS_AT_MOST - 1, 3, {
        "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 999_999.99, "error_title": "价格", "error_message": "写数字，最多两位小数",
    })
    sheet.data_validation(1, 4, ROWS_AT_MOST - 1, 5, whole)
    yes_no = {"validate": "list", "source": list(reversed(YES_NO)), "error_title": "在售", "error_message": "填 是 或 否"}
    sheet.data_validation(1, 9, ROWS_AT_MOST - 1, 9, yes_no)


def _add_explanations(sheet: Any, head: Any) -> None:
    for row, texts in enumerate((("列", "怎么填", "例子"), *EXPLANATIONS)):
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text, head if row == 0 else None)
    for column, width in enumerate((18, 60, 50)):
        sheet.set_column(column, column, width)


__all__ = [
    "FILE_AT_MOST", "KIND", "NotASpreadsheet", "SpreadsheetTooLarge", "menu_workbook", "read_cells", "result_workbook", "template_workbook",
]
