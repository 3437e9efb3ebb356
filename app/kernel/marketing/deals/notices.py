"""What finance and operators are told about the platform's deals."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.marketing.deals.models import Deal

VARIABLES = (
    Variable("title", _l("商品"), _l("云南蓝莓 125 克"), required=True), Variable("budget", _l("最多补贴"), "¥500.00"),
    Variable("reason", _l("原因"), _l("周末拉新")),
)


def _values(deal: Deal, happening: Happening) -> dict[str, str]:
    return {"title": deal.title, "budget": yuan(deal.most_given), "reason": happening.reason}


def _to_finance(deal: Deal, happening: Happening) -> Told | None:
    if deal.merchant_id is not None:
        return None
    return Told("DealView.show", {"pk": deal.id}, _values(deal, happening), roles=frozenset({"Finance"}))


def _to_operators(deal: Deal, happening: Happening) -> Told:
    return Told("DealView.show", {"pk": deal.id}, _values(deal, happening), roles=frozenset({"Operator"}))


DEAL_NOTICES = (
    NoticeKind(
        "marketing.deal_proposed", _l("平台活动等批准"), _l("财务"), ("marketing_deal.proposed",), _to_finance, _l("活动“{title}”等你批准"),
        _l("差价由平台承担，最多 {budget}：{reason}"), VARIABLES,
    ),
    NoticeKind(
        "marketing.deal_answered", _l("平台活动有答复"), _l("运营"), ("marketing_deal.approve", "marketing_deal.refuse"), _to_operators,
        _l("活动“{title}”有答复"), _l("活动“{title}”已经答复，点开看结果。{reason}"), VARIABLES,
    ),
)
