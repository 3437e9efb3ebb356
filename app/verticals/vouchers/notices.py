"""What merchants of vouchers are told."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.parties.roles import RUNNERS
from app.verticals.vouchers.models import DealPlace, VoucherDeal

TO = _l("商户的店主和店长")
DEAL = Variable("deal", _l("商品"), _l("双人下午茶"), required=True)
REASON = Variable("reason", _l("原因"), _l("图片和内容不符"), required=True)
STORE = Variable("store", _l("门店"), _l("万象城店"))


def _about_deal(deal: VoucherDeal, happening: Happening) -> Told:
    return Told("VoucherDealView.show", {"pk": deal.id}, {"deal": deal.title, "reason": happening.reason}, deal.merchant_id, RUNNERS)


def _to_partner(place: DealPlace, happening: Happening) -> Told:
    return Told("DealPartnerView.list", values={"deal": place.title, "store": place.store.name}, merchant_id=place.merchant_id, roles=RUNNERS)


def _to_seller(place: DealPlace, happening: Happening) -> Told | None:
    if place.seller_id == place.merchant_id:
        return None
    values = {"deal": place.title, "store": place.store.name}
    return Told("VoucherDealView.show", {"pk": place.deal_id}, values, merchant_id=place.seller_id, roles=RUNNERS)


NOTICES = (
    NoticeKind(
        "vouchers.deal_rejected", _l("团购商品未通过审核"), TO, ("vouchers_deal.reject", "vouchers_deal.change_rejected"), _about_deal,
        _l("“{deal}”未通过审核"),
        _l("“{deal}”未通过：{reason}。改好后会再送审，也可以申诉。"), (DEAL, REASON),
    ),
    NoticeKind(
        "vouchers.deal_recalled", _l("团购商品被送回重审"), TO, ("vouchers_deal.recall",), _about_deal, _l("“{deal}”停售，等重新审核"),
        _l("“{deal}”要重新审核：{reason}。通过前不卖，已经卖出的照常核销。"), (DEAL, REASON),
    ),
    NoticeKind(
        "vouchers.partner_asked", _l("别的商户请你的店接待"), TO, ("vouchers_partner.asked",), _to_partner, _l("请“{store}”接待“{deal}”"),
        _l("同意后，顾客买的“{deal}”可以在“{store}”核销，核销的钱归你。"), (DEAL, STORE),
    ),
    NoticeKind(
        "vouchers.partner_accepted", _l("合作门店同意了"), TO, ("vouchers_partner.accept",), _to_seller, _l("“{store}”可以用“{deal}”了"),
        _l("以后买的“{deal}”能在“{store}”核销。"), (DEAL, STORE),
    ),
    NoticeKind(
        "vouchers.partner_declined", _l("合作门店没有同意"), TO, ("vouchers_partner.decline", "vouchers_partner.end"), _to_seller,
        _l("“{store}”不接待“{deal}”"), _l("以后买的“{deal}”不能在“{store}”核销，已经卖出的照旧。"), (DEAL, STORE),
    ),
)
