"""`/insights`: merchants in order, who buys how often, and who comes back, over all trades or in one; each as a spreadsheet too."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, current_app, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Row

from app.core import clock
from app.core.errors import NotFound
from app.core.money import percent, yuan
from app.core.periods import business_day
from app.framework.console.export import download
from app.framework.console.formats import amount
from app.framework.console.home import Chart, Figure
from app.framework.console.links import orders_of_trade, trade_title
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.spans import Days, days_asked, growth
from app.framework.spreadsheets.xlsx import Cell, Money, Sheet, write_workbook
from app.kernel.exports.operations import note_small
from app.kernel.insights import platform
from app.kernel.insights.platform import BANDS, FEW, Customers, People
from app.kernel.parties.views.people import MerchantView

STRETCHES = {"7": _l("近 7 天"), "30": _l("近 30 天"), "90": _l("近 90 天")}
MONTHS = {"6": _l("近 6 个月"), "12": _l("近 12 个月")}
BY_DAY = 31  # days up to which a chart has one mark a day; weeks beyond
SHOWN, DRAWN = 50, 10
ORDERS = {"turnover": _l("按营业额"), "orders": _l("按订单"), "refunds": _l("按退款率"), "average": _l("按客单价")}
OFTEN = (_l("1 单"), _l("2 单"), _l("3 到 5 单"), _l("6 单以上"))
PAGES = (("index", _l("商户排名")), ("customers", _l("顾客构成")), ("cohorts", _l("复购")))


@dataclass(frozen=True)
class Asked:
    """Which days of which trade, and the part of the address that says so."""

    days: Days
    trade: str | None
    stretch: str | None
    address: dict[str, Any]


@dataclass(frozen=True)
class Ranked:
    """A merchant's line: its sums, its record, and its orders of those days for each trade (title, address or nothing)."""

    sums: Row[Any]
    record: str
    orders: list[tuple[str, str]]


class PlatformInsights(Page):
    """Three pages under one right: merchants, customers, cohorts. Nobody's name is on them but merchants'."""

    name = "insights.platform"
    route_base = "/insights"
    title = _l("全平台分析")
    icon = "chart"
    words = {"index": _l("查看全平台分析"), "export": _l("导出")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Merchants, by turnover unless asked."""
        asked, order = _asked(), _one_of(platform.ORDERS, "order", "turnover")
        total, found = platform.merchants(asked.days, asked.trade, order, SHOWN)
        return self._page(
            "merchants", asked, {"order": order}, figures=_merchant_figures(total, asked.days), rows=[_ranked(row, asked) for row in found],
            chart=_merchant_chart(found, order), orders=ORDERS, order=order, merchants=found[0].merchants if found else 0,
        )

    @expose("/customers")
    @page_access("can_index")
    def customers(self) -> Response:
        """Who bought, how often, for how much."""
        asked = _asked()
        now, then = platform.customers(asked.days, asked.trade)
        unit = "day" if asked.days.count <= BY_DAY else "week"
        return self._page(
            "customers", asked, {}, figures=_customer_figures(now, then, asked.days), chart=_comers_chart(platform.comers(asked.days, asked.trade, unit), unit),
            groups=[(_("下了几单"), OFTEN, now.often, then.often), (_("花了多少"), band_words(), now.bands, then.bands)], few=FEW, now=now,
            pies=[_people_chart(_("下了几单"), OFTEN, now.often), _people_chart(_("花了多少"), band_words(), now.bands)],
        )

    @expose("/cohorts")
    @page_access("can_index")
    def cohorts(self) -> Response:
        """Month of the first order × months since."""
        asked, what = _months_asked(), _one_of(("people", "spent"), "show", "people")
        found, months = platform.cohorts(asked.days, asked.trade), int(asked.stretch or 0)
        return self._page(
            "cohorts", asked, {"show": what}, rows=_cohort_rows(found, months, what), chart=_cohort_chart(found, months), what=what, count=months, few=FEW,
        )

    @expose("/export/<what>")
    @page_access("can_export")
    def export(self, what: str) -> Response:
        """The page's table as XLSX, merchants without an end; noted, because it takes figures out of the house."""
        if what not in {page for page, _words in PAGES}:
            raise NotFound
        asked = _months_asked() if what == "cohorts" else _asked()
        lines = _SHEETS[what](asked)
        words = str(dict(PAGES)[what])
        name = f"{self.title}-{words}-{asked.days.first:%Y%m%d}-{asked.days.last:%Y%m%d}"
        file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when the answer has left
        write_workbook(file, [Sheet(words, lines, (24, *(14,) * 8), 1)], name)
        file.seek(0)
        arguments = {"first": f"{asked.days.first}", "last": f"{asked.days.last}", "trade": asked.trade or ""}
        note_small(f"{name}.xlsx", arguments, rows=len(lines) - 1, unmasked=False, actor=self.actor, now=clock.now())
        return download(file, f"{name}.xlsx", "xlsx")

    def _page(self, template: str, asked: Asked, own: dict[str, str], **context: Any) -> Response:
        page = "index" if template == "merchants" else template
        pages = [(name, words, self.url(name, **({"trade": asked.trade} if "cohorts" in {name, page} else asked.address))) for name, words in PAGES]
        stretch_name, stretches = ("months", MONTHS) if page == "cohorts" else ("days", STRETCHES)
        return self.render(
            f"insights/{template}.html", asked=asked, address={**asked.address, **own}, own=own, page=page, pages=pages, trades=_trades(),
            stretches=stretches, stretch_name=stretch_name, **context,
        )


# ---- what was asked --------------------------------------------------------------------------------------------------

def _trades() -> list[tuple[str, Any]]:
    return [(manifest.name, manifest.title) for manifest in current_app.extensions["manifests"] if manifest.order_view is not None]


def _trade() -> str | None:
    return _one_of(dict(_trades()), "trade", "") or None


def _one_of(known: Any, name: str, usual: str) -> str:
    given = request.args.get(name) or usual
    if given != usual and given not in known:
        raise NotFound
    return given


def _asked() -> Asked:
    trade, given = _trade(), {name: request.args[name] for name in ("first", "last") if request.args.get(name)}
    stretch = None if given else _one_of(STRETCHES, "days", "30")
    days = days_asked(given, clock.now(), int(stretch or 30))
    return Asked(days, trade, stretch, {"trade": trade, **(given or {"days": stretch})})


def _months_asked() -> Asked:
    """Whole months up to today."""
    trade, months, today = _trade(), _one_of(MONTHS, "months", "6"), business_day(clock.now())
    first = today.year * 12 + today.month - int(months)
    return Asked(Days(date(first // 12, first % 12 + 1, 1), today), trade, months, {"trade": trade, "months": months})


def band_words() -> list[str]:
    """Bands of spending in words: from, up to."""
    edges = [yuan(fen).removesuffix(".00") for fen in BANDS]
    return [_("不到 %(high)s", high=edges[1]), *(f"{low} – {high}" for low, high in zip(edges[1:], edges[2:], strict=False)), _("%(low)s 以上", low=edges[-1])]


# ---- merchants -------------------------------------------------------------------------------------------------------

def _ranked(row: Row[Any], asked: Asked) -> Ranked:
    when = {"view": "all", "merchant_id": row.merchant_id, "placed_at": f"{asked.days.first}..{asked.days.last}"}
    record = url_for("MerchantView.show", pk=row.merchant_id) if may(MerchantView, "show") else ""
    return Ranked(row, record, [(trade_title(trade), orders_of_trade(trade, **when)) for trade in row.trades])


def _merchant_figures(total: Row[Any], days: Days) -> list[Figure]:
    note = _against(days, total.orders_before)
    return [
        Figure(_("营业额"), amount(total.turnover), note=note, change=growth(total.turnover, total.turnover_before)),
        Figure(_("完成订单"), f"{total.orders:,}", unit=_("单"), note=note, change=growth(total.orders, total.orders_before)),
        Figure(_("客单价"), amount(total.average), note=note, change=growth(total.average, total.average_before)),
        Figure(_("退款率"), _percent(total.refund_rate), note=note, change=growth(total.refund_rate, total.refund_rate_before), more_is_better=False),
    ]


def _merchant_chart(found: Sequence[Row[Any]], order: str) -> Chart | None:
    """The first ten by what they are ordered by."""
    if not found:
        return None
    read, unit = {
        "turnover": (lambda row: row.turnover / 100, _l("元")), "orders": (lambda row: row.orders, _l("单")),
        "refunds": (lambda row: int(row.refund_rate) // 100 / 100, "%"), "average": (lambda row: row.average / 100, _l("元")),
    }[order]
    return Chart([row.name for row in found[:DRAWN]], [(ORDERS[order], [read(row) for row in found[:DRAWN]])], unit=unit, head=_l("商户"))


def _merchant_sheet(asked: Asked) -> list[list[Cell]]:
    _total, found = platform.merchants(asked.days, asked.trade, _one_of(platform.ORDERS, "order", "turnover"))
    heads: list[Cell] = [
        _("商户"), _("行业"), _("营业额（元）"), _("前一段（元）"), _("完成订单"), _("客单价（元）"), _("付款（元）"), _("退款（元）"), _("退款率"),
    ]
    return [heads, *(
        [
            row.name, "、".join(trade_title(trade) for trade in row.trades), Money(row.turnover), Money(row.turnover_before), row.orders, Money(row.average),
            Money(row.paid), Money(row.refunded), _percent(row.refund_rate),
        ]
        for row in found
    )]


# ---- customers -------------------------------------------------------------------------------------------------------

def _customer_figures(now: Customers, then: Customers, days: Days) -> list[Figure]:
    note = _against(days, then.all.people)
    share, share_then = now.top_share, then.top_share
    return [
        Figure(_("下单顾客"), f"{now.all.people:,}", unit=_("人"), note=note, change=growth(now.all.people, then.all.people)),
        Figure(_("新客"), f"{now.fresh:,}", unit=_("人"), note=note, change=growth(now.fresh, then.fresh)),
        Figure(_("回头客"), f"{now.returning:,}", unit=_("人"), note=note, change=growth(now.returning, then.returning)),
        Figure(
            _("前一成顾客占"), "—" if share is None else _percent(share), change=None if share is None or share_then is None else growth(share, share_then),
            note=_("少于 %(few)d 人，不显示", few=FEW) if share is None else note, more_is_better=None,
        ),
    ]


def _comers_chart(rows: Sequence[Row[Any]], unit: str) -> Chart | None:
    if not rows:
        return None
    series: list[Any] = [(_("新客"), [row.fresh for row in rows]), (_("回头客"), [row.again for row in rows])]
    head = _("日期") if unit == "day" else _("哪周（周一）")
    return Chart([f"{row.at:%m-%d}" for row in rows], series, unit=_("人"), head=head, stacked=True)


def _people_chart(title: str, words: Sequence[Any], groups: Sequence[People]) -> tuple[str, Chart]:
    return title, Chart([str(word) for word in words], [(_("顾客"), [group.people for group in groups])], unit=_("人"), head=title)


def _customer_sheet(asked: Asked) -> list[list[Cell]]:
    now, then = platform.customers(asked.days, asked.trade)
    heads: list[Cell] = [_("顾客"), _("人数"), _("前一段人数"), _("订单"), _("付款减退款（元）")]
    lines = [(_("全部"), now.all, then.all), (_("前一成顾客"), now.top, then.top)]
    lines += [(str(words), *pair) for words, *pair in zip((*OFTEN, *band_words()), now.often + now.bands, then.often + then.bands, strict=True)]
    fresh: list[list[Cell]] = [[_("新客"), now.fresh, then.fresh, None, None], [_("回头客"), now.returning, then.returning, None, None]]
    return [heads, *fresh, *([words, one.people, two.people, one.orders, _written(one.spent)] for words, one, two in lines)]


# ---- cohorts ---------------------------------------------------------------------------------------------------------

def _cohort_rows(found: dict[date, dict[int, People]], months: int, what: str) -> list[tuple[str, int, list[tuple[Any, str, int] | None]]]:
    """Month, its size, and a cell for each month after it that has come: what it says, what stands below, how dark it is (0 to 5)."""
    rows = []
    for at, later in _every_month(found, months):
        size = later[0].people
        most = max((group.spent or 0 for after, group in later.items() if after), default=0)
        cells: list[tuple[Any, str, int] | None] = []
        for after in range(months):
            group = later.get(after, People(0, 0, 0))
            if after >= months - at[1]:
                cells.append(None)
            elif what == "people":
                cells.append((_percent(group.people * 1_000_000 // size), f"{group.people:,}", _shade(group.people if after else 0, size)))
            else:
                said = "—" if group.spent is None else yuan(group.spent)
                cells.append((said, "" if group.spent is None else f"{group.people:,}", _shade((group.spent or 0) if after else 0, most)))
        rows.append((f"{at[0]:%Y-%m}", size, cells))
    return rows


def _every_month(found: dict[date, dict[int, People]], months: int) -> Iterator[tuple[tuple[date, int], dict[int, People]]]:
    """The months in which somebody came first, each with its place among `months` of which the last is the present one."""
    today = business_day(clock.now())
    for month, later in found.items():
        yield (month, months - 1 - (today.year * 12 + today.month - month.year * 12 - month.month)), later


def _shade(part: int, whole: int) -> int:
    return min(-(-part * 5 // whole), 5) if part and whole else 0


def _cohort_chart(found: dict[date, dict[int, People]], months: int) -> Chart | None:
    """Of those who could, how many bought again in each month after."""
    shares: list[float | None] = []
    for after in range(1, months):
        old = [later for (_month, place), later in _every_month(found, months) if place + after < months]
        size = sum(later[0].people for later in old)
        shares.append(sum(later[after].people for later in old if after in later) * 10_000 // size / 100 if size else None)
    if sum(share is not None for share in shares) < 2:
        return None  # one mark is no line
    labels = [_("%(count)d 个月后", count=after) for after in range(1, months)]
    return Chart(labels, [(_("再来的人"), shares)], unit="%", shape="line", head=_("第一次下单之后"))


def _cohort_sheet(asked: Asked) -> list[list[Cell]]:
    found = platform.cohorts(asked.days, asked.trade)
    heads: list[Cell] = [_("第一次下单的月份"), _("几个月后"), _("那月第一次来的人"), _("再来的人"), _("付款减退款（元）")]
    return [heads, *(
        [f"{month:%Y-%m}", after, later[0].people, group.people, _written(group.spent)] for month, later in found.items() for after, group in later.items()
    )]


_SHEETS: dict[str, Callable[[Asked], list[list[Cell]]]] = {"index": _merchant_sheet, "customers": _customer_sheet, "cohorts": _cohort_sheet}


# ---- how it is written -----------------------------------------------------------------------------------------------

def _written(fen: int | None) -> Cell:
    return "—" if fen is None else Money(fen)


def _percent(ppm: int) -> str:
    return percent(int(ppm) // 1_000 * 1_000)


def _against(days: Days, before: int) -> str:
    return _("比前 %(count)d 天", count=days.count) if before else _("前 %(count)d 天没有", count=days.count)
