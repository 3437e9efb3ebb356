"""Community and social: classifieds, campus, events, dating."""

from flask_babel import lazy_gettext as _l

from app.kernel.commission.price_list.shapes import advertising, commission, membership, per_period, per_unit, share

TITLES = {
    "classifieds": _l("信息发布"), "campus": _l("校园二手"), "events": _l("活动发布"), "dating": _l("婚恋交友"),
}

FEES = {
    "classifieds": (
        per_period("pin_day", _l("置顶一天"), "R1", 500, "day", payer="customer", income="advertising", tax_class="advertising"),
        per_period("pin_week", _l("置顶一周"), "R1", 2_500, "week", payer="customer", income="advertising", tax_class="advertising"),
        advertising(_l("信息广告位"), "R2", 20_000),
        membership(_l("信息会员"), "R3", 1_800),
        per_unit("push", _l("定向推送"), "R4", 5, _l("送达的人"), income="advertising", tax_class="advertising"),
    ),
    "campus": (
        commission(_l("二手担保佣金"), "R1", 40_000, (30_000, 50_000), payer="seller"),
        per_period("season_promotion", _l("毕业季推广"), "R2", 80_000, "once", income="advertising", tax_class="advertising"),
        advertising(_l("校园广告位"), "R3", 15_000),
        membership(_l("校园会员"), "R4", 600),
    ),
    "events": (
        commission(_l("活动佣金"), "R1", 80_000, (50_000, 100_000)),
        advertising(_l("首页推荐"), "R2", 5_000, "day", "home_feature"),
        membership(_l("主办方会员"), "R3", 9_900, payer="merchant"),
        advertising(_l("活动广告位"), "R4", 30_000),
    ),
    "dating": (
        membership(_l("查看会员"), "R1", 2_800),
        membership(_l("畅聊会员"), "R1", 6_800, kind="chat_membership"),
        share("gift_share", _l("礼物收入"), "R2", 1_000_000, _l("礼物金额"), payer="customer", income="service", tax_class="service"),
        membership(_l("访客名单"), "R2", 1_200, kind="visitor_list"),
        share("gathering_commission", _l("线下活动佣金"), "R3", 150_000, _l("活动报名费")),
        share("counselling_share", _l("咨询分成"), "R4", 300_000, _l("咨询费")),
    ),
}
