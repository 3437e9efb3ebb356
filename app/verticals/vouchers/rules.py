"""Prices of uses and when what is bought holds: pure functions of values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import split
from app.core.periods import business_day, day_range
from app.kernel.orders.rules import LineDraft

MOST_PIECES, MOST_LINES = 20, 120


def use_prices(price: int, uses: int) -> list[int]:
    """What each use of a piece costs, in fen: equal to the fen, the odd ones with the first uses; they add up to the price."""
    return [int(part) for part in split(price, [1] * uses)]


def drafts_of(title: str, deal_id: int, price: int, uses: int, count: int) -> list[LineDraft]:
    """A line for each use of each piece."""
    return [
        LineDraft(
            title=title, price=part, subject_id=deal_id, product_id=deal_id, spec=f"{use}/{uses}" if uses > 1 else "", details={"piece": piece, "use": use},
        )
        for piece in range(1, count + 1) for use, part in enumerate(use_prices(price, uses), start=1)
    ]


def ends_at(bought_at: datetime, valid_days: int, last_day: date | None) -> datetime:
    """The moment from which what was bought can be used no more: the end of its last day in Shanghai."""
    day = business_day(bought_at) + timedelta(days=valid_days)
    return day_range(min(day, last_day) if last_day else day)[1]


def typed_days(text: str) -> list[str]:
    """Dates of a text, one a line or with commas between, sorted, each once. Raises ValueError with the one that is none."""
    found = set()
    for word in filter(None, re.split(r"[\s,，、;；]+", text.strip())):
        try:
            found.add(date.fromisoformat(word).isoformat())
        except ValueError:
            raise ValueError(word) from None
    return sorted(found)


def deal_problems(
    *, kind: str, price: int, market_price: int, uses: int, quantity: int | None, sold: int, last_day: date | None, closed_weekdays: Sequence[int],
    today: date,
) -> list[dict[str, Any]]:
    """What does not fit together in a deal, as field, code, message."""
    checks = (
        ("uses", kind != "card" and uses != 1, _l("只有多次卡能用几次，其他的填 1")),
        ("uses", kind == "card" and uses < 2, _l("多次卡至少用 2 次")),
        ("price", price < uses, _l("每次至少 1 分钱")),
        ("market_price", market_price < price, _l("门市价不能比团购价低")),
        ("quantity", quantity is not None and quantity < sold, _l("已经卖了 %(sold)d 份，库存不能比它少", sold=sold)),
        ("last_day", last_day is not None and last_day < today, _l("最后一天已经过了")),
        ("closed_weekdays", len(set(closed_weekdays)) == 7, _l("一周七天都不能用，就没有人会买")),
    )
    return [{"field": field, "code": "value", "message": str(words)} for field, wrong, words in checks if wrong]
