"""The rule desk: the price list, and of each line the rules in their order, drafts, what they would have charged, and the second person."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, current_app, g, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.core.errors import NotFound
from app.extensions import db
from app.framework.console import export
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import ChoiceFilter
from app.framework.console.links import trade_title
from app.framework.console.page import expose, page_access
from app.framework.console.view import ConsoleView, view_named
from app.framework.database import get
from app.framework.spreadsheets.xlsx import Sheet, write_workbook
from app.kernel.commission.models import FeeKind, FeeOrdering, FeeRule, FeeRuleVersion
from app.kernel.commission.presenting import base_words, limit_words, rate_words, tier_words, validity_words, whole_rate_words
from app.kernel.commission.price_list import TITLES
from app.kernel.commission.rules import INCOMES, METHODS, PARTIES, TAX_CLASSES
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.parties.queries import person_named
from app.kernel.pricing.presenting import change_words, replay_chart, replay_sheet, rule_lines, scope_words, shown_rows
from app.kernel.pricing.queries import (
    Replay,
    Standing,
    counts_by_kind,
    drafts_of,
    orderings_of,
    rates_in_force,
    replay,
    rules_standing,
    stretch_named,
    usual_stretch,
)

STRETCHES = {"month": _l("上个月"), "30d": _l("最近 30 天")}


def _trade(kind: FeeKind) -> str:
    """The trade's title, also of one that has no package yet."""
    title = trade_title(kind.trade)
    return str(TITLES.get(kind.trade, title)) if title == kind.trade else title


def _once(name: str, load: Any) -> Any:
    """What the rows of one list share, read once a request."""
    if name not in g:
        setattr(g, name, load())
    return getattr(g, name)


def _rate(kind: FeeKind) -> str:
    version = _once("rates_in_force", rates_in_force).get((kind.trade, kind.kind))
    return rate_words(version, kind.period) if version else "—"


def _rules(kind: FeeKind) -> int:
    return int(_once("rules_by_kind", counts_by_kind)[0].get((kind.trade, kind.kind), 0))


def _waiting(kind: FeeKind) -> int | None:
    return _once("rules_by_kind", counts_by_kind)[1].get((kind.trade, kind.kind))


def waits(model: Any) -> Any:
    """Kinds with a version or an order of rules that waits for a second person."""
    versions = (
        select(FeeRule.id).join(FeeRuleVersion, FeeRuleVersion.rule_id == FeeRule.id)
        .where(FeeRule.trade == model.trade, FeeRule.kind == model.kind, FeeRuleVersion.status == "draft")
    )
    orderings = select(FeeOrdering.id).where(FeeOrdering.kind_id == model.id, FeeOrdering.status == "draft")
    return versions.exists() | orderings.exists()


class TradeFilter(ChoiceFilter):
    """Trades that are in the price list, with or without a package."""

    def options(self, model: Any) -> dict[str, Any]:
        """Name → title, the switched-on trades first."""
        manifests = current_app.extensions["manifests"]
        return {**{manifest.name: manifest.title for manifest in manifests if manifest.fees}, **TITLES}


@dataclass(frozen=True)
class Proposed:
    """What the desk shows on its right: a version or another order, the state it would make, its buttons, and what it would have charged."""

    record: FeeRuleVersion | FeeOrdering
    before: Standing
    after: Standing
    warnings: list[str]
    replayed: Replay | None


def _titles(ordering: FeeOrdering) -> str:
    titles = {rule.id: rule.label for rule in db.session.scalars(select(FeeRule).where(FeeRule.id.in_(ordering.rule_ids)))}
    return " → ".join(titles.get(each, str(each)) for each in ordering.rule_ids)


class OrderingView(ConsoleView):
    """Orders of rules, proposed and approved."""

    name = "pricing.orderings"
    route_base = "/fees/orderings"
    model = FeeOrdering
    title = _l("规则顺序")
    singular = _l("规则顺序")
    measure = _l("次")
    icon = "scale"
    list_columns = (
        Column("label", _l("费用"), link=True, value=lambda ordering: ordering.label, export=False), Column("status", _l("状态"), kind="state"),
        PROPOSER, APPROVER, Column("created_at", _l("提出时间"), kind="when"),
    )
    facts = (
        Column("order", _l("新顺序"), value=_titles, wide=True), PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    filters = (ChoiceFilter("status"),)


class RuleDeskView(ConsoleView):
    """The price list of all trades; a line of it opens its desk."""

    name = "pricing.desk"
    route_base = "/fees/desk"
    model = FeeKind
    title = _l("费率台")
    subtitle = _l("每个行业收什么、收多少、谁付给谁；从上往下第一条匹配的规则生效，按下单时间取版本，已下的单不变")
    singular = _l("费用")
    measure = _l("项")
    icon = "list"
    group = _l("财务")
    order = "id"
    page_size = 100
    words = {"replay": _l("导出重放")}
    list_columns = (
        Column("title", _l("费用"), link=True, value=lambda kind: kind.label),
        Column("trade", _l("行业"), value=_trade),
        Column("item", _l("收入项"), phone=False),
        Column("rate", _l("费率"), value=_rate, strong=True),
        Column("payer", _l("谁付"), kind="choice", choices=PARTIES, phone=False),
        Column("payee", _l("付给谁"), kind="choice", choices=PARTIES, phone=False),
        Column("income", _l("算什么收入"), kind="choice", choices=INCOMES, phone=False),
        Column("rules", _l("规则"), kind="count", value=_rules, phone=False),
        Column("waiting", _l("待批准"), kind="count", value=_waiting),
    )
    filters = (
        TradeFilter("trade", _l("行业")), ChoiceFilter("income", _l("算什么收入"), choices=INCOMES),
        ChoiceFilter("payer", _l("谁付"), choices=PARTIES), ChoiceFilter("method", _l("计费方法"), choices=METHODS),
    )
    tabs = (Tab("waiting", _l("待批准"), urgent=True, where=waits),)
    search_columns = ("title", "kind")
    search_hint = _l("费用名称")

    @expose("/<int:pk>")
    @page_access("can_show")
    def show(self, pk: int) -> Response:
        """The desk of one kind of fee: its rules in order, and what is chosen by `?version=` or `?ordering=`, the oldest draft unless said."""
        kind, now = self.record(pk), clock.now()
        standing, drafts, orderings = rules_standing(kind, now), drafts_of(kind), orderings_of(kind)
        chosen = self._chosen(kind, standing, drafts, orderings)
        proposed = self._proposed(kind, standing, chosen, now)
        lines = rule_lines(kind, standing, drafts)
        return self.render(
            "pricing/desk.html", kind=kind, trade=_trade(kind), lines=lines, drafts=drafts, orderings=orderings, chosen=chosen, proposed=proposed,
            dead=sum(1 for line in lines if line.tone == "bad"), details=self._details(kind, standing, chosen), buttons=self._decisions(chosen),
            page_title=kind.label, stretches=STRETCHES, flow=FeeRuleVersion.__flow__, charts=self._drawn(proposed), drafting=self._drafting(kind, chosen),  # type: ignore[attr-defined]
            made_by=person_named(chosen.made_by) if chosen is not None else "", tax=TAX_CLASSES.get(kind.tax_class), parties=PARTIES, incomes=INCOMES,
            history=self._history(chosen),
        )

    @expose("/<int:pk>/replay.xlsx")
    @page_access("can_replay")
    def replay(self, pk: int) -> Response:
        """Every merchant of the replay of `?version=` or `?ordering=` as a spreadsheet."""
        kind, now = self.record(pk), clock.now()
        standing = rules_standing(kind, now)
        proposed = self._proposed(kind, standing, self._chosen(kind, standing, drafts_of(kind), orderings_of(kind)), now)
        if proposed is None or proposed.replayed is None:
            raise NotFound
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        title = _("%(what)s 重放 %(month)s", what=kind.label, month=proposed.replayed.stretch.words)
        write_workbook(file, [Sheet(_("重放"), replay_sheet(proposed.replayed), widths=(26, 10, 12, 16, 14, 14, 14), frozen=1)], title)
        file.seek(0)
        return send_file(file, export.KINDS["xlsx"], as_attachment=True, download_name=f"{title}.xlsx")

    @staticmethod
    def _history(chosen: Any) -> list[tuple[FeeRuleVersion, str, str, Any]]:
        """(version, rate, validity, who approved it) of each version of the chosen rule, newest first."""
        versions = chosen.rule.versions if isinstance(chosen, FeeRuleVersion) else []
        return [(each, whole_rate_words(each, chosen.rule.priced.period), validity_words(each), person_named(each.approved_by)) for each in versions]

    @staticmethod
    def _chosen(kind: FeeKind, standing: Standing, drafts: list[FeeRuleVersion], orderings: list[FeeOrdering]) -> Any:
        """The version or ordering of this kind that the address names; else what waits longest; else what everybody falls back to."""
        for name, model in (("version", FeeRuleVersion), ("ordering", FeeOrdering)):
            key = request.args.get(name, "")
            if key.isascii() and key.isdecimal() and len(key) < 19:
                found = get(model, int(key))
                owner = found.rule if isinstance(found, FeeRuleVersion) else found.priced
                if (owner.trade, owner.kind) != (kind.trade, kind.kind):
                    raise NotFound
                return found
        waiting = [*drafts, *orderings]
        last = [version for _rule, version in standing.candidates()][-1:]
        return waiting[0] if waiting else (last[0] if last else None)

    @staticmethod
    def _proposed(kind: FeeKind, standing: Standing, chosen: Any, now: datetime) -> Proposed | None:
        """What a draft would make of the rules and of last month; nothing for what is decided."""
        if chosen is None or chosen.status != "draft":
            return None
        if isinstance(chosen, FeeOrdering):
            before, after = standing, standing.in_order(chosen.rule_ids)
        else:
            before = rules_standing(kind, max(now, chosen.valid.lower))
            after = before.with_version(chosen)
        replayed = None
        if kind.method != "per_period" and _has_orders(kind.trade):
            asked = request.args.get("stretch", "")
            replayed = replay(kind, before, after, stretch_named(asked if asked in STRETCHES else usual_stretch(kind.trade, now), now))
        return Proposed(chosen, before, after, change_words(before, after), replayed)

    @staticmethod
    def _details(kind: FeeKind, standing: Standing, chosen: Any) -> list[tuple[Any, Any, Any]]:
        """(label, what it was, what it is) of the chosen version."""
        if not isinstance(chosen, FeeRuleVersion):
            return []
        same = [each for each in standing.versions.get(chosen.rule_id, ()) if each.merchant_id == chosen.merchant_id and each.id != chosen.id]
        before = same[0] if same and chosen.status == "draft" else None

        def pair(words: Any) -> tuple[Any, Any]:
            return (words(before) if before and words(before) != words(chosen) else ""), words(chosen)

        rows = [
            (_l("范围"), "", scope_words(chosen.rule, [chosen])), (_l("计费方法"), *pair(lambda each: str(METHODS[each.method]))),
            (_l("基数"), *pair(lambda each: base_words(each, gettext_of(kind.about)))), (_l("费率"), *pair(lambda each: rate_words(each, kind.period))),
            (_l("分档"), *pair(lambda each: _("；").join(tier_words(each)))), (_l("上下限"), *pair(limit_words)),
            (_l("付 → 收"), "", f"{PARTIES[kind.payer]} → {PARTIES[kind.payee]}"), (_l("有效期"), "", validity_words(chosen)), (_l("原因"), "", chosen.reason),
        ]
        return [row for row in rows if row[2] or row[1]]

    def _decisions(self, chosen: Any) -> Any:
        """The moves open to the reader on what is chosen."""
        if chosen is None:
            return []
        return view_named("pricing.orderings" if isinstance(chosen, FeeOrdering) else "commission.versions").buttons(chosen)

    def _drafting(self, kind: FeeKind, chosen: Any) -> dict[str, str]:
        """Where the reader goes on: another rule, a version of the chosen rule, another order."""
        page = next(each for each in self.appbuilder.baseviews if each.endpoint == "DraftingPage")
        if not page.may("draft"):
            return {}
        rule_id = chosen.rule_id if isinstance(chosen, FeeRuleVersion) else None
        return {
            "rule": url_for("DraftingPage.rule", pk=kind.id), "order": url_for("DraftingPage.order", pk=kind.id),
            "version": url_for("DraftingPage.version", pk=kind.id, rule_id=rule_id) if rule_id else "",
        }

    @staticmethod
    def _drawn(proposed: Proposed | None) -> Any:
        """The replay's rows, what is beyond them, and its chart."""
        if proposed is None or proposed.replayed is None or not proposed.replayed.rows:
            return None
        rows, rest = shown_rows(proposed.replayed)
        return {"rows": rows, "rest": rest, "chart": replay_chart(proposed.replayed)}


def gettext_of(words: str) -> str:
    """Words that the code brought, in the reader's language; empty stays empty."""
    return _(words) if words else ""


def _has_orders(trade: str) -> bool:
    """True for a trade whose package takes orders: only those can be replayed."""
    return any(manifest.name == trade and manifest.order_view for manifest in current_app.extensions["manifests"])


__all__ = ["OrderingView", "RuleDeskView"]
