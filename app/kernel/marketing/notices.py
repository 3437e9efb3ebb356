"""What finance and operators are told about the platform's coupons."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.marketing.models import Coupon

VARIABLES = (
    Variable("title", _l("券名"), _l("满 50 减 8"), required=True), Variable("budget", _l("预算"), "¥5,000.00"), Variable("reason", _l("原因"), _l("开城活动")),
)


def _values(coupon: Coupon, happening: Happening) -> dict[str, str]:
    return {"title": coupon.title, "budget": yuan(coupon.budget or 0), "reason": happening.reason}


def _to_finance(coupon: Coupon, happening: Happening) -> Told | None:
    if coupon.merchant_id is not None:
        return None
    return Told("CouponView.show", {"pk": coupon.id}, _values(coupon, happening), roles=frozenset({"Finance"}))


def _to_operators(coupon: Coupon, happening: Happening) -> Told:
    return Told("CouponView.show", {"pk": coupon.id}, _values(coupon, happening), roles=frozenset({"Operator"}))


NOTICES = (
    NoticeKind(
        "marketing.proposed", _l("平台券等批准"), _l("财务"), ("marketing_coupon.proposed",), _to_finance, _l("平台券“{title}”等你批准"),
        _l("预算 {budget}，由平台承担：{reason}"), VARIABLES,
    ),
    NoticeKind(
        "marketing.answered", _l("平台券有答复"), _l("运营"), ("marketing_coupon.approve", "marketing_coupon.refuse"), _to_operators, _l("“{title}”有答复"),
        _l("平台券“{title}”已经答复，点开看结果。{reason}"), VARIABLES,
    ),
)
