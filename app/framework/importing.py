"""What a package declares to have its spreadsheets imported: columns, checks, and the operation for one row.

Reading is pure: cells in; rows and faults by row and column out. `apply` is an operation and raises Refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal

from flask_babel import lazy_gettext as _l

from app.core.money import NotAnAmount, parse_yuan

REPEATED_AT_MOST = 2_000  # texts of a column that are remembered while a sheet is read
YES, NO = frozenset({"是", "y", "yes", "1", "true"}), frozenset({"否", "n", "no", "0", "false"})


@dataclass(frozen=True)
class ImportColumn:
    """A column of the template. `kind` says how its text is read; `choices` maps stored values to words; `secret` is left out of results."""

    name: str
    label: Any
    kind: Literal["text", "count", "money", "choice", "flag"] = "text"
    required: bool = False
    help: Any = ""
    example: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)
    longest: int = 200
    most: int = 1_000_000
    default: Any = ""
    secret: bool = False


@dataclass(frozen=True)
class Row:
    """A row that could be read: its number as the spreadsheet counts (heads are 1), and its values by column name."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell: row, column title, and a sentence that says what to write."""

    row: int
    column: str
    sentence: str


@dataclass(frozen=True)
class Importer:
    """An import. Whoever holds `method` on `view` may use it. `check(rows)` finds what only the rows together, or values, tell;
    `apply(values, actor=, now=)` brings one row in and returns words for the result. `page` leads elsewhere, to a package's own page.
    """

    name: str
    title: Any
    view: str
    method: str = "add"
    columns: tuple[ImportColumn, ...] = ()
    apply: Callable[..., Any] | None = None
    check: Callable[[Sequence[Row]], Iterable[Fault]] | None = None
    note: Any = ""
    page: str = ""


def read_rows(importer: Importer, cells: Sequence[Sequence[str]]) -> tuple[list[Row], list[Fault]]:
    """The good rows of a sheet and everything wrong with the others, in the order of the sheet. Read column by column: what a column asks for is
    then looked up once, and a sheet of a hundred thousand rows is looked over in the time of a few."""
    places, faults = _places(importer, cells[0] if cells else ())
    if faults:
        return [], faults
    filled = [(number, texts) for number, texts in enumerate(cells[1:], start=2) if any(texts)]
    numbers, by_column = [number for number, _texts in filled], list(zip_longest(*(texts for _number, texts in filled), fillvalue=""))
    columns: list[Sequence[Any]] = []
    for column in importer.columns:
        place = places.get(column.name, -1)
        values, wrong = _read_column(column, by_column[place] if 0 <= place < len(by_column) else [""] * len(filled))
        columns.append(values)
        faults += [Fault(numbers[row], str(column.label), str(sentence)) for row, sentence in wrong]
    if not filled:
        return [], [Fault(2, str(importer.columns[0].label), str(_l("表格里还没有内容，从第 2 行写起")))]
    names, bad = [column.name for column in importer.columns], {fault.row for fault in faults}
    rows = [Row(number, dict(zip(names, values, strict=True))) for number, values in zip(numbers, zip(*columns, strict=True), strict=True) if number not in bad]
    found = list(importer.check(rows)) if importer.check else []
    bad = {fault.row for fault in found}
    return [row for row in rows if row.number not in bad] if bad else rows, sorted([*faults, *found], key=lambda fault: fault.row)


def _read_column(column: ImportColumn, texts: Sequence[str]) -> tuple[Sequence[Any], list[tuple[int, Any]]]:
    """The values of a column's texts, and for each that is none its place and what to write there."""
    if column.kind == "text" and max(map(len, texts), default=0) <= column.longest and (not column.required or "" not in texts):
        return texts if column.default == "" else [text or column.default for text in texts], []
    known = _Known(column)
    values = [known[text] for text in texts]
    if not known.faulty:
        return values, []
    return values, [(row, value.sentence) for row, value in enumerate(values) if value.__class__ is NotReadableError]


class _Known(dict[str, Any]):
    """What the texts of a column mean, each read when it first comes; the few that repeat are read once, what is none is its own refusal."""

    def __init__(self, column: ImportColumn) -> None:
        super().__init__()
        self.column, self.faulty = column, False

    def __missing__(self, text: str) -> Any:
        try:
            value = read_cell(self.column, text)
        except NotReadableError as refused:
            self.faulty, value = True, refused
        if len(self) < REPEATED_AT_MOST:
            self[text] = value
        return value


class NotReadableError(ValueError):
    """The text is no value of the column; `sentence` says what to write."""

    def __init__(self, sentence: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def read_cell(column: ImportColumn, text: str) -> Any:
    """The value of a cell's text. Raises NotReadableError."""
    if not text:
        if column.required:
            raise NotReadableError(_l("这一格要填"))
        return column.default
    return _READERS[column.kind](column, text)


def _text(column: ImportColumn, text: str) -> str:
    if len(text) > column.longest:
        raise NotReadableError(_l("最多 %(count)d 个字", count=column.longest))
    return text


def _count(column: ImportColumn, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16 and int(text) <= column.most):
        raise NotReadableError(_l("填 0 到 %(most)d 的整数", most=column.most))
    return int(text)


def _money(column: ImportColumn, text: str) -> int:
    try:
        return parse_yuan(text)
    except NotAnAmount as refusal:
        raise NotReadableError(str(refusal)) from refusal


def _choice(column: ImportColumn, text: str) -> str:
    for value, words in column.choices.items():
        if text in {value, str(words)}:
            return value
    raise NotReadableError(_l("只能填：%(words)s", words="、".join(str(words) for words in column.choices.values())))


def _flag(column: ImportColumn, text: str) -> bool:
    if text.lower() not in YES | NO:
        raise NotReadableError(_l("填 是 或 否"))
    return text.lower() in YES


_READERS: dict[str, Callable[[ImportColumn, str], Any]] = {"text": _text, "count": _count, "money": _money, "choice": _choice, "flag": _flag}


def _places(importer: Importer, heads: Sequence[str]) -> tuple[dict[str, int], list[Fault]]:
    """Which column holds what, by the text of the heads in any order."""
    found = {"".join(head.split()).rstrip("*"): place for place, head in reversed(list(enumerate(heads))) if head}
    places = {
        column.name: found[words] for column in importer.columns for words in ("".join(str(column.label).split()), column.name) if words in found
    }
    missing = [str(column.label) for column in importer.columns if column.required and column.name not in places]
    return places, [Fault(1, label, str(_l("第一行缺少“%(column)s”这一列", column=label))) for label in missing]
