"""What finance and owners are told about offers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.wallet.models import Offer

VARIABLES = (
    Variable("amount", _l("储值金额"), "¥100.00", required=True), Variable("gift", _l("赠送"), "¥10.00", required=True),
    Variable("reason", _l("原因"), _l("老顾客常来")),
)


def _values(offer: Offer, happening: Happening) -> dict[str, str]:
    return {"amount": yuan(offer.amount), "gift": yuan(offer.gift), "reason": happening.reason}


def _to_finance(offer: Offer, happening: Happening) -> Told:
    return Told("OfferView.show", {"pk": offer.id}, _values(offer, happening), roles=frozenset({"Finance"}))


def _to_owner(offer: Offer, happening: Happening) -> Told:
    return Told("OfferView.show", {"pk": offer.id}, _values(offer, happening), merchant_id=offer.merchant_id, roles=frozenset({"Owner"}))


NOTICES = (
    NoticeKind(
        "wallet.proposed", _l("储值方案等批准"), _l("财务"), ("wallet_offer.proposed",), _to_finance, _l("储值方案等你批准：充 {amount} 送 {gift}"),
        _l("商户提出充 {amount} 送 {gift}：{reason}"), VARIABLES,
    ),
    NoticeKind(
        "wallet.answered", _l("储值方案有答复"), _l("商户的店主"), ("wallet_offer.approve", "wallet_offer.refuse"), _to_owner,
        _l("充 {amount} 送 {gift} 有答复"), _l("储值方案充 {amount} 送 {gift} 已经答复，点开看结果。{reason}"), VARIABLES,
    ),
)
