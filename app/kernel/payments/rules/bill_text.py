"""The text of a bill: heads, rows with a backtick before each field, heads of the summary, the summary.

Columns are found by name, never by position, and under the names that older accounts still get. Rows are read in chunks, column by column, so that a
bill of a million lines needs the memory of a few thousand. Whatever is refused names its line.

Lines are cut as bytes (each held as one letter, which is Latin-1): neither a comma nor a line's end is ever a part of a letter in UTF-8 or GBK, and only
columns that somebody asks for are decoded, where they have other letters than ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import IO

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal

CHUNK = 2**18  # bytes: what a processor keeps near it
BYTES = "latin-1"
MOST = 10**15  # of whatever unit: beyond it, it is no amount
ENCODINGS = ("utf-8-sig", "gb18030")
OLD_NAMES = {
    "总金额": "应结订单金额", "子商户号": "特约商户号", "代金券或立减优惠金额": "代金券金额", "企业红包金额": "代金券金额",
    "代金券或立减优惠退款金额": "充值券退款金额", "企业红包退款金额": "充值券退款金额", "总交易额": "应结订单总金额", "总退款金额": "退款总金额",
    "总代金券或立减优惠退款金额": "充值券退款总金额", "总企业红包退款金额": "充值券退款总金额",
}
# Amounts as the channel writes them; the point is taken out of a whole column at once.
YUAN = re.compile(r"-?[0-9]{1,13}\.[0-9]{2}(?:\n-?[0-9]{1,13}\.[0-9]{2})*")
FEE = re.compile(r"-?[0-9]{1,10}\.[0-9]{5}(?:\n-?[0-9]{1,10}\.[0-9]{5})*")


class BillBroken(Refusal):
    """The file is no bill, is cut short, or does not add up to its own summary. `row` is the line, counted from 1."""

    code = "bill.broken"
    status = 422
    sentence = _l("账单文件有问题，没有导入。第 %(row)s 行：%(reason)s")


# Rows as they are copied into the table, each a tuple of texts in the order of the bill's COLUMNS.
Block = Iterable[tuple[str, ...]]


@dataclass(frozen=True)
class Chunk:
    """Some rows, column by column. `first` is the line of the first of them; every column has as many texts."""

    first: int
    columns: dict[str, Sequence[str]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def row_of(self, place: int) -> int:
        """The line in the file of the row at `place`."""
        return self.first + place

    def refuse_unless(self, name: str, allowed: set[str], reason: str) -> None:
        """Raise BillBroken at the first row whose `name` is none of `allowed`."""
        if set(self.columns[name]) - allowed:
            place = next(place for place, each in enumerate(self.columns[name]) if each not in allowed)
            raise BillBroken(row=self.row_of(place), reason=reason)

    def refuse_longer(self, names: Iterable[str], most: int) -> None:
        """Raise BillBroken at the first row that has more than `most` letters in one of the columns."""
        for name in names:
            if max(map(len, self.columns.get(name, ("",)))) > most:
                place, text = next((place, each) for place, each in enumerate(self.columns[name]) if len(each) > most)
                raise BillBroken(row=self.row_of(place), reason=text[:40])

    def moments(self, name: str, day: date) -> list[str]:
        """The column of times, each with its zone, as COPY takes it. Raises BillBroken at the first one that is not on `day`."""
        clock = f"{day.isoformat()} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
        column = self.columns[name]
        if not re.fullmatch(f"{clock}(?:\n{clock})*", "\n".join(column)):
            place = next(place for place, each in enumerate(column) if not re.fullmatch(clock, each))
            raise BillBroken(row=self.row_of(place), reason=str(_l("不是 %(day)s 的", day=day.isoformat())))
        return ("\n".join(column).replace("\n", "+08\n") + "+08").split("\n")

    def fen(self, name: str) -> list[str]:
        """The column of yuan as fen, each the text of an integer."""
        return self._scaled(name, YUAN, 100)

    def fees(self, name: str) -> list[str]:
        """The column of yuan with five decimals as thousandths of a fen, each the text of an integer."""
        return self._scaled(name, FEE, 100_000)

    def _scaled(self, name: str, plain: re.Pattern[str], factor: int) -> list[str]:
        values = self.columns[name]
        if values.count(values[0]) == len(values):  # most columns of a day say ¥0.00 throughout
            return [str(_whole(values[0], factor, self.first))] * len(values)
        column = "\n".join(values)
        if plain.fullmatch(column):
            return column.replace(".", "").split("\n")
        return [str(_whole(each, factor, self.row_of(place))) for place, each in enumerate(values)]


def _whole(text: str, factor: int, row: int) -> int:
    value = decimal(text or "0", row) * factor
    if value != value.to_integral_value() or abs(value) > MOST:
        raise BillBroken(row=row, reason=text[:40])
    return int(value)


def decimal(text: str, row: int) -> Decimal:
    """The number that stands in line `row`. Raises BillBroken."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation as wrong:
        raise BillBroken(row=row, reason=text[:40]) from wrong
    if not value.is_finite():
        raise BillBroken(row=row, reason=text[:40])
    return value


@dataclass
class BillText:
    """A bill being read. `summary` is known when all chunks were taken, and stands in line `summary_row`."""

    stream: IO[bytes]
    encoding: str = ""
    columns: list[str] = field(default_factory=list)
    summary: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    summary_row: int = 0

    def __post_init__(self) -> None:
        head = self.stream.readline()
        self.encoding = next((each for each in ENCODINGS if _decodes(head, each)), "")
        text = head.decode(self.encoding) if self.encoding else ""
        if not text.strip() or "\0" in text or text.startswith("`") or "," not in text:
            raise BillBroken(row=1, reason=str(_l("缺少表头")))
        self.columns = _names(text)
        self.encoding = self.encoding.removesuffix("-sig")

    def require(self, names: Sequence[str]) -> None:
        """Raise BillBroken when a column is missing."""
        missing = [name for name in names if name not in self.columns]
        if missing:
            raise BillBroken(row=1, reason=str(_l("缺少列：%(columns)s", columns="、".join(missing))))

    def chunks(self, names: Sequence[str]) -> Iterator[Chunk]:
        """The columns `names`, as far as the bill has them, a few thousand rows at a time; then the summary is known. Raises BillBroken."""
        present = [name for name in dict.fromkeys(names) if name in self.columns]
        places = [self.columns.index(name) for name in present]
        tail: list[str] = []
        while not tail and (raw := self.stream.read(CHUNK)):
            raw += self.stream.readline()
            self._refuse_other_letters(raw)
            text, tail = _data_and_tail(raw.decode(BYTES).rstrip("\r\n"))
            if text:
                columns = dict(zip(present, self._cut(text, places), strict=True))
                plain = text.isascii() and "\\" not in text and "\t" not in text
                yield Chunk(self.rows + 2, columns if plain else {name: self._letters(column) for name, column in columns.items()})
                self.rows += text.count("\n") + 1
        lines = (line.encode(BYTES) for line in tail)
        rest = b"\n".join([*lines, *iter(self.stream.readline, b"")]).decode(self.encoding)
        self._sum_up([line for line in rest.splitlines() if line.strip()])

    def _cut(self, text: str, places: Sequence[int]) -> list[list[str]]:
        """The columns at `places`. A line begins with a backtick, which stands nowhere else before a field's first letter but after a comma."""
        fields, width = text[1:].replace("\r\n`" if "\r" in text else "\n`", ",`\n").split(",`"), len(self.columns)
        heads = "".join(fields[::width])
        # Every line but the first has given its first field one line's end: when all of them are among the heads, each line has `width` fields.
        if len(fields) % width or heads.count("\n") != len(fields) // width - 1 or text.count("\n") != len(fields) // width - 1:
            self._refuse_width(text)
        return [heads.split("\n") if place == 0 else fields[place::width] for place in places]

    def _letters(self, column: list[str]) -> list[str]:
        """The column in letters, as COPY takes it: nearly every column is plain already."""
        joined = "\n".join(column)
        if joined.isascii() and "\\" not in joined and "\t" not in joined:
            return column
        return joined.encode(BYTES).decode(self.encoding).replace("\\", "\\\\").replace("\t", "\\t").split("\n")

    def _refuse_other_letters(self, raw: bytes) -> None:
        """Raise BillBroken unless the lines are in the encoding of the head."""
        try:
            raw.decode(self.encoding)
        except UnicodeDecodeError as wrong:
            row = self.rows + 2 + raw[: wrong.start].count(b"\n")
            raise BillBroken(row=row, reason=str(_l("既不是 UTF-8 也不是 GBK"))) from wrong
        if b"\0" in raw:
            raise BillBroken(row=self.rows + 2 + raw[: raw.index(b"\0")].count(b"\n"), reason=str(_l("不是文本")))

    def _refuse_width(self, text: str) -> None:
        for place, line in enumerate(text.replace("\r\n", "\n").split("\n")):
            if line.count(",`") != len(self.columns) - 1:
                raise BillBroken(row=self.rows + 2 + place, reason=line[1:].encode(BYTES).decode(self.encoding)[:60])

    def _sum_up(self, tail: list[str]) -> None:
        first = self.rows + 2
        if len(tail) != 2 or tail[0].startswith("`") or not tail[1].startswith("`"):
            raise BillBroken(row=first, reason=str(_l("缺少汇总")))
        names, values = _names(tail[0]), tail[1].strip().removeprefix("`").split(",`")
        if len(names) != len(values):
            raise BillBroken(row=first + 1, reason=tail[1][:60])
        self.summary, self.summary_row = dict(zip(names, values, strict=True)), first + 1

    def agree(self, name: str, counted: Decimal) -> None:
        """Raise BillBroken unless the summary says `counted` under that name."""
        told = self.summary.get(name)
        if told is None or decimal(told, self.summary_row) != counted:
            sentence = _l("“%(name)s”写的是 %(told)s，逐行加起来是 %(counted)s", name=name, told=told or "-", counted=counted)
            raise BillBroken(row=self.summary_row, reason=str(sentence))


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        head.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _data_and_tail(text: str) -> tuple[str, list[str]]:
    """The lines that begin with a backtick, all with the same end, and those from the first other one on."""
    if text.startswith("`") and text.count("\n") == text.count("\r\n`" if "\r" in text else "\n`"):
        return text, []
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    end = next((place for place, line in enumerate(lines) if not line.startswith("`")), len(lines))
    return "\n".join(lines[:end]), lines[end:]


def _names(line: str) -> list[str]:
    names = (name.strip().removeprefix("`").replace("（", "(").replace("）", ")") for name in line.strip().split(","))
    return [OLD_NAMES.get(name, name) for name in names]
