"""Fee rules in the console: what each trade charges, since when, proposed by whom, approved by whom."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Related, Section
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.links import order_link, trade_title
from app.framework.console.page import may
from app.framework.console.view import ConsoleView, page_link
from app.framework.database import elevated, get
from app.kernel.commission.models import FeeLine, FeeRule, FeeRuleVersion
from app.kernel.commission.presenting import arithmetic_words, base_words, condition_words, validity_words, whole_rate_words
from app.kernel.commission.queries import lines_of_order
from app.kernel.commission.rules import INCOMES, PARTIES, TAX_CLASSES
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON, WHOM
from app.kernel.ledger.views import LedgerPage
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.queries import person_named


def _rate(version: FeeRuleVersion) -> str:
    return whole_rate_words(version, version.rule.priced.period)


def _conditions(version: FeeRuleVersion) -> Any:
    return _("，").join(condition_words(version.rule)) or _l("其余全部")


def _base(version: FeeRuleVersion) -> str:
    about = version.rule.priced.about
    return base_words(version, _(about) if about else "")


def _desk(rule: FeeRule) -> str | None:
    return url_for("RuleDeskView.show", pk=rule.priced.id)


def _rule_desk(version: FeeRuleVersion) -> str | None:
    return url_for("RuleDeskView.show", pk=version.rule.priced.id, version=version.id)


def _entries(number: str) -> str | None:
    """The ledger's search for `rule:12` or `fee:7`, for those who may read the ledger."""
    return url_for("LedgerPage.index", q=number) if may(LedgerPage, "index") else None


class FeeVersionView(ConsoleView):
    """Versions of fee rules; a draft waits for a second person."""

    name = "commission.versions"
    route_base = "/fees/versions"
    model = FeeRuleVersion
    title = _l("费率版本")
    singular = _l("费率版本")
    measure = _l("版")
    icon = "scale"
    list_columns = (
        Column("label", _l("版本"), link=True, value=lambda version: version.label),
        Column("rate", _l("费率"), value=_rate),
        Column("status", _l("状态"), kind="state"),
        WHOM,
        Column("valid", _l("有效期"), value=validity_words, export=False),
        PROPOSER,
        APPROVER,
    )
    facts = (
        Column("rate", _l("费率"), value=_rate, wide=True),
        Column("rule", _l("规则"), value=lambda version: version.rule.label, to=_rule_desk),
        Column("conditions", _l("什么订单"), value=_conditions),
        WHOM,
        Column("valid", _l("有效期"), value=validity_words),
        Column("base", _l("计费基数"), value=_base),
        PROPOSER, APPROVER, APPROVED_AT, REASON,
        Column("entries", _l("账本"), value=lambda version: _l("最近用它收费的分录"), to=lambda version: _entries(f"rule:{version.id}"), export=False),
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER)


class FeeRuleView(ConsoleView):
    """The price list."""

    name = "commission.rules"
    route_base = "/fees"
    model = FeeRule
    title = _l("费率规则")
    subtitle = _l("按顺序匹配，先商户自己的，再全部商户的")
    singular = _l("费率规则")
    measure = _l("条")
    icon = "scale"
    order = "rank"
    list_columns = (
        Column("title", _l("规则"), link=True, value=lambda rule: rule.label),
        Column("priced", _l("费用"), value=lambda rule: rule.priced.label, to=_desk, export=False),
        Column("conditions", _l("什么订单"), value=lambda rule: _("，").join(condition_words(rule)) or _l("其余全部")),
        Column("trade", _l("行业"), value=lambda rule: trade_title(rule.trade)),
        Column("rank", _l("顺序"), kind="count", sort=True),
    )
    facts = list_columns
    related = (Related(FeeVersionView, "rule_id"),)


def _version_page(line: FeeLine) -> str | None:
    return page_link(FeeVersionView, line.rule_version_id)


def _why(line: FeeLine) -> dict[str, Any]:
    """How the fee came about, in words, and who proposed and approved the rule, for whoever may read the line."""
    with elevated():
        version = get(FeeRuleVersion, line.rule_version_id)
        lines = lines_of_order(line.order_id, line.kind)
        return {
            "arithmetic": arithmetic_words(line, version, lines), "base": _base(version), "conditions": _conditions(version), "rate": _rate(version),
            "valid": validity_words(version), "made_by": person_named(version.made_by), "approved_by": person_named(version.approved_by),
            "approved_at": version.approved_at, "reason": version.reason, "address": _version_page(line),
        }


def _kinds() -> dict[str, Any]:
    """Kind → name of the fees that orders bear in the trades that are switched on."""
    fees = [fee for manifest in current_app.extensions["manifests"] if manifest.documents for fee in manifest.fees]
    borne = {fee.kind: fee.label for fee in fees if fee.method in {"ppm", "per_unit", "per_order"}}
    return {**borne, "commission": _l("佣金")}


class FeeLineView(ConsoleView):
    """Why this fen: every fee that was charged, the order it was charged on, the rule that priced it."""

    name = "commission.lines"
    route_base = "/fees/lines"
    model = FeeLine
    title = _l("费用明细")
    singular = _l("费用")
    measure = _l("行")
    icon = "list"
    show_timeline = False
    list_columns = (
        Column("frozen_at", _l("时间"), kind="when", link=True),
        Column("order_number", _l("订单"), to=lambda line: order_link(line.trade, line.order_id)),
        Column("rule_label", _l("规则")),
        Column("base", _l("基数"), kind="money"),
        Column("ppm", _l("费率"), kind="percent"),
        Column("amount", _l("金额"), kind="money", total=True),
        Column("adjusted", _l("月末调整"), kind="money", total=True, phone=False),
        Column("returned", _l("已退回"), kind="money", total=True),
    )
    facts = (
        Column("amount", _l("金额"), kind="money", big=True),
        Column("adjusted", _l("月末调整"), kind="money"),
        Column("returned", _l("已退回"), kind="money"),
        Column("base", _l("基数"), kind="money"),
        Column("ppm", _l("费率"), kind="percent"),
        Column("order_number", _l("订单"), to=lambda line: order_link(line.trade, line.order_id)),
        Column("rule_label", _l("规则"), to=_version_page),
        Column("frozen_at", _l("锁定时间"), kind="when"),
        Column("income", _l("算什么收入"), kind="choice", choices=INCOMES),
        Column("tax_class", _l("税目"), kind="choice", choices=TAX_CLASSES),
        Column("parties", _l("付 → 收"), value=lambda line: f"{PARTIES[line.payer]} → {PARTIES[line.payee]}"),
        Column("entries", _l("账本"), value=lambda line: _l("这笔费用的分录"), to=lambda line: _entries(f"fee:{line.id}"), export=False),
    )
    sections = (Section(_l("为什么是这么多"), template="commission/why.html", context=_why, name="why"),)
    search_columns = ("order_number",)
    search_hint = _l("订单号")
    filters = (DateFilter("frozen_at"), ChoiceFilter("kind", _l("费用"), choices=_kinds), MERCHANT_FILTER)
