"""The desk's lines and warnings in words, and a replay as a chart and as a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.framework.console.home import Chart
from app.framework.spreadsheets.xlsx import Money, Row
from app.kernel.commission.models import FeeKind, FeeRule, FeeRuleVersion
from app.kernel.commission.presenting import condition_words, rate_words
from app.kernel.parties.queries import merchant_named
from app.kernel.pricing.queries import Replay, ReplayRow, Standing
from app.kernel.pricing.rules import change, unreachable

MERCHANTS_NAMED = 3  # in the scope of a rule; the rest are counted
ROWS_SHOWN = 8
BARS = 10


@dataclass(frozen=True)
class RuleLine:
    """A rule on the desk: its place, the version that counts or waits, where it applies, its rate, and its state in words."""

    place: int
    rule: FeeRule
    version: FeeRuleVersion | None
    scope: str
    rate: str
    tone: str
    state: str
    note: str = ""


def rule_lines(kind: FeeKind, standing: Standing, drafts: Sequence[FeeRuleVersion]) -> list[RuleLine]:
    """The rules in their order as the desk shows them."""
    dead = unreachable(standing.reaches())
    places = {rule.id: place for place, rule in enumerate(standing.rules, start=1)}
    lines = []
    for rule in standing.rules:
        waiting = next((draft for draft in drafts if draft.rule_id == rule.id), None)
        version = next(iter(reversed(standing.versions.get(rule.id, ()))), None)
        tone, state = ("ok", _("生效")) if version else ("mute", _("未生效"))
        if waiting is not None:
            tone, state = "wait", _("待批准")
        if rule.id in dead:
            tone, state = "bad", _("不可达")
        shown = waiting or version
        lines.append(RuleLine(
            places[rule.id], rule, shown, scope_words(rule, [*standing.versions.get(rule.id, ()), *([waiting] if waiting else [])]),
            rate_words(shown, kind.period) if shown else "—", tone, state,
            _("被第 %(places)s 条盖住", places=_("、").join(str(places[each]) for each in dead[rule.id])) if rule.id in dead else "",
        ))
    return lines


def scope_words(rule: FeeRule, versions: Sequence[FeeRuleVersion]) -> str:
    """Where a rule applies: its conditions, and the merchants that have a version where there is none for everybody."""
    words = condition_words(rule)
    if versions and all(version.merchant_id for version in versions):
        ids = list(dict.fromkeys(version.merchant_id for version in versions if version.merchant_id))
        named = _("、").join(filter(None, (merchant_named(each) for each in ids[:MERCHANTS_NAMED])))
        words.insert(0, _("%(names)s 等 %(count)s 家", names=named, count=len(ids)) if len(ids) > MERCHANTS_NAMED else named)
    return _("，").join(words) or _("其余全部")


def change_words(before: Standing, after: Standing) -> list[str]:
    """What a change of the rules takes from which rule, and which can not be reached any more; numbers are places after the change."""
    places = {rule.id: place for place, rule in enumerate(after.rules, start=1)}
    titles = {rule.id: rule.label for rule in after.rules}
    found = change(before.reaches(), after.reaches())
    words = [
        _("第 %(place)s 条“%(title)s”永远用不上了，被第 %(by)s 条盖住", place=places[key], title=titles[key], by=_("、").join(str(places[each]) for each in by))
        for key, by in found.lost.items()
    ]
    words += [
        _("第 %(winner)s 条会接管第 %(loser)s 条“%(title)s”的一部分订单", winner=places[winner], loser=places[loser], title=titles[loser])
        for loser, winner in found.taken if loser not in found.lost
    ]
    if found.gaps:
        words.append(_("有的订单一条规则也没有，会下不了单"))
    return words


def shown_rows(replayed: Replay) -> tuple[Sequence[ReplayRow], ReplayRow | None]:
    """The merchants with most at stake, and all others summed."""
    first, rest = replayed.rows[:ROWS_SHOWN], replayed.rows[ROWS_SHOWN:]
    if not rest:
        return first, None
    sums = {name: sum(getattr(row, name) for row in rest) for name in ("orders", "changed", "base", "before", "after")}
    return first, ReplayRow(0, _("其余 %(count)s 家", count=len(rest)), **sums)


def replay_chart(replayed: Replay) -> Chart:
    """Both sides' fees of the merchants with most at stake, in yuan."""
    rows = replayed.rows[:BARS]
    series = [(_("现行"), [row.before / 100 for row in rows]), (_("新规则"), [row.after / 100 for row in rows])]
    return Chart(
        labels=[row.name for row in rows], series=series, unit=_("元"), summary=_("各商户现行费用和新规则费用"), head=_("商户"),
        grouped=True, sums=[sum(values) for _name, values in series],
    )


def replay_sheet(replayed: Replay) -> Iterator[Row]:
    """Every merchant of a replay, then the totals."""
    yield [_("商户"), _("订单"), _("改变的订单"), _("基数（元）"), _("现行（元）"), _("新规则（元）"), _("差额（元）")]
    for row in replayed.rows:
        yield _cells(row.name, row)
    yield _cells(_("合计"), replayed)


def _cells(name: str, of: ReplayRow | Replay) -> list[Any]:
    def value(column: str) -> int:
        return of.total(column) if isinstance(of, Replay) else int(getattr(of, column))

    return [name, value("orders"), value("changed"), *(Money(value(each)) for each in ("base", "before", "after", "difference"))]
