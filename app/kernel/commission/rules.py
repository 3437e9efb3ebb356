"""What a fee comes to, by each method of the price list: pure arithmetic on values in fen and ppm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import Refusal
from app.core.money import MILLION, Fen, share_ppm, split, split_remaining

METHODS = {
    "ppm": _l("按比例"), "per_unit": _l("按件"), "per_order": _l("按单"), "amount_tiers": _l("按金额分档"), "volume_tiers": _l("按月流水分档"),
    "per_period": _l("按期定价"),
}
TIERED = frozenset({"amount_tiers", "volume_tiers"})
ORDER_BASES = {
    "list": _l("商品原价"), "after_merchant_coupon": _l("减商户优惠后"), "after_all_coupons": _l("减全部优惠后"),
    "list_with_delivery": _l("原价加配送费"), "after_merchant_coupon_with_delivery": _l("减商户优惠后加配送费"),
    "after_all_coupons_with_delivery": _l("减全部优惠后加配送费"),
}
BASES = {**ORDER_BASES, "delivery": _l("配送费"), "amount": _l("行业给出的金额")}
PERIODS = {"day": _l("天"), "week": _l("周"), "month": _l("月"), "year": _l("年"), "once": _l("一次")}
PARTIES = {
    "merchant": _l("商户"), "customer": _l("顾客"), "platform": _l("平台"), "worker": _l("劳动者"), "supplier": _l("供应商"), "partner": _l("合作方"),
    "leader": _l("团长"), "teacher": _l("老师"), "agent": _l("经纪人"), "seller": _l("卖家"), "buyer": _l("买方"),
}
INCOMES = {
    "commission": _l("佣金"), "subscription": _l("会员和年费"), "entry": _l("入驻费"), "advertising": _l("广告和置顶"), "service": _l("服务费"),
    "margin": _l("差价"), "deposit": _l("保证金（不是收入）"), "payout": _l("付给别人（成本）"),
}
TAX_CLASSES = {
    "agency": _l("经纪代理 6%"), "service": _l("现代服务 6%"), "advertising": _l("广告服务 6%"), "goods": _l("销售货物 13%"),
    "labour": _l("劳务报酬，代扣个税"), "none": _l("不计税"),
}
MOST_TIERS = 12


class RateRefused(Refusal):
    """The parts of a rate do not belong to its method, or its tiers are not in order."""

    code = "commission.rate"
    status = 422
    sentence = _l("%(why)s")


@dataclass(frozen=True)
class Tier:
    """From `starts` fen on: `ppm` of the base, and in slabs `fen` on top."""

    starts: int
    ppm: int = 0
    fen: int = 0


@dataclass(frozen=True)
class Rate:
    """A rule version as arithmetic sees it. Tiers have lower bounds only; `marginal` rates each part of the amount by its own tier,
    else the tier reached rates the whole (slab). `least_fen` and `most_fen` hold the fee of an order."""

    ppm: int = 0
    fen: int = 0
    least_fen: int | None = None
    most_fen: int | None = None
    method: str = "ppm"
    tiers: tuple[Tier, ...] = ()
    marginal: bool = False


def tiers_of(stored: Iterable[Mapping[str, int]] | None) -> tuple[Tier, ...]:
    """Tiers as a rule version stores them."""
    return tuple(Tier(int(each["starts"]), int(each.get("ppm", 0)), int(each.get("fen", 0))) for each in stored or ())


def rate_of(version: Any) -> Rate:
    """The arithmetic of a version, or of a row with its columns."""
    return Rate(version.ppm, version.fen, version.least_fen, version.most_fen, version.method, tiers_of(version.tiers), version.marginal)


def checked_rate(rate: Rate) -> Rate:
    """The rate, when its parts belong together. Refuses RateRefused, naming the field."""
    if rate.method not in METHODS:
        raise RateRefused(field="method", why=_l("选一种计费方法"))
    if not 0 <= rate.ppm <= MILLION or rate.fen < 0:
        raise RateRefused(field="ppm", why=_l("费率在 0 到 100 % 之间，金额不能是负数"))
    limits = [limit for limit in (rate.least_fen, rate.most_fen) if limit is not None]
    if any(limit < 0 for limit in limits) or (len(limits) == 2 and limits[0] > limits[1]):
        raise RateRefused(field="most_fen", why=_l("最高不能低于最低"))
    if limits and rate.method in {"volume_tiers", "per_period"}:
        raise RateRefused(field="least_fen", why=_l("这种方法没有最低和最高"))
    if rate.method in TIERED:
        _check_tiers(rate)
    elif rate.tiers:
        raise RateRefused(field="tiers", why=_l("只有分档的方法才有档"))
    if rate.method in {"per_unit", "per_order", "per_period"} and (rate.ppm or not rate.fen):
        raise RateRefused(field="fen", why=_l("写金额，不写比例"))
    return rate


def _check_tiers(rate: Rate) -> None:
    if not 1 <= len(rate.tiers) <= MOST_TIERS:
        raise RateRefused(field="tiers", why=_l("写 1 到 12 档"))
    if rate.tiers[0].starts != 0 or any(before.starts >= after.starts for before, after in pairwise(rate.tiers)):
        raise RateRefused(field="tiers", why=_l("第一档从 0 开始，后面每一档的起点都比前一档高"))
    if any(not 0 <= tier.ppm <= MILLION or tier.fen < 0 for tier in rate.tiers):
        raise RateRefused(field="tiers", why=_l("费率在 0 到 100 % 之间，金额不能是负数"))
    if any(tier.fen for tier in rate.tiers) and (rate.marginal or rate.method == "volume_tiers"):
        raise RateRefused(field="tiers", why=_l("只有按金额整段计费的档才能再加固定金额"))
    if rate.ppm or rate.fen:
        raise RateRefused(field="ppm", why=_l("分档时费率写在档里"))


def tier_at(amount: int, tiers: Sequence[Tier]) -> Tier:
    """The tier that `amount` has reached."""
    return max((tier for tier in tiers if tier.starts <= amount), key=lambda tier: tier.starts)


def tiered(amount: int, rate: Rate) -> Fen:
    """What `amount` fen bears by tiers, rounded half up once for all tiers together, so that it never falls as the amount grows
    by margins and has no step at their bounds."""
    if not rate.marginal:
        tier = tier_at(amount, rate.tiers)
        return Fen(share_ppm(amount, tier.ppm) + tier.fen)
    ends = [*(tier.starts for tier in rate.tiers[1:]), amount]
    product = sum(max(0, min(amount, end) - tier.starts) * tier.ppm for tier, end in zip(rate.tiers, ends, strict=True))
    return Fen((2 * product + MILLION) // (2 * MILLION))


def charged_ppm(base: int, rate: Rate, volume: int = 0) -> int:
    """The ppm that a fee line names: the rate's, or that of the tier reached."""
    if rate.method not in TIERED:
        return rate.ppm
    return tier_at(volume if rate.method == "volume_tiers" else base, rate.tiers).ppm


def fee(base: int, rate: Rate, *, volume: int = 0) -> Fen:
    """The fee of an order on `base` fen, rounded half up, held by least and most, never above the base.

    By volume it is provisional: the rate of the tier that the month's `volume` had reached before. Raises ValueError for prices by the
    period and by the unit, which no base has.
    """
    if rate.method in {"per_period", "per_unit"}:
        raise ValueError(f"{rate.method} is not reckoned on a base")
    if rate.method == "amount_tiers":
        amount = int(tiered(base, rate))
    elif rate.method == "volume_tiers":
        amount = int(share_ppm(base, tier_at(volume, rate.tiers).ppm))
    else:
        amount = share_ppm(base, rate.ppm) + rate.fen
    return held(amount, base, rate)


def held(amount: int, base: int, rate: Rate) -> Fen:
    """The amount within least and most, and never above the base."""
    if rate.least_fen is not None:
        amount = max(amount, rate.least_fen)
    if rate.most_fen is not None:
        amount = min(amount, rate.most_fen)
    return Fen(max(0, min(amount, base)))


def fee_per_line(bases: Sequence[int], rate: Rate, *, volume: int = 0, units: Sequence[int] = ()) -> list[Fen]:
    """The fee of a whole order cut over its lines in proportion to their bases: one rounding, and parts that add up.

    By the unit each line bears its own `units`, up to its base; least and most hold the sum.
    """
    if rate.method != "per_unit":
        return split(fee(sum(bases), rate, volume=volume), bases)
    parts = [Fen(min(rate.fen * count, base)) for count, base in zip(units, bases, strict=True)]
    whole = held(sum(parts), sum(bases), rate)
    return parts if whole == sum(parts) else split(whole, bases)


def borne_by_month(bases: Sequence[int], rooms: Sequence[int], rate: Rate) -> list[Fen]:
    """What each line of a month by volume bears in the end: the fee of the whole volume over the lines by what is left of their bases.

    No line bears more than its `room`, what it brings beside its other fees; what finds no room on its line goes to lines that have some, and what
    finds none at all is not charged.
    """
    whole = int(tiered(sum(bases), rate))
    parts = [min(int(part), room) for part, room in zip(split(whole, bases), rooms, strict=True)]
    spare = [room - part for part, room in zip(parts, rooms, strict=True)]
    more = split_remaining(min(whole - sum(parts), sum(spare)), spare)
    return [Fen(part + extra) for part, extra in zip(parts, more, strict=True)]
