"""A statement as PDF, for people who file paper: its sums, its advances, its lines. The same statement gives the same bytes.

Chinese is set in STSong-Light, a font that every PDF reader brings along, so that no font is stored in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import IO, Any

from flask_babel import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
from sqlalchemy import select

from app.core.money import figures, yuan
from app.core.periods import local
from app.extensions import db
from app.framework.console.links import trade_title
from app.kernel.parties.models import Merchant
from app.kernel.settlement.debts import Debts, debts_of
from app.kernel.settlement.models import Statement, StatementLine
from app.kernel.settlement.models.statements import KINDS

FONT = "STSong-Light"
LINES_AT_MOST = 2_000
GREY, PALE = colors.HexColor("#5b6068"), colors.HexColor("#eef0f2")
SUMS = ("opening", "earned", "refunded", "fees", "adjusted", "paid", "closing", "payable")


class TooLong(ValueError):
    """A statement with more lines is a spreadsheet, not paper."""


def write_paper(statement: Statement, platform: str, file: IO[bytes]) -> None:
    """The statement in the reader's language. Raises TooLong above `LINES_AT_MOST` lines."""
    if statement.lines_count > LINES_AT_MOST:
        raise TooLong(statement.number)
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    name = db.session.scalars(select(Merchant.name).where(Merchant.id == statement.merchant_id)).one()
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=16 * mm, rightMargin=16 * mm, topMargin=16 * mm, bottomMargin=18 * mm, invariant=1, title=statement.number,
        author=platform, lang="zh-CN",
    )
    document.build(list(_story(statement, name, platform)), onFirstPage=_foot(statement), onLaterPages=_foot(statement))


def _story(statement: Statement, name: str, platform: str) -> Iterator[Any]:
    yield Paragraph(escape(_("%(platform)s 结算账单", platform=platform)), _style(16))
    yield Spacer(1, 3 * mm)
    yield _facts([
        (_("账单号"), statement.number), (_("商户"), name), (_("行业"), str(trade_title(statement.trade))), (_("结算日"), statement.day.isoformat()),
        (_("账本水位"), str(statement.watermark)), (_("明细行数"), str(statement.lines_count)),
    ])
    yield Spacer(1, 4 * mm)
    titles = (_("期初"), _("收入"), _("退款"), _("费用"), _("留存与调整"), _("已付"), _("期末"), _("应付"))
    yield _table([titles, tuple(yuan(getattr(statement, each)) for each in SUMS)], [22.25 * mm] * 8, money=range(8))
    yield Paragraph(escape(_("期初＋收入−退款−费用＋留存与调整−已付＝期末，与账本同一水位相等")), _style(8, GREY))
    debts = debts_of(statement)
    if debts.opening or debts.advanced or debts.paid_back:
        yield from _debts(debts)
    yield Spacer(1, 5 * mm)
    yield _lines(statement)
    yield Spacer(1, 3 * mm)
    yield Paragraph(f"SHA-256 {statement.digest}", _style(7, GREY))


def _debts(debts: Debts) -> Iterator[Any]:
    yield Spacer(1, 4 * mm)
    yield Paragraph(escape(_("平台垫付")), _style(11))
    yield Spacer(1, 1 * mm)
    heads = (_("期初垫付"), _("本期垫付"), _("本期抵扣"), _("期末垫付"))
    yield _table([heads, tuple(yuan(each) for each in (debts.opening, debts.advanced, debts.paid_back, debts.closing))], [44.5 * mm] * 4, money=range(4))


def _lines(statement: Statement) -> LongTable:
    kinds = {kind: str(label) for kind, label in KINDS.items()}
    rows: list[tuple[str, ...]] = [(_("时间"), _("订单或交易"), _("类别"), _("收入"), _("退款"), _("费用"), _("调整"), _("付款"), _("净额"))]
    found = select(StatementLine).where(StatementLine.statement_id == statement.id).order_by(StatementLine.transaction_id)
    rows += [
        (
            f"{local(line.event_at):%m-%d %H:%M}", line.order_number or line.transaction_key[:20], kinds[line.kind], *map(
                figures, (line.earned, line.refunded, line.fees, line.adjusted, line.payout, line.net)
            ),
        ) for line in db.session.scalars(found)
    ]
    return _table(rows, [20 * mm, 34 * mm, 16 * mm, *[18 * mm] * 6], money=range(3, 9), kind=LongTable)


def _facts(pairs: list[tuple[str, str]]) -> Table:
    cells = [[Paragraph(f"<font color='#5b6068'>{escape(label)}</font>　{escape(value)}", _style(9)) for label, value in pairs[at:at + 2]] for at in (0, 2, 4)]
    return Table(cells, colWidths=[89 * mm, 89 * mm], style=TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]))


def _table(rows: list[tuple[str, ...]], widths: list[float], *, money: range, kind: type[Table] = Table) -> Table:
    """Heads repeated on each page; figures on the right."""
    style = [
        ("FONT", (0, 0), (-1, -1), FONT, 8), ("BACKGROUND", (0, 0), (-1, 0), PALE), ("LINEBELOW", (0, 0), (-1, -1), 0.25, GREY),
        ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 3), ("ALIGN", (money.start, 0), (money.stop - 1, -1), "RIGHT"),
    ]
    return kind(rows, colWidths=widths, repeatRows=1, style=TableStyle(style))


def _style(size: int, colour: Any = colors.black) -> ParagraphStyle:
    return ParagraphStyle(f"{FONT}{size}", fontName=FONT, fontSize=size, leading=size * 1.5, textColor=colour)


def _foot(statement: Statement) -> Callable[[Canvas, Any], None]:
    def draw(canvas: Canvas, document: Any) -> None:
        canvas.setFont(FONT, 8)
        canvas.setFillColor(GREY)
        canvas.drawString(16 * mm, 10 * mm, statement.number)
        canvas.drawRightString(A4[0] - 16 * mm, 10 * mm, _("第 %(page)s 页", page=document.page))

    return draw
