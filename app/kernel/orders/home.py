"""Home cards over orders of all trades: figures beside the stretch before, and turnover by hour or day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.money import yuan
from app.core.periods import business_day, local
from app.framework.console.home import Chart, Figure, SpanCard
from app.framework.console.links import orders_link
from app.framework.console.spans import Span, growth
from app.kernel.orders.queries import paid_by_day, paid_by_hour, turnover_between
from app.kernel.parties.roles import RUNNERS

MERCHANTS = RUNNERS
PLATFORM = frozenset({"Operator", "Finance", "Admin"})


class TurnoverCard(SpanCard):
    """Turnover, orders, average, refunds, and for the platform its fees, against the stretch before."""

    name = "orders.turnover"
    roles = MERCHANTS | PLATFORM
    kind = "figures"
    title = _l("营业额")
    span = 12
    order = 20

    def load_span(self, actor: Actor, span: Span) -> list[Figure]:
        """Each figure leads to the list behind it."""
        present, before = turnover_between(span.begins, span.ends), turnover_between(*span.earlier())
        note = span.against if before.count else span.nothing_before
        orders, refunds = orders_link(span.name), url_for("RefundCaseView.list", asked_at=span.name)
        figures = [
            Figure(_("营业额"), yuan(present.paid), orders, note=note, change=growth(present.paid, before.paid)),
            Figure(_("订单"), f"{present.count:,}", orders, unit=_("单"), note=note, change=growth(present.count, before.count)),
            Figure(_("客单价"), yuan(present.average), orders, note=note, change=growth(present.average, before.average)),
            Figure(_("退款"), yuan(present.refunded), refunds, note=note, change=growth(present.refunded, before.refunded), more_is_better=False),
        ]
        if actor.roles & PLATFORM:
            figures.append(Figure(_("平台费用"), yuan(present.fees), note=note, change=growth(present.fees, before.fees)))
        return figures


class TurnoverChart(SpanCard):
    """Turnover by hour of today or by day of the span, beside the stretch before."""

    name = "orders.chart"
    roles = MERCHANTS | PLATFORM
    kind = "chart"
    title = _l("营业额走势")
    span = 7
    order = 30

    def load_span(self, actor: Actor, span: Span) -> Chart | None:
        """Hidden when neither stretch has an order."""
        return hours(span) if span.hourly else days(span)


def hours(span: Span) -> Chart | None:
    """From the first hour with an order to the last."""
    end = span.begins + timedelta(days=1)
    present, before = paid_by_hour(span.begins, end), paid_by_hour(span.begins - span.back, end - span.back)
    known = sorted({*present, *before})
    if not known:
        return None
    stretch, this_hour = range(known[0], known[-1] + 1), local(span.ends).hour
    lines = (
        (span.label, [present.get(hour, 0) / 100 if hour <= this_hour else None for hour in stretch]),
        (span.earlier_label, [before.get(hour, 0) / 100 for hour in stretch]),
    )
    return Chart([f"{hour}:00" for hour in stretch], lines, unit=_("元"), summary=_busiest(present, lambda hour: _("%(hour)s 点", hour=hour)))


def days(span: Span) -> Chart | None:
    """Every day of the span, the days before laid over them."""
    present, before = paid_by_day(span.begins, span.ends), paid_by_day(*span.earlier())
    if not present and not before:
        return None
    first = business_day(span.begins)
    stretch = [first + timedelta(days=number) for number in range(span.back.days)]
    lines = (
        (span.label, [present.get(day, 0) / 100 for day in stretch]),
        (span.earlier_label, [before.get(day - span.back, 0) / 100 for day in stretch]),
    )
    return Chart([f"{day:%m-%d}" for day in stretch], lines, unit=_("元"), summary=_busiest(present, lambda day: f"{day:%m-%d}"))


def _busiest(found: Mapping[Any, int], words: Any) -> str:
    """What somebody who does not see the chart should know."""
    best = max(found, key=lambda each: found[each], default=None)
    return _("最高的是 %(when)s", when=words(best)) if best is not None else ""
