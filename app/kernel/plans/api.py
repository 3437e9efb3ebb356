"""Plans for customers, and advertising for everybody's mini-program."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from pydantic import Field

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.console.links import trade_title
from app.framework.database import elevated, get
from app.framework.flow import WrongState, move
from app.framework.json_api import Api
from app.framework.json_api.endpoint import Answer, Body
from app.kernel.commission.queries import NoRule, price_of
from app.kernel.files.links import public_address
from app.kernel.parties.models import Customer
from app.kernel.payments.operations.paying import ChannelAway, PayerUnknown, prepare_payment
from app.kernel.plans.models import Subscription
from app.kernel.plans.models.subscriptions import SUBSCRIPTION_FLOW
from app.kernel.plans.operations.charging import ChargeOver, charge_of, open_charge_payment
from app.kernel.plans.operations.placements import note_opened, note_shown
from app.kernel.plans.operations.subscribing import NoPrice, NotOnSale, NotRenewable, renew, subscribe
from app.kernel.plans.owners import acting
from app.kernel.plans.presenting import grant_lines
from app.kernel.plans.queries import plans_on_sale, standing_today, subscriptions_of

api = Api("plans", "/api/v1", _l("套餐和广告"))
LARGEST = 2**53


class PlanQuery(Body):
    """Of which trade; all without."""

    trade: str = Field("", max_length=20, pattern=r"^[a-z]*$")


class PlanOut(Answer):
    """A plan that can be bought. `price` is in fen for each `period` (day, week, month, year, once)."""

    id: int
    trade: str
    trade_title: str
    title: str
    description: str
    price: int
    period: str
    grants: list[str]


class PlanList(Answer):
    """What can be bought."""

    items: list[PlanOut]


class SubscriptionIn(Body):
    """Which plan."""

    plan_id: int = Field(ge=1, le=LARGEST)


class SubscriptionOut(Answer):
    """A plan that the customer bought. `refundable` is what would go back today, in fen; `pay_by` while it waits to be paid."""

    id: int
    number: str
    title: str
    status: str
    status_words: str
    price: int
    starts_on: date
    ends_on: date | None
    pay_by: datetime | None
    refundable: int
    given_back: int
    moves: list[str]


class SubscriptionList(Answer):
    """The customer's plans, newest first."""

    items: list[SubscriptionOut]


class PayerIn(Body):
    """Who pays: the openid of the payer, or nothing for whoever signed in with WeChat."""

    openid: str = Field("", max_length=64)


class PaymentOut(Answer):
    """Hand `parameters` to `wx.requestPayment`. `payer_page` is set by the sandbox only."""

    payment_number: str
    amount: int
    parameters: dict[str, str]
    payer_page: str | None


class ReasonIn(Body):
    """Why."""

    reason: str = Field(min_length=1, max_length=200)


class PlacementQuery(Body):
    """Which page of which trade, and where the reader is."""

    page: str = Field(min_length=1, max_length=40)
    trade: str = Field(min_length=1, max_length=20)
    region: str = Field("", max_length=40)


class PlacementOut(Answer):
    """An advertisement of today. Tell `POST /placements/<id>/open` when it is opened."""

    id: int
    title: str
    image: str | None
    link: str


class PlacementList(Answer):
    """What stands on the page today, first to last."""

    items: list[PlacementOut]


class OpenedOut(Answer):
    """Where it leads."""

    link: str


@api.get("/plans", summary=_l("能买的套餐"), who="public", query=PlanQuery, response=PlanList)
def list_plans(query: PlanQuery, actor: Actor, now: datetime) -> PlanList:
    """Plans for customers, with today's price."""
    items = []
    with elevated():
        for plan in plans_on_sale("customer", (query.trade,) if query.trade else ()):
            try:
                price = price_of(plan.trade, plan.kind, 0, now)
            except NoRule:
                continue
            items.append(PlanOut(
                id=plan.id, trade=plan.trade, trade_title=trade_title(plan.trade), title=plan.title, description=plan.description, price=price.fen,
                period=price.period, grants=[f"{label} {words}" for label, words in grant_lines(plan)],
            ))
    return PlanList(items=items)


@api.get("/subscriptions", summary=_l("我的套餐"), who="customer", response=SubscriptionList)
def list_subscriptions(actor: Actor, now: datetime) -> SubscriptionList:
    """Newest first, at most fifty."""
    return SubscriptionList(items=[_out(each) for each in subscriptions_of(acting(actor))])


@api.post(
    "/subscriptions", summary=_l("买套餐"), who="customer", request=SubscriptionIn, response=SubscriptionOut, status=201, idempotent=True,
    errors=(NotFound, NotOnSale, NoPrice, NoRule),
)
def order_subscription(body: SubscriptionIn, actor: Actor, now: datetime) -> SubscriptionOut:
    """Order a plan at today's price; it begins when it is paid."""
    return _out(subscribe(body.plan_id, acting(actor), actor=actor, now=now))


@api.get("/subscriptions/<int:subscription_id>", summary=_l("套餐详情"), who="customer", response=SubscriptionOut)
def show_subscription(subscription_id: int, actor: Actor, now: datetime) -> SubscriptionOut:
    """The subscription as it stands, with what would go back today."""
    return _out(get(Subscription, subscription_id))


@api.post(
    "/subscriptions/<int:subscription_id>/pay", summary=_l("付套餐"), who="customer", request=PayerIn, response=PaymentOut, idempotent=True,
    errors=(ChargeOver, PayerUnknown, ChannelAway),
)
def pay_subscription(subscription_id: int, body: PayerIn, actor: Actor, now: datetime) -> PaymentOut:
    """Prepare a WeChat payment. The plan begins when the channel says that the money arrived."""
    bought = get(Subscription, subscription_id)
    openid = body.openid or get(Customer, actor.id).openid or ""
    with elevated():
        owed = charge_of("subscription", bought.id)
        if owed is None:
            raise ChargeOver
        ready = prepare_payment(open_charge_payment(owed, actor=actor, now=now).id, openid, now=now)
    return PaymentOut(payment_number=ready.number, amount=ready.amount, parameters=ready.parameters, payer_page=ready.payer_page)


@api.post(
    "/subscriptions/<int:subscription_id>/renew", summary=_l("续费"), who="customer", response=SubscriptionOut, status=201, idempotent=True,
    errors=(NotRenewable, NotOnSale, NoPrice, NoRule),
)
def renew_subscription(subscription_id: int, actor: Actor, now: datetime) -> SubscriptionOut:
    """The same plan once more, from the end of this one on; pay the new subscription."""
    return _out(renew(get(Subscription, subscription_id), actor=actor, now=now))


@api.post(
    "/subscriptions/<int:subscription_id>/cancel", summary=_l("取消没付的套餐"), who="customer", response=SubscriptionOut, idempotent=True, errors=(WrongState,)
)
def cancel_subscription(subscription_id: int, actor: Actor, now: datetime) -> SubscriptionOut:
    """Before it is paid."""
    found = get(Subscription, subscription_id)
    with elevated():
        return _out(move(found, "cancel", actor=actor, now=now))


@api.post(
    "/subscriptions/<int:subscription_id>/leave", summary=_l("申请退订"), who="customer", request=ReasonIn, response=SubscriptionOut, idempotent=True,
    errors=(WrongState,),
)
def leave_subscription(subscription_id: int, body: ReasonIn, actor: Actor, now: datetime) -> SubscriptionOut:
    """Ask for the days that are left back; the platform approves it."""
    found = get(Subscription, subscription_id)
    with elevated():
        return _out(move(found, "leave", actor=actor, now=now, reason=body.reason))


@api.get("/placements", summary=_l("页面上的广告"), who="public", query=PlacementQuery, response=PlacementList)
def list_placements(query: PlacementQuery, actor: Actor, now: datetime) -> PlacementList:
    """Approved advertisements of today for the page; each answer counts as one view of each."""
    found = standing_today(query.page, query.trade, query.region, now)
    if found:
        note_shown([each.id for each in found], now=now)
    return PlacementList(items=[PlacementOut(id=each.id, title=each.title, image=public_address(each.image), link=each.link) for each in found])


@api.post("/placements/<int:booking_id>/open", summary=_l("点开广告"), who="public", response=OpenedOut, errors=(NotFound,))
def open_placement(booking_id: int, actor: Actor, now: datetime) -> OpenedOut:
    """Counts one opening; answers where it leads."""
    return OpenedOut(link=note_opened(booking_id, now=now))


def _out(bought: Subscription) -> SubscriptionOut:
    with elevated():
        owed = charge_of("subscription", bought.id)
        return SubscriptionOut(
            id=bought.id, number=bought.number, title=bought.plan.title, status=bought.status,
            status_words=str(SUBSCRIPTION_FLOW.state(bought.status).label), price=bought.price, starts_on=bought.starts_on, ends_on=bought.ends_on,
            pay_by=owed.pay_by if owed and owed.status == "waiting" else None, refundable=bought.refundable, given_back=bought.given_back,
            moves=[step.name for step in SUBSCRIPTION_FLOW.open_moves(bought, {"customer"}) if step.api],
        )
