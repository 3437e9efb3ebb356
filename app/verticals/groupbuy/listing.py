"""Goods as a listing: what reviewers look at, what residents search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.kernel.approvals.rules import RISK_WORDS
from app.kernel.listings.kinds import Found, ListingKind
from app.verticals.groupbuy.models import Goods
from app.verticals.groupbuy.models.goods import CATEGORIES

FOOD_WORDS = ("祖传秘方", "包治", "治愈", "降血糖", "降血压", "抗癌", "壮阳", "减肥神器", "野生动物", "穿山甲")


def _readable(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        "title": values["title"], "spec": values["spec"], "category": str(CATEGORIES[values["category"]]), "description": values["description"],
        "images": " ".join(values["images"]),
    }


def _found(goods: Goods) -> Found:
    return Found(goods.label, goods.description, goods.sale_price, cover=goods.image)


GOODS_LISTING = ListingKind(
    "groupbuy.goods", _l("团购商品"), Goods,
    fields={"title": _l("商品名"), "spec": _l("规格"), "category": _l("分类"), "description": _l("说明"), "images": _l("图片")},
    readable=_readable, found=_found, link=lambda key: f"/groupbuy/goods/{key}", words=(*RISK_WORDS, *FOOD_WORDS),
)
