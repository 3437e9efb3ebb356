"""The four sheets of a settlement: summary, statements, every line, fees by rule version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select, tuple_

from app.core.periods import local
from app.extensions import db
from app.framework.console.links import trade_title
from app.framework.database import elevated
from app.framework.spreadsheets.xlsx import ROWS_OF_A_SHEET, Cell, Formula, Money, Sheet, letter, write_workbook
from app.kernel.commission.models import FeeRuleVersion
from app.kernel.parties.models import Merchant
from app.kernel.settlement.models import Cycle, Statement, StatementLine
from app.kernel.settlement.models.statements import KINDS
from app.kernel.settlement.queries import Totals, totals_of

SUMS = ("opening", "earned", "refunded", "fees", "adjusted", "paid", "closing", "payable")
LINE_MONEY = (
    "goods", "delivery", "packing", "merchant_discount", "paid", "subsidy", "earned", "refunded", "fees", "adjusted", "payout", "net",
)
BATCH = 5_000


@dataclass(frozen=True)
class Extent:
    """What a spreadsheet covers: one cycle, or one statement of it."""

    cycle: Cycle
    statement: Statement | None = None

    @property
    def conditions(self) -> tuple[Any, ...]:
        """Which statements are in it."""
        return (Statement.id == self.statement.id,) if self.statement else (Statement.cycle_id == self.cycle.id,)

    @property
    def number(self) -> str:
        """The batch id: the cycle's number, or the statement's."""
        return self.statement.number if self.statement else self.cycle.number


def digest_of(extent: Extent) -> str:
    """SHA-256 over the digests of the statements in order: two files with the same digest hold the same lines."""
    found = hashlib.sha256()
    for number, digest in db.session.execute(select(Statement.number, Statement.digest).where(*extent.conditions).order_by(Statement.number)):
        found.update(f"{number} {digest}\n".encode())
    return found.hexdigest()


def write(extent: Extent, file: IO[bytes], tell: Callable[[int], None] = lambda rows: None) -> str:
    """The workbook goes to `file`; `tell` hears how many lines are written; returns the digest that stands in it."""
    totals, digest = totals_of(*extent.conditions), digest_of(extent)
    sheets = [
        Sheet(_("汇总"), _summary(extent, totals, digest), (24, 70)),
        Sheet(_("账单"), _statements(extent, totals), (20, 30, *(14 for _name in SUMS), 10, 66), 1),
    ]
    parts = max(1, -(-totals.lines // ROWS_OF_A_SHEET))
    lines = _all_lines(extent, tell)
    for part in range(1, parts + 1):
        count = min(ROWS_OF_A_SHEET, totals.lines - (part - 1) * ROWS_OF_A_SHEET)
        rows = _line_rows(lines, count, _line_sums(extent) if parts == 1 else None)
        sheets.append(Sheet(_("明细") if parts == 1 else f"{_('明细')} {part}", rows, (20, 30, 20, 10, 16, *(12 for _name in LINE_MONEY), 14, 22), 1))
    sheets.append(Sheet(_("费用"), _fees(extent, totals), (30, 10, 12, 22, 22, 14), 1))
    write_workbook(file, sheets, extent.number)
    return digest


def _summary(extent: Extent, totals: Totals, digest: str) -> Iterator[list[Cell]]:
    """What it is, then the sums, taken from the next sheet by formulas."""
    last, sheet = totals.statements + 1, _("账单")
    yield [_("批次"), extent.number]
    yield [_("行业"), trade_title(extent.cycle.trade)]
    yield [_("结算日"), extent.cycle.day.isoformat()]
    yield [_("账本水位"), str(extent.cycle.watermark)]
    yield [_("账单数"), totals.statements]
    yield [_("明细行数"), totals.lines]
    yield [_("校验码 SHA-256"), digest]
    yield [_("金额单位"), _("元")]
    for at, name in enumerate(SUMS, start=3):
        column = letter(at)
        yield [_titles()[name], Formula(f"SUM('{sheet}'!{column}2:{column}{max(last, 2)})", getattr(totals, name))]
    yield [_("核对：期初＋收入−退款−费用＋调整−已付−期末"), Formula("B9+B10-B11-B12+B13-B14-B15", 0)]


def _titles() -> dict[str, str]:
    return {
        "opening": _("期初"), "earned": _("收入"), "refunded": _("退款"), "fees": _("费用"), "adjusted": _("留存与调整"), "paid": _("已付"),
        "closing": _("期末"), "payable": _("应付"),
    }


def _statements(extent: Extent, totals: Totals) -> Iterator[list[Cell]]:
    """Without their states, which go on after an export: the file stays the same."""
    yield [_("账单号"), _("商户"), *_titles().values(), _("行数"), _("校验码 SHA-256")]
    rows = select(Statement, Merchant.name).join(Merchant, Merchant.id == Statement.merchant_id).where(*extent.conditions).order_by(Statement.number)
    for statement, name in db.session.execute(rows):
        sums = [Money(getattr(statement, each)) for each in SUMS]
        yield [statement.number, name, *sums, statement.lines_count, statement.digest]
    last = totals.statements + 1
    if totals.statements:
        yield [_("合计"), None, *(Formula(f"SUM({letter(at)}2:{letter(at)}{last})", getattr(totals, name)) for at, name in enumerate(SUMS, start=3))]


def _all_lines(extent: Extent, tell: Callable[[int], None]) -> Iterator[Any]:
    """Every line in order of statement and ledger, by position, so that memory stays flat."""
    after, done = (0, 0), 0
    while True:
        rows = db.session.execute(_lines_after(extent, after)).all()
        yield from rows
        done += len(rows)
        tell(done)
        if len(rows) < BATCH:
            return
        after = (rows[-1].statement_id, rows[-1].transaction_id)


def _lines_after(extent: Extent, after: tuple[int, int]) -> Select[Any]:
    money = [getattr(StatementLine, name) for name in LINE_MONEY]
    key = tuple_(StatementLine.statement_id, StatementLine.transaction_id)
    return (
        select(
            StatementLine.statement_id, StatementLine.transaction_id, Statement.number, Merchant.name, StatementLine.order_number, StatementLine.kind,
            StatementLine.rule_versions, StatementLine.event_at, *(column.label(f"m_{name}") for column, name in zip(money, LINE_MONEY, strict=True)),
        )
        .join(Statement, Statement.id == StatementLine.statement_id).join(Merchant, Merchant.id == Statement.merchant_id)
        .where(*extent.conditions, key > after).order_by(StatementLine.statement_id, StatementLine.transaction_id).limit(BATCH)
    )


def _line_rows(lines: Iterator[Any], count: int, sums: list[int] | None) -> Iterator[list[Cell]]:
    """Heads, `count` lines, and the totals when the whole is on one sheet."""
    yield [
        _("账单号"), _("商户"), _("订单号"), _("类别"), _("账本交易号"), _("商品"), _("配送"), _("包装"), _("商户优惠"), _("顾客实付"), _("平台补贴"),
        _("收入"), _("退款"), _("费用"), _("留存与调整"), _("付款"), _("净额"), _("费率版本号"), _("发生时间（北京）"),
    ]
    kinds = {kind: str(label) for kind, label in KINDS.items()}
    for line in islice(lines, count):
        yield [
            line.number, line.name, line.order_number, kinds[line.kind], str(line.transaction_id), *(Money(getattr(line, f"m_{name}")) for name in LINE_MONEY),
            ",".join(map(str, line.rule_versions)), f"{local(line.event_at):%Y-%m-%d %H:%M:%S}",
        ]
    if sums is not None and count:
        totals = (Formula(f"SUM({letter(at)}2:{letter(at)}{count + 1})", fen) for at, fen in enumerate(sums, start=6))
        yield [_("合计"), None, None, None, None, *totals]


def _line_sums(extent: Extent) -> list[int]:
    columns = [func.coalesce(func.sum(getattr(StatementLine, name)), 0) for name in LINE_MONEY]
    row = db.session.execute(select(*columns).join(Statement, Statement.id == StatementLine.statement_id).where(*extent.conditions)).one()
    return [int(value) for value in row]


def _fees(extent: Extent, totals: Totals) -> Iterator[list[Cell]]:
    """The fees of the lines by the rule versions that priced them; orders priced by several versions stand under all of them together."""
    yield [_("费率"), _("版本"), _("行数"), _("提出人"), _("批准人"), _("费用")]
    grouped = (
        select(StatementLine.rule_versions, func.count(), func.sum(StatementLine.fees))
        .join(Statement, Statement.id == StatementLine.statement_id).where(*extent.conditions, StatementLine.fees != 0)
        .group_by(StatementLine.rule_versions).order_by(StatementLine.rule_versions)
    )
    groups = db.session.execute(grouped).all()
    for versions, count, fees in groups:
        with elevated():  # a merchant reads which of its rules priced a line
            found = [*db.session.scalars(select(FeeRuleVersion).where(FeeRuleVersion.id.in_(versions)).order_by(FeeRuleVersion.id))]
        yield [
            "、".join(version.rule.title for version in found), "、".join(f"v{version.number}" for version in found), count,
            "、".join(version.made_by for version in found), "、".join(version.approved_by or "" for version in found), Money(int(fees)),
        ]
    if groups:
        yield [_("合计"), None, None, None, None, Formula(f"SUM(F2:F{len(groups) + 1})", totals.fees)]


__all__ = ["Extent", "digest_of", "write"]
