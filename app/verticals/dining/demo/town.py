"""青溪镇 Qingxi: three restaurants that have been open for four weeks, and a day under way."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.core.periods import business_day, day_start
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.framework.identity import act_as
from app.framework.queue import run_waiting
from app.kernel.forms.operations import define_field
from app.kernel.notices.operations import read_what_is_old
from app.kernel.parties.demo import PASSWORD
from app.kernel.payments.channels.factory import channel
from app.kernel.payments.channels.interface import ChannelRefused
from app.kernel.payments.jobs import fetch_bills
from app.kernel.payments.operations.bills import import_bill
from app.kernel.reconciliation.demo import LEAST_PAYMENTS, payments_in, strange_fund_bill, strange_trade_bill
from app.kernel.reconciliation.jobs import compare_days
from app.kernel.reconciliation.models import ReconBreak, ReconDay, ReconMonth
from app.kernel.reconciliation.queries import last_day_of, missing_days
from app.kernel.reports.operations import save_report
from app.kernel.workspace.models import EVERYBODY
from app.verticals.dining.demo.accounts import use_accounts
from app.verticals.dining.demo.audience import know_customers
from app.verticals.dining.demo.buying import buy_of_the_platform
from app.verticals.dining.demo.coupons import claim_and_use, offer_coupons
from app.verticals.dining.demo.deliveries import deliver
from app.verticals.dining.demo.menus import BAKERY, NEW_DISH, NEWCOMERS, TOWN, RestaurantPlan
from app.verticals.dining.demo.play import ENDINGS, Town
from app.verticals.dining.demo.points import correct_points, give_points
from app.verticals.dining.demo.prices import set_prices
from app.verticals.dining.demo.restaurant import add_crew, apply, apply_and_be_admitted, menu_spreadsheet, owner_actor, set_up, staff_actor
from app.verticals.dining.demo.reviews import review_meals
from app.verticals.dining.demo.settling import ask_invoices, set_terms, settle_weeks
from app.verticals.dining.demo.sharing import share_weeks, use_own_number
from app.verticals.dining.demo.tables import sit_and_pay_cash
from app.verticals.dining.demo.talking import talk
from app.verticals.dining.demo.trouble import complain, odd_callbacks
from app.verticals.dining.demo.wallets import pay_ahead
from app.verticals.dining.models import Shop
from app.verticals.dining.operations.menu_import import import_menu

DAYS = 28
MARKET_AGO, MARKET_ORDERS = 8, 6
CREW = (("cashier", "Cashier", "许", "小雨"), ("kitchen", "Kitchen", "郑", "师傅"), ("courier", "Courier", "王", "强"))
REPORTS = (
    ("每天各状态的订单", "placed_at:day", "status", "count", "bar"),
    ("各商户应付", "merchant.name", "", "sum:payable", "pie"),
    ("每周退款", "placed_at:week", "", "sum:refunded", "line"),
)
TODAY = ("waiting", "waiting", "cooking", "cooking", "ready", "done", "done", "done", "refund", "banquet")


def fill(app: Flask) -> None:
    """The restaurants, four weeks of orders, and today's board. The gateway must be running."""
    now = clock.now()
    opened = day_start(first_day(TOWN[0], now)) - timedelta(days=2, hours=-9)
    shops = {plan.name: open_restaurant(app, plan, opened) for plan in TOWN}
    set_terms(app, opened)
    give_points(app, shops[TOWN[0].name], opened + timedelta(days=1))
    use_own_number(app, shops[BAKERY.name], opened + timedelta(days=1))
    town = Town(app)
    offer_coupons(app, shops[TOWN[1].name], now - timedelta(days=20))
    for number, plan in enumerate(TOWN):
        play_weeks(town, shops[plan.name], plan, now, seed=number)
    play_market_day(town, shops[TOWN[0].name], now)
    share_weeks(town, now)
    pay_ahead(town, shops[TOWN[0].name], now)
    use_accounts(town, shops[TOWN[0].name], now)
    correct_points(app, shops[TOWN[0].name], now)
    claim_and_use(app, shops[TOWN[0].name], now)
    sit_and_pay_cash(town, shops[TOWN[0].name], now)
    play_today(town, shops[TOWN[0].name], now)
    deliver(town, shops[TOWN[0].name], now)
    town.order(shops[BAKERY.name], "cooking", now - timedelta(minutes=25))
    leave_work(app, now)
    buy_of_the_platform(town, now)
    town.set_gateway_clock(None)
    run_waiting(app, only="send_refund")
    settle_weeks(app, tuple(shops.values())[:2], now)
    ask_invoices(app, tuple(shops.values())[:2], now)
    reconcile(app, now)
    complain(app, now)
    review_meals(app, now)
    know_customers(app, shops[TOWN[0].name], now)
    talk(app, shops[TOWN[0].name], now)
    odd_callbacks(app, now)
    save_reports(app, now)
    set_prices(app, TOWN[1].name, now)
    with app.app_context(), transaction(system("demo")):
        read_what_is_old(now)
        define_field(
            "dining.application", "decorating_room", kind="number", label_zh="裱花间面积（平方米）", label_en="Decorating room (m²)", category="bakery",
            required=True, help="没有裱花间的写 0", actor=staff_actor("operator"), now=now,
        )


def save_reports(app: Flask, now: datetime) -> None:
    """Three reports for everybody of the platform."""
    with app.test_request_context(), transaction(system("demo")):
        actor = staff_actor("operator")
        act_as(actor)
        for title, group_by, series, measure, shape in REPORTS:
            save_report(
                list_name="dining.orders", query={}, title=title, group_by=group_by, series=series, measure=measure, shape=shape, share=EVERYBODY,
                actor=actor, now=now,
            )


def open_restaurant(app: Flask, plan: RestaurantPlan, now: datetime) -> int:
    """Join, apply, be admitted, set up; the shop's id."""
    permit_until = business_day(now) + timedelta(days=DAYS + 21 if plan is TOWN[0] else 500)
    with app.app_context(), transaction(system("demo")), clock.at(now):
        reviewer = staff_actor("reviewer")
        merchant_id = apply_and_be_admitted(plan, PASSWORD, reviewer, now, permit_until)
        shop = set_up(merchant_id, plan, reviewer, now + timedelta(hours=2))
        if plan is TOWN[0]:
            add_crew(merchant_id, CREW, PASSWORD, now)
        return int(db.session.scalars(select(Shop.id).where(Shop.id == shop.id)).one())


def first_day(plan: RestaurantPlan, now: datetime) -> date:
    """The day of the plan's first order: four weeks ago, or two days before this month, so that a whole month's fees can be invoiced. What the
    bakery has frozen at the channel would be set free by then."""
    today = business_day(now)
    weeks = today - timedelta(days=DAYS)
    return weeks if plan is BAKERY else min(weeks, today.replace(day=1) - timedelta(days=2))


def play_weeks(town: Town, shop_id: int, plan: RestaurantPlan, now: datetime, seed: int) -> None:
    """The plan's orders over the past days, at the hours when people eat."""
    first = first_day(plan, now)
    days = (business_day(now) - first).days
    for number in range(plan.orders):
        day = first + timedelta(days=number * days // plan.orders)
        hour = (7, 8, 11, 12, 12, 13, 17, 18, 18, 19)[(number * 7 + seed) % 10]
        moment = day_start(day) + timedelta(hours=hour, minutes=(number * 13) % 60)
        town.order(shop_id, ENDINGS[(number * 5 + seed) % len(ENDINGS)], moment)


def play_market_day(town: Town, shop_id: int, now: datetime) -> None:
    """A day with so many payments that its bills can differ in every way."""
    morning = day_start(business_day(now) - timedelta(days=MARKET_AGO)) + timedelta(hours=9)
    for number in range(MARKET_ORDERS):
        town.order(shop_id, "done", morning + timedelta(minutes=37 * number))


def leave_work(app: Flask, now: datetime) -> None:
    """What waits on the review desk: two newcomers' applications, and a new dish of the first restaurant."""
    for number, plan in enumerate(NEWCOMERS):
        moment = now - timedelta(hours=3 + 20 * number)
        with app.app_context(), transaction(system("demo")), clock.at(moment):
            apply(plan, PASSWORD, moment, business_day(now) + timedelta(days=400))
    with app.app_context(), transaction(system("demo")), clock.at(now - timedelta(minutes=40)):
        shop = db.session.scalars(select(Shop).where(Shop.name == TOWN[0].name)).one()
        import_menu(shop, menu_spreadsheet(NEW_DISH), actor=owner_actor(shop.merchant_id), now=now - timedelta(minutes=40))


def reconcile(app: Flask, now: datetime) -> None:
    """The channel's bills of the four weeks fetched and compared, one day of them strange; days that are even signed but for the newest three."""
    with app.app_context():
        strange = _strange_day(business_day(now))
        if strange is not None:
            _reconcile_strangely(strange)
        fetch_bills()
        compare_days()
    with app.app_context(), transaction(system("demo")):
        finance, second = staff_actor("finance"), staff_actor("finance2")
        for day in list(db.session.scalars(select(ReconDay).where(ReconDay.status == "even").order_by(ReconDay.day.desc()).offset(3))):
            move(day, "sign", actor=finance, now=now)
        for number, found in enumerate(list(db.session.scalars(select(ReconBreak).where(ReconBreak.status == "open").order_by(ReconBreak.id)))):
            if number % 3 == 0:
                move(found, "propose", actor=(finance, second)[number % 2], now=now, reason="和渠道客服核对过")
            elif number % 3 == 1:
                move(found, "take", actor=finance, now=now)
        for month in list(db.session.scalars(select(ReconMonth).order_by(ReconMonth.month))):
            if last_day_of(month.month) < business_day(now) and not missing_days(month):
                move(month, "propose", actor=finance, now=now)


def _strange_day(today: date) -> date | None:
    """A day of the last two weeks with payments enough to differ in many ways."""
    for ago in range(4, 15):
        try:
            bill = channel().trade_bill(today - timedelta(days=ago))
        except ChannelRefused:
            continue
        if len(payments_in(bill)) >= LEAST_PAYMENTS:
            return today - timedelta(days=ago)
    return None


def _reconcile_strangely(day: date) -> None:
    """The bills up to the day, and in place of the day's own others that differ from it; compared the next morning."""
    morning = day_start(day + timedelta(days=1)) + timedelta(hours=10, minutes=40)
    trade, fund = channel().trade_bill(day), channel().fund_bill(day)
    with clock.at(day_start(day) + timedelta(hours=10, minutes=15)):
        fetch_bills()
    with clock.at(morning):
        for kind, content in (("trade", strange_trade_bill(trade)), ("fund", strange_fund_bill(fund, trade))):
            with transaction(system("demo")):
                import_bill(day, kind, content, actor=staff_actor("finance"), now=morning)
        compare_days()


def play_today(town: Town, shop_id: int, now: datetime) -> None:
    """What the board shows when one signs in: orders of the last hour in every state."""
    for number, ending in enumerate(TODAY):
        ago = 2 if ending == "waiting" else 62 - 4 * number  # the last hand-over comes 19 minutes after its order, still before `now`
        town.order(shop_id, ending, now - timedelta(minutes=ago, seconds=10 * number))
