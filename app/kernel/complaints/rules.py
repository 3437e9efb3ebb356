"""Why customers complain, and who bears what is given back: pure. Rates in ppm, amounts in fen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import share_ppm

WHOLE = 1_000_000

REASONS = {
    "quality": _l("质量有问题"),
    "missing": _l("少送、错送"),
    "late": _l("太晚"),
    "attitude": _l("服务态度"),
    "not_served": _l("没有履约"),
    "platform": _l("平台的问题"),
    "other": _l("其他"),
}
# What the merchant bears of a refund when a complaint for this reason is upheld, until the settings say otherwise.
DEFAULTS = {"quality": WHOLE, "missing": WHOLE, "late": WHOLE // 2, "attitude": WHOLE, "not_served": WHOLE, "platform": 0, "other": WHOLE // 2}

BEARERS = {"rule": _l("按规则"), "merchant": _l("商户全部承担"), "shared": _l("商户和平台各一半"), "platform": _l("平台全部承担")}
FIXED = {"merchant": WHOLE, "shared": WHOLE // 2, "platform": 0}


def merchant_share(bearer: str, by_rule: int) -> int:
    """What the merchant bears, in ppm: what the arbiter said, or what the rule of the reason says."""
    return FIXED.get(bearer, by_rule)


def platform_part(taken: int, merchant_ppm: int) -> int:
    """Of the fen that a refund took from the merchant, what the platform gives it back."""
    return taken - share_ppm(taken, merchant_ppm)
