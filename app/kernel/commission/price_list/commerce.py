"""Commerce: shop, rewards."""

from flask_babel import lazy_gettext as _l

from app.kernel.commission.price_list.shapes import advertising, commission, deposit, entry, membership, per_period, per_unit, share

TITLES = {"shop": _l("电商"), "rewards": _l("积分兑换")}

FEES = {
    "shop": (
        commission(_l("电商佣金"), "R1", 80_000, (50_000, 150_000)),
        entry(_l("电商入驻费"), "R2", 100_000),
        deposit(_l("电商保证金"), "R2", 200_000),
        advertising(_l("首页广告位"), "R3", 80_000),
        per_unit("search_rank", _l("搜索排名点击"), "R3", 30, _l("点击"), income="advertising", tax_class="advertising"),
        membership(_l("购物会员"), "R4", 1_500),
        membership(_l("营销工具"), "R5", 19_900, kind="marketing_tools", payer="merchant"),
    ),
    "rewards": (
        per_period("integration_fee", _l("合作方接入费"), "R1", 200_000, "once", payer="partner", income="entry"),
        share("margin", _l("兑换差价"), "R2", 1_000_000, _l("积分面值减进货价"), payer="partner", income="margin", tax_class="goods"),
        advertising(_l("积分商城广告位"), "R3", 20_000),
        membership(_l("积分会员"), "R4", 900),
    ),
}
