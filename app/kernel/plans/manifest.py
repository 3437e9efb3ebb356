"""What plans bring: the catalogue, charges, deposits, advertising; the clock that earns days; three proofs; pages and cards."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Related
from app.framework.manifest import Entitlement, Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.plans.api import api
from app.kernel.plans.home import OwedTodo, PlansTodo
from app.kernel.plans.jobs import count_advertisements, drop_unpaid_charges, earn_days, end_plans
from app.kernel.plans.models import BOOKING_FLOW, CHARGE_FLOW, DEPOSIT_FLOW, FINE_FLOW, PLAN_FLOW, SUBSCRIPTION_FLOW, Charge
from app.kernel.plans.notices import NOTICES
from app.kernel.plans.operations.charging import take_payment
from app.kernel.plans.operations.creatives import CREATIVE_REVIEW
from app.kernel.plans.operations.deposits import on_merchant_admitted
from app.kernel.plans.operations.placements import DISCOUNT, FREE_DAYS, RESERVED
from app.kernel.plans.proofs import PLAN_PROOFS
from app.kernel.plans.queries import waiting_charges, waiting_fines, waiting_plans, waiting_subscriptions
from app.kernel.plans.views.buying import ChargeView, SubscriptionView
from app.kernel.plans.views.catalogue import PlanView, StorePage
from app.kernel.plans.views.deposits import DepositView, FineView
from app.kernel.plans.views.placements import BookingView, SlotView, bought_with
from app.kernel.plans.views.profit import ProfitPage

GROUP = _l("套餐和广告")
READ = ("list", "show", "export")

manifest = Manifest(
    name="plans",
    title=_l("套餐和广告"),
    order=55,
    flows=(PLAN_FLOW, CHARGE_FLOW, SUBSCRIPTION_FLOW, DEPOSIT_FLOW, FINE_FLOW, BOOKING_FLOW),
    settings=(
        Setting("plans.pay_within", _l("套餐和广告的支付期限"), "minutes", 30, _l("订了套餐或广告后多久不付就取消。"), least=5, most=1440),
        Setting(
            "plans.deposit_days", _l("保证金保留期"), "days", 30, _l("商户申请退保证金后，最后一件未结的事结束再过几天退。"), least=0, most=365, money=True,
        ),
        Setting("plans.appeal_days", _l("扣罚申诉期"), "days", 7, _l("扣罚后几天内可以申诉。"), least=1, most=90),
    ),
    entitlements=(
        Entitlement(FREE_DAYS, "quota", _l("免费广告天数")), Entitlement(DISCOUNT, "discount", _l("广告折扣")),
        Entitlement(RESERVED, "unlock", _l("会员广告位")),
    ),
    handlers={"payment_succeeded": (take_payment,), "merchant_admitted": (on_merchant_admitted,)},
    notices=NOTICES,
    reviewables=(CREATIVE_REVIEW,),
    blueprints=(api,),
    jobs=(
        Job("earn_days", _l("每天确认收入"), earn_days, schedule="5 0 * * *", lock="earn_days"),
        Job("end_plans", _l("到期、提醒、退保证金"), end_plans, schedule="10 0 * * *", lock="end_plans"),
        Job("drop_unpaid_charges", _l("取消没付的套餐和广告"), drop_unpaid_charges, schedule="*/5 * * * *", lock="drop_unpaid_charges"),
        Job("count_advertisements", _l("统计广告曝光和点击"), count_advertisements, schedule="* * * * *", lock="count_advertisements"),
    ),
    checks=PLAN_PROOFS,
    home=(OwedTodo, PlansTodo),
    views=(PlanView, StorePage, SubscriptionView, ChargeView, DepositView, FineView, SlotView, BookingView, ProfitPage),
    leads={Charge: (bought_with,)},
    related={
        "parties.merchants": tuple(Related(view, "merchant_id") for view in (ChargeView, SubscriptionView, DepositView, FineView, BookingView)),
    },
    words={
        "plan_subscription.ending": _l("套餐快到期"),
        "plan.proposed": _l("提出套餐"), "plan.reworded": _l("改套餐的话"), "plan_charge.made": _l("要缴费用"), "plan_subscription.ordered": _l("下单"),
        "plan_deposit.demanded": _l("要求缴保证金"), "plan_fine.proposed": _l("提出扣罚"), "plan_slot.added": _l("加广告位"),
        "plan_slot.changed": _l("改广告位"),
        "plan_booking.ordered": _l("订广告位"), "plan_booking.creative_changed": _l("改素材"),
    },
    fields={
        "plan_charge.amount": Column("amount", _l("金额"), kind="money"), "plan_subscription.price": Column("price", _l("价格"), kind="money"),
        "plan_deposit.required": Column("required", _l("应缴"), kind="money"), "plan_fine.amount": Column("amount", _l("金额"), kind="money"),
        "plan_booking.price": Column("price", _l("价格"), kind="money"), "plan_booking.title": Column("title", _l("标题")),
        "plan_booking.link": Column("link", _l("点开去哪里")), "plan_slot.capacity": Column("capacity", _l("每天几个")),
        "plan_plan.title": Column("title", _l("名称")), "plan_plan.description": Column("description", _l("说明")),
    },
    grants=(
        Grant("Finance", "plans.plans", ("*",)),
        Grant("Operator", "plans.plans", (*READ, "add", "edit", "end")),
        *(Grant(role, "plans.subscriptions", (*READ, "leave")) for role in ("Operator",)),
        Grant("Finance", "plans.subscriptions", (*READ, "give_back", "keep")),
        *(Grant(role, "plans.charges", READ) for role in ("Operator", "Finance")),
        *(Grant(role, "plans.deposits", READ) for role in ("Operator", "Finance")),
        Grant("Operator", "plans.fines", (*READ, "add", "uphold", "lift")),
        Grant("Finance", "plans.fines", (*READ, "add", "impose", "drop", "uphold", "lift")),
        Grant("Operator", "plans.slots", ("list", "show", "export", "add", "edit")),
        Grant("Operator", "plans.bookings", (*READ, "take_down")),
        *(Grant(role, "plans.bookings", ("list", "show")) for role in ("Reviewer", "Finance")),
        Grant("Finance", "plans.profit", ("*",)),
        Grant("Owner", "plans.store", ("*",)),
        Grant("Owner", "plans.subscriptions", (*READ, "renew", "cancel", "leave")),
        Grant("Owner", "plans.charges", (*READ, "code", "pay_from_balance")),
        Grant("Owner", "plans.deposits", ("list", "show", "pay", "leave", "stay")),
        Grant("Owner", "plans.fines", ("list", "show", "appeal")),
        Grant("Owner", "plans.bookings", (*READ, "add", "edit", "hand_in", "cancel")),
    ),
    menu=(
        MenuItem("plans.store", "StorePage.index", _l("开通套餐"), "star", GROUP, 300),
        MenuItem("plans.plans", "PlanView.list", _l("套餐"), "star", GROUP, 302, badge=waiting_plans),
        MenuItem("plans.subscriptions", "SubscriptionView.list", _l("订阅"), "list", GROUP, 304, badge=waiting_subscriptions),
        MenuItem("plans.charges", "ChargeView.list", _l("平台费用"), "wallet", GROUP, 306, badge=waiting_charges),
        MenuItem("plans.deposits", "DepositView.list", _l("保证金"), "shield", GROUP, 308),
        MenuItem("plans.fines", "FineView.list", _l("保证金扣罚"), "alert", GROUP, 310, badge=waiting_fines),
        MenuItem("plans.slots", "SlotView.list", _l("广告位"), "image", GROUP, 312),
        MenuItem("plans.bookings", "BookingView.list", _l("广告投放"), "image", GROUP, 314),
        MenuItem("plans.profit", "ProfitPage.index", _l("行业利润"), "chart", _l("数据"), 466),
    ),
)
