"""What stays bring."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Related
from app.framework.manifest import Category, DocumentDemand, Entitlement, FeeDefault, Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.verticals.stays.api import api, houses, orders
from app.verticals.stays.demo import fill
from app.verticals.stays.home import CARDS
from app.verticals.stays.jobs import (
    cancel_unpaid_stays,
    issue_door_code,
    note_no_shows,
    read_calendars,
    refuse_unanswered_stays,
    remind_arrivals,
    revoke_door_code,
)
from app.verticals.stays.listing import TYPE_LISTING
from app.verticals.stays.models.doors import DOOR_FLOW
from app.verticals.stays.models.houses import HOUSE_FLOW
from app.verticals.stays.models.orders import CHANNELS, ORDER_FLOW
from app.verticals.stays.models.rooms import TYPE_FLOW
from app.verticals.stays.notices import NOTICES
from app.verticals.stays.operations.booking import MEMBER_DISCOUNT
from app.verticals.stays.operations.houses import on_document_expired, on_merchant_admitted
from app.verticals.stays.operations.moving import UPGRADES
from app.verticals.stays.operations.staying import on_balance_paid, on_hold_lapsed
from app.verticals.stays.proofs import NightsAreBooked
from app.verticals.stays.queries import type_names
from app.verticals.stays.views.board import RoomBoardPage
from app.verticals.stays.views.calendars import CalendarsPage
from app.verticals.stays.views.desk import DeskPage
from app.verticals.stays.views.house import HousePage, HouseView
from app.verticals.stays.views.insights import StayInsightsPage
from app.verticals.stays.views.orders import StayOrderView
from app.verticals.stays.views.prices import PricesPage
from app.verticals.stays.views.rooms import RoomsPage, RoomTypeView
from app.verticals.stays.words import ACTS, FIELDS

API_MODULES = (houses, orders)  # imported so that their endpoints register

HOST_PAGES = ("stays.prices", "stays.rooms", "stays.house", "stays.calendars")

manifest = Manifest(
    name="stays",
    title=_l("民宿酒店"),
    icon="bed",
    order=350,
    settings=(
        Setting("stays.pay_within", _l("订房支付期限"), "minutes", 15, _l("客人下单或续住后多久不付款，房间就放出来。"), least=5, most=120),
        Setting("stays.desk_pay_within", _l("前台订房支付期限"), "minutes", 240, _l("前台替客人订的房，多久不付款就放出来。"), least=15, most=2880),
    ),
    flows=(HOUSE_FLOW, TYPE_FLOW, ORDER_FLOW, DOOR_FLOW),
    fees=(
        FeeDefault("commission", _l("住宿佣金"), "R1", ppm=80_000, bracket=(50_000, 100_000)),
        FeeDefault("entry_fee", _l("民宿入驻费"), "R2", fen=60_000, method="per_period", base="amount", period="once", income="entry", tax_class="service"),
        FeeDefault(
            "guest_membership", _l("旅客会员"), "R3", fen=9_900, method="per_period", base="amount", period="year", income="subscription",
            tax_class="service", payer="customer", about=_l("会员价和免费升房"),
        ),
        FeeDefault(
            "placement", _l("本地推广位"), "R4", fen=15_000, method="per_period", base="amount", period="week", income="advertising", tax_class="advertising",
        ),
    ),
    entitlements=(Entitlement(MEMBER_DISCOUNT, "discount", _l("住宿会员价")), Entitlement(UPGRADES, "quota", _l("免费升房次数"))),
    uses=("bookings",),
    order_kinds=CHANNELS,
    products=type_names,
    categories=(Category("homestay", _l("民宿")), Category("hotel", _l("酒店")), Category("inn", _l("客栈")), Category("apartment", _l("公寓"))),
    documents=(
        DocumentDemand("business_licence", _l("营业执照"), encrypted=True),
        DocumentDemand("special_permit", _l("特种行业许可证"), expires=True, encrypted=True),
        DocumentDemand("fire_safety", _l("消防安全合格证"), expires=True, encrypted=True),
        DocumentDemand("owner_id", _l("经营者身份证"), encrypted=True, many=2),
    ),
    listings=(TYPE_LISTING,),
    views=(StayOrderView, RoomBoardPage, DeskPage, PricesPage, RoomsPage, HousePage, CalendarsPage, StayInsightsPage, HouseView, RoomTypeView),
    home=CARDS,
    checks=(NightsAreBooked,),
    order_view=StayOrderView,
    related={"parties.merchants": (Related(HouseView, "merchant_id"), Related(StayOrderView, "merchant_id"))},
    demo=fill,
    notices=NOTICES,
    words=ACTS,
    fields=FIELDS,
    handlers={
        "merchant_admitted": (on_merchant_admitted,), "document_expired": (on_document_expired,), "hold_lapsed": (on_hold_lapsed,),
        "balance_paid": (on_balance_paid,),
    },
    blueprints=(api,),
    jobs=(
        Job("cancel_unpaid_stays", _l("取消超时未付的住宿"), cancel_unpaid_stays, schedule="*/2 * * * *"),
        Job("refuse_unanswered_stays", _l("拒绝超时未确认的住宿"), refuse_unanswered_stays, schedule="*/2 * * * *"),
        Job("note_no_shows", _l("记下没来的客人"), note_no_shows, schedule="5 6 * * *"),
        Job("remind_arrivals", _l("提醒明天的入住"), remind_arrivals, schedule="0 18 * * *"),
        Job("read_calendars", _l("读各渠道的日历"), read_calendars, schedule="*/15 * * * *"),
        Job("issue_door_code", _l("下发门锁密码"), issue_door_code),
        Job("revoke_door_code", _l("收回门锁密码"), revoke_door_code),
    ),
    grants=(
        *(Grant(role, "stays.orders", ("*",)) for role in ("Owner", "Manager", "Cashier", "Operator")),
        Grant("Finance", "stays.orders", ("list", "show", "export")),
        *(Grant(role, view, ("*",)) for role in ("Owner", "Manager", "Cashier") for view in ("stays.board", "stays.desk")),
        *(Grant(role, view, ("*",)) for role in ("Owner", "Manager") for view in (*HOST_PAGES, "stays.insights")),
        *(Grant("Cashier", view, ("index",)) for view in HOST_PAGES),
        *(Grant(role, "stays.houses", ("open", "pause")) for role in ("Owner", "Manager")),
        Grant("Operator", "stays.houses", ("list", "show", "export", "take_off", "put_back")),
        Grant("Operator", "stays.types", ("list", "show", "export", "recall")),
        *(Grant("Reviewer", view, ("list", "show")) for view in ("stays.houses", "stays.types")),
    ),
    menu=(
        MenuItem("stays.board", "RoomBoardPage.index", _l("房态"), "columns", _l("民宿酒店"), 410),
        MenuItem("stays.desk", "DeskPage.index", _l("前台"), "bell", _l("民宿酒店"), 415),
        MenuItem("stays.orders", "StayOrderView.list", _l("住宿订单"), "list", _l("民宿酒店"), 420),
        MenuItem("stays.prices", "PricesPage.index", _l("房价日历"), "calendar", _l("民宿酒店"), 425),
        MenuItem("stays.rooms", "RoomsPage.index", _l("房型与房间"), "bed", _l("民宿酒店"), 430),
        MenuItem("stays.calendars", "CalendarsPage.index", _l("渠道日历"), "link", _l("民宿酒店"), 435),
        MenuItem("stays.house", "HousePage.index", _l("房源设置"), "building", _l("民宿酒店"), 440),
        MenuItem("stays.insights", "StayInsightsPage.index", _l("经营分析"), "chart", _l("民宿酒店"), 445),
        MenuItem("stays.houses", "HouseView.list", _l("房源"), "building", _l("民宿酒店"), 450),
        MenuItem("stays.types", "RoomTypeView.list", _l("房型"), "bed", _l("民宿酒店"), 455),
    ),
)
