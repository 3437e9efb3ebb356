"""The rows of a list, written by adding strings: a template takes as long over the hundreds of cells of a page as the database over all of it.

What is the same in every row (words, classes, addresses, how a kind of value is written) is worked out once a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.core.flows import Flow
from app.framework.console.columns import Column, follow
from app.framework.console.formats import writer_of

Cell = Callable[[Any, str, str], str]  # record, its name and its address or nothing, both escaped → the cell

KEY = 900_719_925_474_099  # stands for a record's key in an address that is made once


class Table:
    """Writes rows of `view` with these columns. `ticks` gives each a box to tick; `opens` and `edits` say what the reader may do with a record."""

    def __init__(self, view: Any, columns: Sequence[Column], flow: Flow | None, *, ticks: bool, opens: bool, edits: bool) -> None:
        self.view, self.flow, self.ticks = view, flow, ticks
        self.address = str(escape(view.url("show", pk=KEY))) if opens else ""
        self.cells = [self._cell(column, edits) for column in columns]
        self.tick_words = str(escape(_("选中 %(what)s")))

    def rows(self, records: Sequence[Any]) -> Markup:
        """The records as rows, in their order."""
        return Markup("\n".join(map(self._row, records)))  # noqa: S704 - each cell escapes what it holds

    def _row(self, record: Any) -> str:
        name, key = str(escape(self.view.label_of(record))), str(record.id)
        address = self.address.replace(str(KEY), key)
        parts = ['<tr role="row">', self._tick(record, name, key) if self.ticks else ""]
        parts += [cell(record, name, address) for cell in self.cells]
        return "".join([*parts, "</tr>"])

    def _tick(self, record: Any, name: str, key: str) -> str:
        words = self.tick_words % {"what": name}
        return (
            f'<td role="cell" class="by-tick"><input type="checkbox" name="key" value="{key}" data-state="{record.status}" aria-label="{words}"></td>'
        )

    def _cell(self, column: Column, edits: bool) -> Cell:
        """How a column writes its cells."""
        if column.edit and edits and not column.link:
            return self._edited(column)
        tag, role = ("th", 'role="rowheader" scope="row"') if column.link else ("td", 'role="cell"')
        flag = f' data-flag="{escape(column.label)}"' if column.kind == "flag" and not column.link else ""
        begin, end, write = f"<{tag} {role}{_classes(column)}{flag}>", f"</{tag}>", writer_of(column, self.flow)
        anchor = '<a class="by-cell-link" href="' if column.link else '<a href="'
        of, to, sub, links = column.reader, column.to, column.sub, column.link

        def cell(record: Any, name: str, address: str) -> str:
            target = escape(to(record)) if to else (address if links else "")
            shown = write(of(record))
            below = follow(record, sub) if sub else None
            small = f'<span class="by-sub">{escape(below)}</span>' if below else ""
            return f'{begin}{anchor}{target}">{shown}</a>{small}{end}' if target else f"{begin}{shown}{small}{end}"

        return cell

    def _edited(self, column: Column) -> Cell:
        """A cell that is changed in place: a button, and what the script sends back with the new value."""
        address, write, words = self.view.url("cell", pk=KEY), writer_of(column, self.flow), _("改%(what)s：%(where)s")
        begin = f'<td role="cell"{_classes(column)} data-edit="'
        named = f'" data-name="{escape(column.name)}" data-label="{escape(column.label)}" data-value="'

        def cell(record: Any, name: str, _address: str) -> str:
            value = follow(record, column.name)
            label = escape(words) % {"what": escape(column.label), "where": Markup(name)}  # noqa: S704 - escaped by the row
            return (
                f'{begin}{address.replace(str(KEY), str(record.id))}{named}{"" if value is None else escape(value)}" data-version="{record.version}">'
                f'<button type="button" class="by-cell-edit" data-edit-open aria-label="{label}"><span data-edit-words>{write(column.of(record))}</span>'
                "</button></td>"
            )

        return cell


def _classes(column: Column) -> str:
    return f' class="{column.classes}"' if column.classes else ""
