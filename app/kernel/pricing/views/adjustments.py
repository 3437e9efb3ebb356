"""What months by volume changed, for finance and for the merchant."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.links import trade_title
from app.framework.console.page import may
from app.framework.console.view import ConsoleView, page_link
from app.kernel.commission.presenting import whole_rate_words
from app.kernel.commission.views import FeeVersionView
from app.kernel.ledger.views import LedgerPage
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.queries import merchant_named
from app.kernel.pricing.models import FeeAdjustment


def _month(adjustment: FeeAdjustment) -> str:
    return f"{adjustment.month:%Y-%m}"


def _version_page(adjustment: FeeAdjustment) -> str | None:
    return page_link(FeeVersionView, adjustment.rule_version_id)


def _transaction_page(adjustment: FeeAdjustment) -> str | None:
    found = adjustment.transaction_id and may(LedgerPage, "show")
    return url_for("LedgerPage.transaction", pk=adjustment.transaction_id) if found else None


def _rate(adjustment: FeeAdjustment) -> Any:
    return whole_rate_words(adjustment.rule_version) if adjustment.rule_version else None


class AdjustmentView(ConsoleView):
    """Fees by volume, settled month by month."""

    name = "pricing.adjustments"
    route_base = "/fees/adjustments"
    model = FeeAdjustment
    title = _l("月末费率调整")
    subtitle = _l("按月流水分档的费率：下单时按已到的档先收，月末按全月流水多退少补")
    singular = _l("月末调整")
    measure = _l("笔")
    icon = "scale"
    group = _l("财务")
    show_timeline = False
    list_columns = (
        Column("label", _l("月份和规则"), link=True, value=lambda each: each.label, export=False),
        Column("merchant", _l("商户"), value=lambda each: merchant_named(each.merchant_id)),
        Column("orders", _l("订单"), kind="count", phone=False),
        Column("volume", _l("流水"), kind="money", total=True, phone=False),
        Column("charged", _l("已收"), kind="money", total=True, phone=False),
        Column("due", _l("应收"), kind="money", total=True, phone=False),
        Column("amount", _l("补收"), kind="money", total=True, strong=True),
    )
    facts = (
        Column("amount", _l("补收"), kind="money", big=True),
        Column("month", _l("月份"), value=_month),
        Column("merchant", _l("商户"), value=lambda each: merchant_named(each.merchant_id)),
        Column("trade", _l("行业"), value=lambda each: trade_title(each.trade)),
        Column("orders", _l("订单"), kind="count"),
        Column("volume", _l("流水"), kind="money"),
        Column("charged", _l("已收"), kind="money"),
        Column("due", _l("应收"), kind="money"),
        Column("rule_label", _l("规则"), to=_version_page),
        Column("transaction_id", _l("账本记录"), kind="ref", to=_transaction_page),
        Column("made_at", _l("调整时间"), kind="when"),
        Column("rate", _l("费率"), value=_rate, wide=True),
    )
    filters = (MERCHANT_FILTER, DateFilter("month", _l("月份"), days=True), ChoiceFilter("kind", _l("费用"), choices={"commission": _l("佣金")}))
    empty_title = _l("还没有月末调整")
    empty_text = _l("有商户用了按月流水分档的费率，每月 1 日凌晨会出现在这里")
