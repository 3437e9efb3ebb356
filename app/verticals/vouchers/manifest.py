"""What vouchers bring."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Related
from app.framework.manifest import Category, DocumentDemand, FeeDefault, Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.redemption.views.desk import RedeemPage
from app.kernel.redemption.views.lists import RedeemStoreView, RedemptionView, VoucherView
from app.verticals.vouchers.api import api, deals, orders, vouchers
from app.verticals.vouchers.demo import fill
from app.verticals.vouchers.home import CARDS
from app.verticals.vouchers.jobs import cancel_unpaid_vouchers
from app.verticals.vouchers.listing import DEAL_LISTING
from app.verticals.vouchers.models.deals import DEAL_FLOW, PARTNER_FLOW
from app.verticals.vouchers.models.malls import MALL_FLOW
from app.verticals.vouchers.models.orders import ORDER_FLOW, ORDER_KINDS
from app.verticals.vouchers.notices import NOTICES
from app.verticals.vouchers.operations.selling import on_voucher_moved
from app.verticals.vouchers.proofs import PiecesAreOrders
from app.verticals.vouchers.queries import deal_names
from app.verticals.vouchers.views.deals import DealPartnerView, VoucherDealView
from app.verticals.vouchers.views.insights import VoucherInsightsPage
from app.verticals.vouchers.views.malls import MallStorePage, MallView
from app.verticals.vouchers.views.orders import VoucherOrderView
from app.verticals.vouchers.words import FIELDS

API_MODULES = (deals, orders, vouchers)  # imported so that their endpoints register
READ = ("list", "show", "export")
GROUP = _l("商家核销")
HOUSE, STAFF = ("Owner", "Manager"), ("Operator", "Finance")

manifest = Manifest(
    name="vouchers",
    title=_l("商家核销"),
    icon="qr",
    order=270,
    settings=(
        Setting("vouchers.pay_within", _l("支付期限"), "minutes", 15, _l("顾客买券后多久不付款就自动取消；对之后下的单生效。"), least=5, most=120),
    ),
    flows=(MALL_FLOW, DEAL_FLOW, PARTNER_FLOW, ORDER_FLOW),
    fees=(
        FeeDefault("entry_fee", _l("商场入驻费"), "R1", fen=80_000, method="per_period", base="amount", period="once", income="entry", tax_class="service"),
        FeeDefault("commission", _l("核销佣金"), "R2", ppm=50_000, bracket=(30_000, 80_000)),
        FeeDefault(
            "redemption_fee", _l("每次核销费"), "R3", fen=20, method="per_unit", about=_l("次核销"), income="service", tax_class="service",
        ),
        FeeDefault(
            "campaign_planning", _l("活动策划费"), "R4", fen=200_000, method="per_period", base="amount", period="once", income="service", tax_class="service",
        ),
        FeeDefault(
            "placement", _l("商场广告位"), "R5", fen=50_000, method="per_period", base="amount", period="week", income="advertising", tax_class="advertising",
        ),
    ),
    uses=("redemption",),
    order_kinds=ORDER_KINDS,
    products=deal_names,
    categories=(
        Category("restaurant", _l("餐饮")), Category("retail", _l("零售")), Category("beauty", _l("美容美发")), Category("leisure", _l("休闲娱乐")),
        Category("children", _l("亲子教育")), Category("sports", _l("运动健身")),
    ),
    documents=(
        DocumentDemand("business_licence", _l("营业执照"), encrypted=True),
        DocumentDemand("trade_permit", _l("行业许可证（餐饮、美容等需要）"), expires=True, encrypted=True, required=False),
        DocumentDemand("storefront_photo", _l("门头照片"), many=3),
    ),
    listings=(DEAL_LISTING,),
    views=(VoucherOrderView, VoucherDealView, DealPartnerView, MallView, MallStorePage, VoucherInsightsPage),
    home=CARDS,
    checks=(PiecesAreOrders,),
    order_view=VoucherOrderView,
    related={"parties.merchants": (Related(VoucherDealView, "merchant_id"), Related(VoucherOrderView, "merchant_id"))},
    demo=fill,
    notices=NOTICES,
    words={
        "vouchers_order.placed": _l("下单，锁定费用"), "vouchers_deal.added": _l("上架商品"), "vouchers_deal.changed": _l("改商品"),
        "vouchers_partner.asked": _l("请门店接待"), "vouchers_mall.added": _l("加商场"), "vouchers_mall.changed": _l("改商场"),
        "vouchers_mall.store_in": _l("门店放进商场"), "vouchers_mall.store_out": _l("门店移出商场"),
    },
    fields=FIELDS,
    handlers={"record_moved": (on_voucher_moved,)},
    blueprints=(api,),
    jobs=(Job("cancel_unpaid_vouchers", _l("取消超时未付的券订单"), cancel_unpaid_vouchers, schedule="*/2 * * * *"),),
    grants=(
        *(Grant(role, VoucherOrderView.name, READ) for role in (*HOUSE, "Cashier", *STAFF)),
        *(Grant(role, VoucherDealView.name, (*READ, "add", "edit", "submit", "take_off", "put_back")) for role in HOUSE),
        *(Grant(role, DealPartnerView.name, (*READ, "accept", "decline", "end")) for role in HOUSE),
        *(Grant(role, VoucherInsightsPage.name, ("*",)) for role in HOUSE),
        Grant("Operator", VoucherDealView.name, (*READ, "recall")),
        Grant("Reviewer", VoucherDealView.name, ("list", "show")),
        Grant("Finance", VoucherDealView.name, ("list", "show")),
        Grant("Operator", DealPartnerView.name, READ),
        Grant("Operator", MallView.name, (*READ, "add", "edit", "close", "reopen")),
        Grant("Operator", MallStorePage.name, ("*",)),
    ),
    menu=(
        MenuItem(RedeemPage.name, "RedeemPage.index", _l("核销"), "qr", GROUP, 310),
        MenuItem(RedemptionView.name, "RedemptionView.list", _l("核销记录"), "list", GROUP, 311),
        MenuItem(VoucherOrderView.name, "VoucherOrderView.list", _l("券订单"), "list", GROUP, 312),
        MenuItem(VoucherView.name, "VoucherView.list", _l("券码"), "coupon", GROUP, 313),
        MenuItem(VoucherDealView.name, "VoucherDealView.list", _l("团购商品"), "book", GROUP, 314),
        MenuItem(DealPartnerView.name, "DealPartnerView.list", _l("合作门店"), "people", GROUP, 315),
        MenuItem(RedeemStoreView.name, "RedeemStoreView.list", _l("门店与核销员"), "building", GROUP, 316),
        MenuItem(VoucherInsightsPage.name, "VoucherInsightsPage.index", _l("经营分析"), "chart", GROUP, 317),
        MenuItem(MallView.name, "MallView.list", _l("商场"), "building", GROUP, 318),
    ),
)
