"""What a merchant pays: the rules that price its orders and the prices it can be asked for, in words."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import NotFound
from app.framework.console.links import trade_title
from app.framework.console.page import Page, expose, may, page_access
from app.kernel.commission.presenting import base_words, condition_words, validity_words, whole_rate_words
from app.kernel.commission.views import FeeLineView
from app.kernel.pricing.queries import OwnPrice, prices_of_merchant


@dataclass(frozen=True)
class OwnRule:
    """A rule as the merchant reads it."""

    scope: str
    rate: str
    base: str
    valid: str


class OwnPricesPage(Page):
    """`/fees/mine/`: the merchant's own price list."""

    name = "pricing.mine"
    route_base = "/fees/mine"
    title = _l("我的费率")
    icon = "scale"
    words = {"index": _l("查看自己的费率")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Every fee that the merchant may be charged at this moment, in the order in which rules are asked."""
        if self.actor.merchant_id is None:
            raise NotFound
        groups = [(trade_title(trade), prices) for trade, prices in prices_of_merchant(self.actor.merchant_id, clock.now())]
        return self.render("pricing/mine.html", groups=groups, lines_url=url_for("FeeLineView.list") if may(FeeLineView, "list") else "")

    @staticmethod
    def in_words(price: OwnPrice) -> list[OwnRule]:
        """The rules of a fee, first to last; the merchant's own price is called a contract."""
        rest = _("其余全部") if len(price.rules) > 1 else _("全部")
        about = _(price.kind.about) if price.kind.about else ""
        return [
            OwnRule(
                _("，").join([*([_("合约价")] if version.merchant_id else []), *condition_words(rule)]) or rest, whole_rate_words(version, price.kind.period),
                "" if version.method == "per_period" else base_words(version, about), validity_words(version),
            )
            for rule, version in price.rules
        ]
