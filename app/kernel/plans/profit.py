"""What the platform earned and spent in each trade by kind, from the ledger alone. Amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from app.extensions import db
from app.framework.console.links import trade_title
from app.kernel.commission.rules import INCOMES

OTHER, COST = "other", "cost"
GROUPS = {**{name: words for name, words in INCOMES.items() if name not in ("deposit", "payout")}, OTHER: _l("其他收入"), COST: _l("成本")}
# Kinds of revenue and cost that no price list names.
WORDS = {
    "delivery": _l("配送费收入"), "withdrawal": _l("提现手续费"), "fine": _l("保证金扣罚"), "margin": _l("差价"), "channel_fee": _l("渠道手续费"),
    "coupon_subsidy": _l("平台优惠券"), "bonus_cost": _l("储值赠送"), "points_cost": _l("积分成本"), "compensation": _l("赔付"), "bad_debt": _l("坏账"),
    "purchase": _l("采购"),
}

_SUMS = text(
    """
    SELECT moved.trade, moved.book, moved.kind, coalesce(priced.title, '') AS title,
           CASE WHEN moved.book = 'cost' THEN 'cost' ELSE coalesce(priced.income, 'other') END AS income, moved.period, moved.amount
    FROM (
        SELECT fact.trade, account.book, account.label AS kind, to_char(entry.booked_on, :shape) AS period, sum(entry.amount)::bigint AS amount
        FROM ledger_account AS account
        JOIN ledger_entry AS entry ON entry.account_id = account.id AND entry.booked_on BETWEEN :first AND :last
        JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
        WHERE account.book IN ('revenue', 'cost') AND (CAST(:trade AS text) IS NULL OR fact.trade = :trade)
        GROUP BY 1, 2, 3, 4
    ) AS moved
    LEFT JOIN fee_kind AS priced ON priced.trade = moved.trade AND priced.kind = moved.kind AND moved.book = 'revenue'
    ORDER BY moved.trade, moved.book DESC, moved.kind, moved.period
    """
)


@dataclass(frozen=True)
class Line:
    """What one kind brought a trade in a stretch of time: `amount` fen, a cost below zero; `period` is a day or a month."""

    trade: str
    kind: str
    title: str
    group: str
    period: str
    amount: int

    @property
    def words(self) -> str:
        """The kind in words."""
        return _(self.title) if self.title else str(WORDS.get(self.kind, self.kind))

    @property
    def trade_words(self) -> str:
        """The trade's title, or the whole platform for what belongs to none."""
        return trade_title(self.trade) if self.trade else _("不分行业")


def lines_of(first: date, last: date, trade: str | None = None) -> list[Line]:
    """Every kind of every trade (or of one) by day; by month where the stretch is longer than two months. Sees all trades."""
    shape = "YYYY-MM-DD" if (last - first).days <= 62 else "YYYY-MM"
    rows = db.session.execute(_SUMS, {"first": first, "last": last, "trade": trade, "shape": shape})
    return [Line(row.trade, row.kind, row.title, row.income if row.income in GROUPS else OTHER, row.period, row.amount) for row in rows]


def by_kind(lines: Sequence[Line]) -> list[Line]:
    """The lines of a stretch, one for each trade and kind."""
    sums: dict[tuple[str, str, str, str], int] = {}
    for line in lines:
        key = (line.trade, line.kind, line.title, line.group)
        sums[key] = sums.get(key, 0) + line.amount
    return [Line(trade, kind, title, group, "", amount) for (trade, kind, title, group), amount in sums.items()]


def series_of(lines: Sequence[Line], along: str) -> tuple[list[str], list[tuple[Any, list[int]]]]:
    """(labels, (group in words, fen for each label)) along `trade_words` or `period`, groups without money left out."""
    labels = sorted({getattr(line, along) for line in lines}) if along == "period" else list(dict.fromkeys(getattr(line, along) for line in lines))
    found: list[tuple[Any, list[int]]] = []
    for group, words in GROUPS.items():
        own = [line for line in lines if line.group == group]
        if own:
            found.append((words, [sum(line.amount for line in own if getattr(line, along) == label) for label in labels]))
    return labels, found
