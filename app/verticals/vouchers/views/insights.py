"""`/vouchers/insights`: what was sold, redeemed, and never used; by day and by store."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.framework.console.formats import amount
from app.framework.console.home import Chart, Figure
from app.framework.console.spans import Span, growth
from app.kernel.insights.page import NamedChart, TradeInsights
from app.kernel.insights.queries import Asked
from app.verticals.vouchers import insights


class VoucherInsightsPage(TradeInsights):
    """The merchant's figures; completed redemptions are its orders."""

    name = "vouchers.insights"
    route_base = "/vouchers/insights"
    trade = "vouchers"
    orders_endpoint = "VoucherOrderView.list"
    thing = _l("团购商品")

    def more_figures(self, asked: Asked, before: Asked, span: Span) -> list[Figure]:
        """Sold, redeemed, never used."""
        sold, sold_then = insights.sold(asked), insights.sold(before)
        used, used_then = insights.redeemed(asked), insights.redeemed(before)
        lost, lost_then = insights.breakage(asked), insights.breakage(before)
        note = span.against if sold_then.vouchers else span.nothing_before
        return [
            Figure(_("卖出的券"), amount(sold.paid), url_for("VoucherView.list"), note=note, change=growth(sold.paid, sold_then.paid)),
            Figure(_("核销"), amount(used.fen), url_for("RedemptionView.list", redeemed_at=span.name), note=note, change=growth(used.fen, used_then.fen)),
            Figure(_("核销次数"), f"{used.uses:,}", unit=_("次"), note=note, change=growth(used.uses, used_then.uses)),
            Figure(
                _("过期没用"), amount(lost.fen), url_for("VoucherView.list", view="expired"), note=_("%(uses)d 次，已退给顾客", uses=lost.uses),
                change=growth(lost.fen, lost_then.fen), more_is_better=False,
            ),
        ]

    def more_charts(self, asked: Asked) -> list[NamedChart]:
        """By day, and by store."""
        found: list[NamedChart] = []
        days, stores = insights.by_day(asked), insights.by_store(asked)
        if days:
            series = [(_("卖出"), [row.sold / 100 for row in days]), (_("核销"), [row.redeemed / 100 for row in days])]
            found.append(("sold", _("每天卖出和核销"), Chart([f"{row.day:%m-%d}" for row in days], series, unit=_("元"), head=_("日期"), grouped=True)))
        if stores:
            chart = Chart([row.name for row in stores], [(_("核销"), [row.fen / 100 for row in stores])], unit=_("元"), head=_("门店"))
            found.append(("stores", _("各门店核销"), chart))
        return found
