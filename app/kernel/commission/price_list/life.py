"""Life services: delivery, housekeeping, errands, recycling."""

from flask_babel import lazy_gettext as _l

from app.kernel.commission.price_list.shapes import advertising, commission, deposit, entry, membership, per_period, per_unit, share

TITLES = {"delivery": _l("同城配送"), "housekeeping": _l("家政预约"), "errands": _l("跑腿"), "recycling": _l("废品回收")}

FEES = {
    "delivery": (
        commission(_l("配送佣金"), "R1", 150_000, (100_000, 200_000)),
        per_period("annual_fee", _l("商家年费"), "R2", 120_000, "year"),
        deposit(_l("商家保证金"), "R2", 100_000),
        membership(_l("配送会员"), "R3", 1_500),
        advertising(_l("配送广告位"), "R4", 20_000),
    ),
    "housekeeping": (
        commission(_l("家政佣金"), "R1", 100_000, (80_000, 150_000)),
        per_period("annual_fee", _l("家政年费"), "R2", 60_000, "year"),
        membership(_l("家政会员"), "R3", 2_500),
        per_period("training", _l("培训课程"), "R4", 9_900, "once", payer="worker", income="service"),
    ),
    "errands": (
        commission(_l("跑腿佣金"), "R1", 200_000, (150_000, 250_000), payer="worker"),
        share("urgent_share", _l("加急费分成"), "R2", 300_000, _l("加急费"), payer="worker"),
        membership(_l("跑腿员会员"), "R3", 2_900, kind="runner_membership", payer="worker"),
        membership(_l("跑腿会员"), "R3", 1_200),
        per_unit("enterprise_contract", _l("企业排队合约"), "R4", 5_000, _l("人"), payer="customer"),
    ),
    "recycling": (
        share("margin", _l("回收差价"), "R1", 1_000_000, _l("卖给回收站的钱减去付给居民的钱"), payer="buyer", income="margin", tax_class="goods"),
        entry(_l("回收员入驻费"), "R2", 30_000, payer="worker"),
        share("enterprise_service", _l("企业服务费"), "R3", 50_000, _l("企业每批回收款"), payer="customer", income="service", tax_class="service"),
        share("points_share", _l("积分商城分润"), "R4", 500_000, _l("积分商城毛利"), payer="partner", income="service", tax_class="service"),
    ),
}
