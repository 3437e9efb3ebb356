"""What finance and owners are told about offers, and finance and customers about unspent value that goes back."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.wallet.models import Offer, WalletRefund

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


REFUND_VARIABLES = (
    Variable("number", _l("退还单号"), "V261124000012", required=True), Variable("amount", _l("退还金额"), "¥60.00", required=True),
    Variable("reason", _l("原因"), _l("搬家了，用不到")),
)


def _told(refund: WalletRefund, page: str, happening: Happening, **whom: Any) -> Told:
    values = {"number": refund.number, "amount": yuan(refund.amount), "reason": happening.reason or refund.reason}
    return Told(page, {"pk": refund.id} if "." in page else {"id": refund.id}, values, **whom)


def _refund_to_finance(refund: WalletRefund, happening: Happening) -> Told:
    return _told(refund, "WalletRefundView.show", happening, roles=frozenset({"Finance"}))


def _refund_to_customer(refund: WalletRefund, happening: Happening) -> Told:
    return _told(refund, "pages/wallet-refund", happening, merchant_id=refund.merchant_id, customer_id=refund.customer_id)


NOTICES = (
    NoticeKind(
        "wallet.proposed", _l("储值方案等批准"), _l("财务"), ("wallet_offer.proposed",), _to_finance, _l("储值方案等你批准：充 {amount} 送 {gift}"),
        _l("商户提出充 {amount} 送 {gift}：{reason}"), VARIABLES,
    ),
    NoticeKind(
        "wallet.answered", _l("储值方案有答复"), _l("商户的店主"), ("wallet_offer.approve", "wallet_offer.refuse"), _to_owner,
        _l("充 {amount} 送 {gift} 有答复"), _l("储值方案充 {amount} 送 {gift} 已经答复，点开看结果。{reason}"), VARIABLES,
    ),
    NoticeKind(
        "wallet.refund_asked", _l("储值余额要退还"), _l("财务"), ("wallet_refund.asked",), _refund_to_finance, _l("储值退还 {amount} 等你处理"),
        _l("{number} 要退还没花的储值 {amount}：{reason}"), REFUND_VARIABLES,
    ),
    NoticeKind(
        "wallet.refund_second_person", _l("储值退还等第二人批准"), _l("财务"), ("wallet_refund.propose",), _refund_to_finance,
        _l("储值退还 {amount} 等你批准"), _l("{number} 要退还 {amount}，金额较大，要另一个人批准：{reason}"), REFUND_VARIABLES,
    ),
    NoticeKind(
        "wallet.refunded", _l("储值余额退还到账"), _l("储值的顾客"), ("wallet_refund.finish",), _refund_to_customer, _l("储值余额 {amount} 已退还"),
        _l("{number} 退还的 {amount} 已经到账。"), REFUND_VARIABLES, customers=True,
    ),
    NoticeKind(
        "wallet.refund_refused", _l("储值退还没有同意"), _l("储值的顾客"), ("wallet_refund.refuse",), _refund_to_customer, _l("储值余额没有退还"),
        _l("{number} 的 {amount} 没有退还：{reason}"), REFUND_VARIABLES, customers=True,
    ),
)
