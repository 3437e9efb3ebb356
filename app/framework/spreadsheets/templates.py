"""Templates to fill in: heads, an example, drop-downs, and a sheet that explains each column. Small and rich, so xlsxwriter makes them."""

from __future__ import annotations

from io import BytesIO

import xlsxwriter
from flask_babel import gettext as _

from app.framework.importing import ImportColumn, Importer
from app.framework.spreadsheets.reading import YES_NO

ROWS = 100_000


def template(importer: Importer) -> bytes:
    """The importer's template as XLSX, which can be imported as it is."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, head = book.add_worksheet(str(importer.title)[:31]), book.add_format({"bold": True, "bg_color": "#F2EFE8"})
        quoted = book.add_format({"num_format": "@"})
        for number, column in enumerate(importer.columns):
            sheet.set_column(number, number, 20, quoted)
            sheet.write_string(0, number, f"{column.label}*" if column.required else str(column.label), head)
            if column.help:
                sheet.write_comment(0, number, str(column.help))
            sheet.write_string(1, number, column.example, quoted)
            options = _options(column)
            if options:
                sheet.data_validation(1, number, ROWS, number, {"validate": "list", "source": options, "error_message": "、".join(options)[:250]})
        sheet.freeze_panes(1, 0)
        notes = book.add_worksheet(_("填写说明"))
        notes.set_column(0, 2, 30)
        for row, texts in enumerate([(_("列"), _("怎么填"), _("例子")), *map(_explained, importer.columns)]):
            for place, text in enumerate(texts):
                notes.write_string(row, place, text, head if row == 0 else None)
    return file.getvalue()


def _options(column: ImportColumn) -> list[str]:
    return list(reversed(YES_NO)) if column.kind == "flag" else [str(words) for words in column.choices.values()]


def _explained(column: ImportColumn) -> tuple[str, str, str]:
    return str(column.label), "，".join(filter(None, (_("必填") if column.required else "", str(column.help)))), column.example
