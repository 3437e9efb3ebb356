"""What dining brings."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Related
from app.framework.importing import Importer
from app.framework.manifest import Category, DocumentDemand, FeeDefault, Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.verticals.dining.api import api, orders, shops, tables
from app.verticals.dining.demo import fill
from app.verticals.dining.home import CARDS
from app.verticals.dining.jobs import cancel_unpaid_orders, close_forgotten_orders, close_quiet_sittings, reject_unanswered_orders
from app.verticals.dining.listing import DISH_LISTING
from app.verticals.dining.models.menu import DISH_FLOW
from app.verticals.dining.models.orders import ORDER_FLOW, SERVICES
from app.verticals.dining.models.shops import SHOP_FLOW
from app.verticals.dining.models.sittings import SITTING_FLOW
from app.verticals.dining.notices import NOTICES
from app.verticals.dining.operations.serving import on_job_arrived, on_job_left
from app.verticals.dining.operations.shops import on_document_expired, on_merchant_admitted
from app.verticals.dining.proofs import StockIsWhatWasCounted
from app.verticals.dining.queries import dish_names
from app.verticals.dining.views.board import BoardPage, KitchenPage, TicketPage
from app.verticals.dining.views.dishes import DishView
from app.verticals.dining.views.insights import InsightsPage
from app.verticals.dining.views.menu import MenuPage
from app.verticals.dining.views.menu_files import MenuFilePage
from app.verticals.dining.views.orders import OrderView
from app.verticals.dining.views.shop import ShopPage, ShopView
from app.verticals.dining.views.sittings import SittingView
from app.verticals.dining.views.tables import TableCodePage, TablesPage
from app.verticals.dining.words import FIELDS

API_MODULES = (shops, orders, tables)  # imported so that their endpoints register

manifest = Manifest(
    name="dining",
    title=_l("点餐"),
    icon="bowl",
    order=200,
    settings=(
        Setting("dining.pay_within", _l("支付期限"), "minutes", 15, _l("顾客下单后多久不付款就自动取消；对之后下的单生效。"), least=5, most=120),
        Setting("dining.accept_within", _l("接单期限的默认值"), "minutes", 5, _l("新开的店多久不接单就自动退款；各店可以自己改。"), least=1, most=60),
        Setting(
            "dining.sitting_linger", _l("结台等多久"), "minutes", 45, _l("一桌的菜上齐、钱付清之后，过这么久没有加菜就自动结台。"), least=0, most=240,
        ),
        Setting(
            "dining.price_up", _l("涨价复审线"), "percent", 300_000, _l("菜品比上次过审的价格涨超过这个比例，改动要重新审核。"), least=0, most=1_000_000,
        ),
    ),
    flows=(SHOP_FLOW, DISH_FLOW, ORDER_FLOW, SITTING_FLOW),
    fees=(
        FeeDefault("commission", _l("点餐佣金"), "R1", ppm=80_000, bracket=(50_000, 120_000)),
        FeeDefault("entry_fee", _l("餐厅入驻费"), "R2", fen=50_000, method="per_period", base="amount", period="once", income="entry", tax_class="service"),
        FeeDefault(
            "placement", _l("新菜推广位"), "R3", fen=10_000, method="per_period", base="amount", period="week", income="advertising", tax_class="advertising",
        ),
        FeeDefault(
            "shop_membership", _l("餐厅会员"), "R3", fen=19_900, method="per_period", base="amount", period="month", income="subscription", tax_class="service",
        ),
        FeeDefault("stored_value_commission", _l("储值佣金"), "R4", ppm=20_000, base="amount", about=_l("顾客储值的钱")),
        FeeDefault("delivery_margin", _l("配送费差额"), "R5", ppm=150_000, base="delivery", payer="worker"),
    ),
    uses=("fulfilment",),
    order_kinds=SERVICES,
    products=dish_names,
    categories=(
        Category("restaurant", _l("餐馆")), Category("snacks", _l("小吃快餐")), Category("drinks", _l("饮品店")), Category("bakery", _l("糕点店")),
        Category("canteen", _l("食堂")),
    ),
    documents=(
        DocumentDemand("business_licence", _l("营业执照"), encrypted=True),
        DocumentDemand("food_permit", _l("食品经营许可证"), expires=True, encrypted=True),
        DocumentDemand("storefront_photo", _l("门头照片"), many=3),
    ),
    listings=(DISH_LISTING,),
    imports=(
        Importer(
            "menu", _l("菜单"), "dining.menu_file", "index", page="MenuFilePage.index", note=_l("按菜名对上：有的修改，没有的新增，一道菜几个规格就写几行"),
        ),
    ),
    views=(
        OrderView, BoardPage, KitchenPage, TicketPage, MenuPage, MenuFilePage, ShopPage, ShopView, TablesPage, TableCodePage, DishView, InsightsPage,
        SittingView,
    ),
    home=CARDS,
    checks=(StockIsWhatWasCounted,),
    order_view=OrderView,
    related={"parties.merchants": (Related(ShopView, "merchant_id"), Related(OrderView, "merchant_id"))},
    demo=fill,
    notices=NOTICES,
    words={
        "dining_order.placed": _l("下单，锁定费用"), "dining_shop.opened": _l("开了店"), "dining_shop.changed": _l("改了店铺设置"),
        "dining_shop.menu_imported": _l("导入菜单"), "dining_area.added": _l("加区域"), "dining_area.renamed": _l("区域改名"),
        "dining_area.removed": _l("删区域"), "dining_area.tables_added": _l("加桌台"), "dining_table.changed": _l("改桌台"),
        "dining_table.activated": _l("启用桌台"), "dining_table.deactivated": _l("停用桌台"), "dining_table.code_renewed": _l("换桌码"),
        "dining_sitting.opened": _l("开台"), "dining_sitting.split": _l("分账单"),
        "dining_category.added": _l("加分类"), "dining_category.renamed": _l("分类改名"), "dining_category.removed": _l("删分类"),
        "dining_dish.added": _l("加菜"), "dining_dish.changed": _l("改菜"), "dining_dish.removed": _l("删菜"), "dining_dish.sold_out": _l("标为售罄"),
        "dining_dish.for_sale": _l("恢复在售"), "dining_size.stock_set": _l("改库存"), "dining_size.cost_set": _l("填成本"),
    },
    fields=FIELDS,
    handlers={
        "merchant_admitted": (on_merchant_admitted,), "document_expired": (on_document_expired,), "job_left": (on_job_left,),
        "job_arrived": (on_job_arrived,),
    },
    blueprints=(api,),
    jobs=(
        Job("cancel_unpaid_orders", _l("取消超时未付订单"), cancel_unpaid_orders, schedule="*/2 * * * *"),
        Job("reject_unanswered_orders", _l("拒绝超时未接订单"), reject_unanswered_orders, schedule="* * * * *"),
        Job("close_quiet_sittings", _l("给上齐付清的桌结台"), close_quiet_sittings, schedule="*/5 * * * *"),
        Job("close_forgotten_orders", _l("完成忘记标记的订单"), close_forgotten_orders, schedule="*/10 * * * *"),
    ),
    grants=(
        *(Grant(role, "dining.orders", ("*",)) for role in ("Owner", "Manager", "Cashier", "Operator")),
        Grant("Finance", "dining.orders", ("list", "show", "export")),
        *(Grant(role, "dining.board", ("index",)) for role in ("Owner", "Manager", "Cashier")),
        *(Grant(role, "dining.kitchen", ("index",)) for role in ("Owner", "Manager", "Cashier", "Kitchen")),
        *(Grant(role, "dining.ticket", ("index",)) for role in ("Owner", "Manager", "Cashier", "Kitchen")),
        *(Grant(role, "dining.menu", ("*",)) for role in ("Owner", "Manager")),
        *(Grant(role, "dining.menu", ("index", "sell")) for role in ("Cashier", "Kitchen")),
        *(Grant(role, view, ("*",)) for role in ("Owner", "Manager") for view in ("dining.menu_file", "dining.shop", "dining.tables", "dining.insights")),
        *(Grant(role, "dining.shops", ("open", "pause")) for role in ("Owner", "Manager")),
        Grant("Cashier", "dining.shops", ("pause",)),
        Grant("Cashier", "dining.shop", ("index",)),
        Grant("Cashier", "dining.tables", ("index", "seat")),
        *(Grant(role, "dining.sittings", ("list", "show", "export", "close")) for role in ("Owner", "Manager", "Cashier")),
        Grant("Operator", "dining.sittings", ("list", "show", "export")),
        Grant("Operator", "dining.shops", ("list", "show", "export", "take_off", "put_back")),
        Grant("Operator", "dining.dishes", ("list", "show", "export", "recall")),
        Grant("Reviewer", "dining.dishes", ("list", "show")),
        Grant("Reviewer", "dining.shops", ("list", "show")),
    ),
    menu=(
        MenuItem("dining.board", "BoardPage.index", _l("订单看板"), "columns", _l("点餐"), 110),
        MenuItem("dining.orders", "OrderView.list", _l("点餐订单"), "list", _l("点餐"), 120),
        MenuItem("dining.kitchen", "KitchenPage.index", _l("后厨"), "bowl", _l("点餐"), 125),
        MenuItem("dining.menu", "MenuPage.index", _l("菜品与库存"), "book", _l("点餐"), 130),
        MenuItem("dining.shop", "ShopPage.index", _l("店铺设置"), "building", _l("点餐"), 140),
        MenuItem("dining.tables", "TablesPage.index", _l("桌台与桌码"), "qr", _l("点餐"), 145),
        MenuItem("dining.insights", "InsightsPage.index", _l("经营分析"), "chart", _l("点餐"), 148),
        MenuItem("dining.sittings", "SittingView.list", _l("开台记录"), "clock", _l("点餐"), 147),
        MenuItem("dining.shops", "ShopView.list", _l("餐厅"), "building", _l("点餐"), 150),
        MenuItem("dining.dishes", "DishView.list", _l("菜品"), "book", _l("点餐"), 155),
    ),
)
