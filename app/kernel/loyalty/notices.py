"""What those who approve points are told."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.loyalty.models import Adjustment
from app.kernel.loyalty.queries import member_named


def _to_second_person(adjustment: Adjustment, happening: Happening) -> Told:
    values = {"points": adjustment.label, "member": member_named(adjustment.member_id) or "", "reason": happening.reason}
    if adjustment.merchant_id is None:
        return Told("PointsAdjustmentView.show", {"pk": adjustment.id}, values, roles=frozenset({"Finance"}))
    return Told("PointsAdjustmentView.show", {"pk": adjustment.id}, values, merchant_id=adjustment.merchant_id, roles=frozenset({"Owner"}))


NOTICES = (
    NoticeKind(
        "loyalty.adjusting", _l("积分调整等批准"), _l("商户的店主；平台的积分由财务"), ("loyalty_adjustment.proposed",), _to_second_person,
        _l("积分调整等你批准：{member} {points}"), _l("{member} 的积分要调整 {points}：{reason}"),
        (
            Variable("points", _l("积分"), "+100", required=True), Variable("member", _l("会员"), _l("李婉清"), required=True),
            Variable("reason", _l("原因"), _l("补发上周的双倍积分")),
        ),
    ),
)
