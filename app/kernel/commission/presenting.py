"""Rates, scopes, and fees in words: the same on the desk, in lists, and where somebody asks why this fen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.core.money import percent, yuan
from app.core.periods import local
from app.kernel.commission.models import FeeLine, FeeRule, FeeRuleVersion
from app.kernel.commission.rules import BASES, METHODS, PERIODS, TIERED, Tier, rate_of, tier_at
from app.kernel.forms.queries import categories_of


def rate_words(version: FeeRuleVersion, period: str = "") -> str:
    """`8 %`, `8 % + ¥0.20`, `¥0.20 一件`, `¥1,200.00 / 年`; tiers by their method."""
    if version.method in TIERED:
        return str(METHODS[version.method])
    if version.method == "per_unit":
        return _("%(amount)s 一件", amount=yuan(version.fen))
    if version.method == "per_order":
        return _("%(amount)s 一单", amount=yuan(version.fen))
    if version.method == "per_period":
        return f"{yuan(version.fen)} / {PERIODS.get(period, period)}"
    return f"{percent(version.ppm)} + {yuan(version.fen)}" if version.fen else percent(version.ppm)


def tier_words(version: FeeRuleVersion) -> list[str]:
    """A line for each tier: from which amount on, which rate."""
    def one(tier: Tier) -> str:
        rate = f"{percent(tier.ppm)} + {yuan(tier.fen)}" if tier.fen else percent(tier.ppm)
        return _("%(amount)s 起 %(rate)s", amount=yuan(tier.starts), rate=rate)

    return [one(tier) for tier in rate_of(version).tiers]


def whole_rate_words(version: FeeRuleVersion, period: str = "") -> str:
    """The rate with its tiers and limits in one line."""
    words = rate_words(version, period)
    if version.method in TIERED:
        how = _("各段按各档") if version.marginal else _("整段按到达的档")
        words = _("%(words)s（%(how)s）：%(tiers)s", words=words, how=how, tiers=_("；").join(tier_words(version)))
    limits = limit_words(version)
    return _("，").join([words, limits]) if limits else words


def limit_words(version: FeeRuleVersion) -> str:
    """`最低 ¥0.50，最高 ¥60.00`; empty without limits."""
    least = _("最低 %(amount)s", amount=yuan(version.least_fen)) if version.least_fen is not None else ""
    most = _("最高 %(amount)s", amount=yuan(version.most_fen)) if version.most_fen is not None else ""
    return _("，").join(filter(None, (least, most)))


def validity_words(version: FeeRuleVersion) -> str:
    """`2026-12-01 00:00 → 长期`."""
    ends = version.valid.upper
    until = f"{local(ends):%Y-%m-%d %H:%M}" if ends else _("长期")
    return f"{local(version.valid.lower):%Y-%m-%d %H:%M} → {until}"


def condition_words(rule: FeeRule) -> list[str]:
    """What the rule asks of an order and its merchant; nothing for what the rest falls back to."""
    words = []
    if rule.category:
        words.append(str(categories_of(rule.trade).get(rule.category, rule.category)))
    if rule.order_kind:
        words.append(str(order_kind_words(rule.trade).get(rule.order_kind, rule.order_kind)))
    if rule.from_minute is not None and rule.to_minute is not None:
        words.append(f"{_clock(rule.from_minute)}—{_clock(rule.to_minute)}")
    if rule.new_days:
        words.append(_("入驻未满 %(days)s 天", days=rule.new_days))
    return words


def order_kind_words(trade: str) -> dict[str, Any]:
    """Name → words of what the trade tells its orders apart by."""
    return {name: label for manifest in current_app.extensions["manifests"] if manifest.name == trade for name, label in manifest.order_kinds.items()}


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def arithmetic_words(line: FeeLine, version: FeeRuleVersion, lines: Sequence[FeeLine]) -> str:
    """How the fee came about, for one who checks it by hand: the whole order's, then this line's part. `lines` are those of the order and kind."""
    base, amount = sum(each.base for each in lines), sum(each.amount for each in lines)
    whole = _("整单 %(amount)s", amount=yuan(amount))
    if version.method == "per_unit":
        return _("%(units)s 件 × %(fen)s = %(amount)s", units=line.units, fen=yuan(version.fen), amount=yuan(line.amount))
    if version.method == "per_order":
        how = _("每单 %(fen)s，%(whole)s", fen=yuan(version.fen), whole=whole)
    elif version.method == "volume_tiers":
        starts = tier_at(line.volume or 0, rate_of(version).tiers).starts
        how = _(
            "本月流水已到 %(volume)s，用 %(starts)s 起的档：%(base)s × %(rate)s，%(whole)s；月末按全月流水调整", volume=yuan(line.volume or 0),
            starts=yuan(starts), base=yuan(base), rate=percent(line.ppm), whole=whole,
        )
    elif version.method == "amount_tiers":
        starts = tier_at(base, rate_of(version).tiers).starts
        how = _(
            "整单基数 %(base)s 到了 %(starts)s 起的档（%(tiers)s），%(whole)s", base=yuan(base), starts=yuan(starts), tiers=_("；").join(tier_words(version)),
            whole=whole,
        )
    else:
        how = _("，").join([f"{yuan(base)} × {rate_words(version)}", whole])
    limits = limit_words(version)
    parts = [_("%(what)s（%(how)s）", what=how, how=limits) if limits else how]
    if len([each for each in lines if each.base]) > 1:
        parts.append(_("按基数分到这一行 %(amount)s", amount=yuan(line.amount)))
    if line.adjusted > 0:
        parts.append(_("月末按全月流水补收 %(adjusted)s，最后承担 %(borne)s", adjusted=yuan(line.adjusted), borne=yuan(line.borne)))
    elif line.adjusted:
        parts.append(_("月末按全月流水退回 %(adjusted)s，最后承担 %(borne)s", adjusted=yuan(-line.adjusted), borne=yuan(line.borne)))
    return _("，").join(parts)


def base_words(version: FeeRuleVersion, about: str = "") -> str:
    """What the fee is taken on."""
    return about or str(BASES[version.base])
