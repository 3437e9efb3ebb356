"""What reviewers see of a deal and what customers search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.kernel.listings.kinds import Found, ListingKind
from app.verticals.vouchers.models.deals import KINDS, VoucherDeal
from app.verticals.vouchers.queries import stores_of_deal

FIELDS = {
    "title": _l("名称"), "kind": _l("种类"), "description": _l("说明"), "images": _l("图片"), "price": _l("团购价"), "market_price": _l("门市价"),
    "uses": _l("能用几次"), "valid_days": _l("买后几天内有效"),
}
VOUCHER_RISK_WORDS = ("包治", "根治", "稳赚", "返现", "套现", "代开发票", "高仿", "原单", "处方药", "医美针")


def _readable(values: Mapping[str, Any]) -> dict[str, str]:
    words = {name: str(values.get(name, "")) for name in FIELDS}
    words |= {name: yuan(int(values.get(name) or 0)) for name in ("price", "market_price")}
    words["kind"] = str(KINDS.get(str(values.get("kind")), ""))
    words["images"] = " ".join(values.get("images") or ())
    return words


def _found(deal: VoucherDeal) -> Found:
    stores = stores_of_deal(deal.id)
    names = " ".join(dict.fromkeys(f"{store.merchant.name} {store.name}" for store in stores))
    place = next(((store.latitude, store.longitude) for store in stores if store.latitude or store.longitude), None)
    return Found(title=deal.title, detail=f"{deal.description} {names}"[:600], price=deal.price, place=place, cover=deal.images[0] if deal.images else "")


DEAL_LISTING = ListingKind(
    "vouchers.deal", _l("团购商品"), VoucherDeal, FIELDS, readable=_readable, found=_found, link=lambda key: f"/vouchers/deals/{key}",
    watched=frozenset({"title", "kind", "description", "images", "price", "market_price", "uses", "valid_days"}),
)
