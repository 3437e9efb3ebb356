"""What group buying brings."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Related
from app.framework.manifest import Category, DocumentDemand, FeeDefault, Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.parties.roles import RUNNERS
from app.verticals.groupbuy.api import api, browsing, leading, orders, refunds
from app.verticals.groupbuy.demo import fill
from app.verticals.groupbuy.home import CARDS
from app.verticals.groupbuy.jobs import cancel_unpaid_group_orders, close_forgotten_group_orders, close_rounds
from app.verticals.groupbuy.listing import GOODS_LISTING
from app.verticals.groupbuy.models.goods import GOODS_FLOW
from app.verticals.groupbuy.models.orders import ORDER_FLOW
from app.verticals.groupbuy.models.people import LEADER_FLOW, LEVELS
from app.verticals.groupbuy.models.rounds import ROUND_FLOW
from app.verticals.groupbuy.notices import NOTICES
from app.verticals.groupbuy.operations.people import on_document_expired, on_merchant_admitted
from app.verticals.groupbuy.operations.serving import on_group_failed, on_group_filled
from app.verticals.groupbuy.proofs import SheetsAreTheOrders, StockIsWhatWasCounted
from app.verticals.groupbuy.queries import dealable_goods, goods_names
from app.verticals.groupbuy.spreadsheets import GOODS_IMPORT
from app.verticals.groupbuy.views.day import LeaderPage, SharePage
from app.verticals.groupbuy.views.goods import GoodsView, SupplyView
from app.verticals.groupbuy.views.insights import GroupbuyInsightsPage
from app.verticals.groupbuy.views.orders import GroupbuyOrderView, PhotoView
from app.verticals.groupbuy.views.people import CommunityView, LeaderView, ZoneView
from app.verticals.groupbuy.views.point import PointPage
from app.verticals.groupbuy.views.rounds import RoundView, SheetFilePage, SheetView, WarehousePage
from app.verticals.groupbuy.words import FIELDS, WORDS

API_MODULES = (browsing, leading, orders, refunds)  # imported so that their endpoints register
GROUP = _l("社区团购")
READ = ("list", "show", "export")

manifest = Manifest(
    name="groupbuy",
    title=_l("社区团购"),
    icon="bag",
    order=260,
    settings=(
        Setting("groupbuy.pay_within", _l("支付期限"), "minutes", 15, _l("居民下单后多久不付款就自动取消。"), least=5, most=120),
        Setting("groupbuy.markup", _l("默认加价"), "percent", 300_000, _l("新商品的售价按供货价加这么多，之后可以逐个改。"), least=0, most=2_000_000),
        Setting("groupbuy.done_after", _l("到货后几天自动完成"), "days", 3, _l("居民没来取也没确认，过这么多天自动完成。"), least=1, most=30),
        Setting("groupbuy.refund_within", _l("售后期限"), "days", 2, _l("完成后几天内可以申请售后。"), least=1, most=30),
        Setting(
            "groupbuy.refund_at_once", _l("小额秒退上限"), "money", 3_000, _l("带照片的售后申请不超过这个金额就马上退，超过的等人处理。"), least=0,
            most=100_000, money=True,
        ),
        Setting("groupbuy.refunds_a_month", _l("每人每月秒退次数"), "count", 3, _l("一位居民三十天内最多秒退几次，再多就等人处理。"), least=0, most=100),
    ),
    flows=(LEADER_FLOW, GOODS_FLOW, ROUND_FLOW, ORDER_FLOW),
    fees=(
        FeeDefault(
            "margin", _l("团购差价"), "R1", ppm=1_000_000, base="amount", about=_l("售价减供货价，先出团长佣金"), payer="supplier", income="margin",
            tax_class="goods",
        ),
        FeeDefault(
            "leader_commission", _l("团长佣金"), "R2", ppm=80_000, base="after_all_coupons", payer="platform", payee="leader", income="payout",
            tax_class="labour", bracket=(50_000, 100_000),
        ),
        FeeDefault("entry_fee", _l("供应商入驻费"), "R3", fen=100_000, method="per_period", base="amount", period="once", income="entry", tax_class="service"),
        FeeDefault(
            "placement", _l("新品推广位"), "R4", fen=30_000, method="per_period", base="amount", period="week", income="advertising", tax_class="advertising",
        ),
    ),
    uses=("training",),
    order_kinds=LEVELS,
    products=goods_names,
    dealables=dealable_goods,
    categories=(Category("leader", _l("团长")), Category("supplier", _l("供应商"))),
    documents=(
        DocumentDemand("id_card", _l("负责人身份证"), encrypted=True, many=2),
        DocumentDemand("business_licence", _l("营业执照（供应商）"), encrypted=True, required=False),
        DocumentDemand("food_permit", _l("食品经营许可证（供应商）"), expires=True, encrypted=True, required=False),
    ),
    listings=(GOODS_LISTING,),
    imports=(GOODS_IMPORT,),
    views=(
        LeaderPage, PointPage, SharePage, GroupbuyOrderView, PhotoView, SupplyView, GoodsView, RoundView, SheetView, SheetFilePage, WarehousePage, LeaderView,
        CommunityView, ZoneView, GroupbuyInsightsPage,
    ),
    home=CARDS,
    checks=(SheetsAreTheOrders, StockIsWhatWasCounted),
    order_view=GroupbuyOrderView,
    related={"parties.merchants": (Related(LeaderView, "merchant_id"), Related(GoodsView, "merchant_id"))},
    demo=fill,
    notices=NOTICES,
    words=WORDS,
    fields=FIELDS,
    handlers={
        "merchant_admitted": (on_merchant_admitted,), "document_expired": (on_document_expired,), "group_filled": (on_group_filled,),
        "group_failed": (on_group_failed,),
    },
    blueprints=(api,),
    jobs=(
        Job("close_rounds", _l("到时间截单并出单据"), close_rounds, schedule="* * * * *", lock="close_rounds"),
        Job("cancel_unpaid_group_orders", _l("取消超时未付的团购订单"), cancel_unpaid_group_orders, schedule="*/2 * * * *"),
        Job("close_forgotten_group_orders", _l("完成没人标记的团购订单"), close_forgotten_group_orders, schedule="23 * * * *"),
    ),
    grants=(
        *(Grant(role, LeaderPage.name, ("index",)) for role in (*RUNNERS, "Cashier")),
        *(Grant(role, PointPage.name, ("*",)) for role in RUNNERS),
        *(Grant(role, GroupbuyOrderView.name, READ) for role in (*RUNNERS, "Cashier", "Operator", "Finance")),
        *(Grant(role, SupplyView.name, (*READ, "add", "edit")) for role in RUNNERS),
        *(Grant(role, SheetView.name, READ) for role in (*RUNNERS, "Warehouse", "Operator")),
        *(Grant(role, SheetFilePage.name, ("sheet",)) for role in RUNNERS),
        *(Grant(role, SheetFilePage.name, ("*",)) for role in ("Warehouse", "Operator")),
        *(Grant(role, RoundView.name, READ) for role in ("Warehouse", "Operator")),
        *(Grant(role, WarehousePage.name, ("index",)) for role in ("Warehouse", "Operator")),
        *(Grant(role, LeaderView.name, ("open", "pause")) for role in RUNNERS),
        Grant("Operator", LeaderView.name, (*READ, "edit")),
        Grant("Reviewer", LeaderView.name, ("list", "show")),
        Grant("Operator", GoodsView.name, (*READ, "edit")),
        Grant("Reviewer", GoodsView.name, ("list", "show")),
        *(Grant("Operator", view.name, (*READ, "add", "edit")) for view in (CommunityView, ZoneView)),
        *(Grant(role, PhotoView.name, READ) for role in (*RUNNERS, "Operator")),
        *(Grant(role, GroupbuyInsightsPage.name, ("*",)) for role in ("Operator", "Finance")),
    ),
    menu=(
        MenuItem(LeaderPage.name, "LeaderPage.index", _l("团长今天"), "bag", GROUP, 160),
        MenuItem(GroupbuyOrderView.name, "GroupbuyOrderView.list", _l("团购订单"), "list", GROUP, 161),
        MenuItem(SupplyView.name, "SupplyView.list", _l("我供的商品"), "case", GROUP, 162),
        MenuItem(SheetView.name, "SheetView.list", _l("采购单和分拣单"), "list", GROUP, 163),
        MenuItem(RoundView.name, "RoundView.list", _l("团期"), "clock", GROUP, 164),
        MenuItem(WarehousePage.name, "WarehousePage.index", _l("仓库收发"), "case", GROUP, 165),
        MenuItem(GoodsView.name, "GoodsView.list", _l("团购商品"), "case", GROUP, 166),
        MenuItem(LeaderView.name, "LeaderView.list", _l("团长"), "people", GROUP, 167),
        MenuItem(PhotoView.name, "PhotoView.list", _l("售后照片"), "image", GROUP, 168),
        MenuItem(CommunityView.name, "CommunityView.list", _l("小区"), "building", GROUP, 169),
        MenuItem(ZoneView.name, "ZoneView.list", _l("片区和截单时间"), "clock", GROUP, 170),
        MenuItem(GroupbuyInsightsPage.name, "GroupbuyInsightsPage.index", _l("团购统计"), "chart", GROUP, 171),
    ),
)
