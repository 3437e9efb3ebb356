"""Vertical services: recruitment, property, quiz, courses; stays keeps its own."""

from flask_babel import lazy_gettext as _l

from app.kernel.commission.price_list.shapes import advertising, membership, per_period, per_unit, share

TITLES = {"recruitment": _l("人才招聘"), "property": _l("房源信息"), "quiz": _l("题库"), "courses": _l("视频课程")}

FEES = {
    "recruitment": (
        membership(_l("企业会员"), "R1", 29_900, payer="merchant"),
        per_unit("resume_download", _l("简历下载"), "R2", 500, _l("份简历")),
        per_period("pin_day", _l("职位置顶一天"), "R3", 2_000, "day", income="advertising", tax_class="advertising"),
        per_period("fair_zone", _l("招聘会专区"), "R4", 150_000, "once", income="advertising", tax_class="advertising"),
    ),
    "property": (
        per_period("agent_fee", _l("经纪人年费"), "R1", 120_000, "year"),
        per_period("pin_day", _l("房源置顶一天"), "R2", 1_000, "day", income="advertising", tax_class="advertising"),
        share("rent_commission", _l("租赁佣金"), "R3", 1_000_000, _l("一个月租金")),
        share("sale_commission", _l("买卖佣金"), "R3", 15_000, _l("成交价"), bracket=(10_000, 20_000)),
        share("agent_share", _l("经纪人分成"), "R3", 500_000, _l("平台收到的佣金"), payer="platform", payee="agent", income="payout", tax_class="labour"),
        advertising(_l("装修家具广告位"), "R4", 40_000),
    ),
    "quiz": (
        per_period("unlock", _l("解锁一个科目"), "R1", 2_900, "once", payer="customer", income="service"),
        membership(_l("题库会员"), "R2", 2_500),
        share("referral_share", _l("推荐课程分成"), "R3", 100_000, _l("推荐成交的课程款"), payer="partner"),
        advertising(_l("题库广告位"), "R4", 20_000),
    ),
    "courses": (
        share(
            "teacher_share", _l("老师分成"), "R1", 600_000, _l("课程售价"), payer="platform", payee="teacher", income="payout", tax_class="labour",
            bracket=(500_000, 700_000),
        ),
        membership(_l("课程会员"), "R2", 3_000),
        share("member_pool", _l("会员分成池"), "R2", 600_000, _l("会员费收入"), payer="platform", payee="teacher", income="payout", tax_class="labour"),
        share("tip_share", _l("直播打赏分成"), "R3", 200_000, _l("打赏金额"), payer="teacher"),
        advertising(_l("课程首页推荐"), "R4", 30_000, kind="home_feature"),
    ),
}
