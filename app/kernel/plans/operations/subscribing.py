"""Buy, renew, and give back a plan. Amounts in fen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text, update

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.core.periods import business_day
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.audit.operations import append
from app.kernel.commission.queries import price_of
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.plans.models import Entitled, Plan, Subscription
from app.kernel.plans.operations.charging import charge, charge_of, close_charge, pay_within
from app.kernel.plans.operations.deferring import give_back as give_back_days
from app.kernel.plans.owners import Owner, owner_of
from app.kernel.plans.queries import entitlements
from app.kernel.plans.rules import REMIND_BEFORE, ends_after, reminder_due

SYSTEM = system("plans")


class NotOnSale(Refusal):
    """The plan is not on sale, or not for this kind of buyer."""

    code = "plans.not_on_sale"
    status = 409
    sentence = _l("这个套餐现在不能买")


class NoPrice(Refusal):
    """The price list says that it costs nothing."""

    code = "plans.no_price"
    status = 409
    sentence = _l("这个套餐还没有定价，联系平台")


class NotRenewable(Refusal):
    """It has no end, is not in force, or was renewed already."""

    code = "plans.not_renewable"
    status = 409
    sentence = _l("这个套餐不用续费，或者已经续过了")


class AskedYourself(SamePerson):
    """Whoever asked for the money back may not let it go."""

    code = "plans.asked_yourself"
    sentence = _l("自己申请的退订要由另一个人批准")


def subscribe(plan_id: int, owner: Owner, *, actor: Actor, now: datetime, renews: Subscription | None = None) -> Subscription:
    """The plan is the owner's as soon as its charge is paid; unpaid it is cancelled when the time to pay is over.

    Priced by the price list of this moment. Refuses NotOnSale, NoPrice, NoRule.
    """
    with elevated():
        plan = get(Plan, plan_id)
        if plan.status != "approved" or plan.audience != owner.kind:
            raise NotOnSale
        price = price_of(plan.trade, plan.kind, owner.id if owner.kind == "merchant" else 0, now)
        if price.fen < 1:
            raise NoPrice
        starts_on = max(renews.ends_on, business_day(now)) if renews and renews.ends_on else business_day(now)
        sequence = db.session.execute(text("SELECT nextval('plan_number')")).scalar_one()
        bought = save(Subscription(
            number=order_number("M", sequence, now), plan_id=plan.id, **owner.columns, price=price.fen, period=price.period, starts_on=starts_on,
            ends_on=ends_after(starts_on, price.period), renews_id=renews.id if renews else None,
        ))
        append("plan_subscription.ordered", bought, actor=actor, now=now, changes={"price": [None, price.fen]})
        charge(
            owner=owner, purpose="subscription", subject_id=bought.id, trade=plan.trade, kind=plan.kind, title=plan.title, amount=price.fen, price=price,
            pay_by=pay_within(now), actor=actor, now=now,
        )
    return bought


def renew(bought: Subscription, *, actor: Actor, now: datetime) -> Subscription:
    """The same plan once more, from the end of this one on, at the price of this moment. Refuses NotRenewable and what buying refuses."""
    with elevated():
        bought = lock(Subscription, bought.id)
        following = select(Subscription.id).where(Subscription.renews_id == bought.id, Subscription.status.not_in(("cancelled", "refunded")))
        if bought.status not in ("active", "expired") or bought.ends_on is None or db.session.scalar(following):
            raise NotRenewable
        return subscribe(bought.plan_id, owner_of(bought), actor=actor, now=now, renews=bought)


# ---- effects of the subscription's moves -------------------------------------------------------------------------------

def begin(bought: Subscription, *, now: datetime, **_: Any) -> None:
    """Effect of `pay`: in force from today, or from the end of the one that it renews; its entitlements can be used."""
    today = business_day(now)
    if bought.starts_on < today:
        bought.starts_on, bought.ends_on = today, ends_after(today, bought.period)
    known = entitlements()
    for name, amount in bought.plan.grants.items():
        if name in known:
            save(Entitled(
                subscription_id=bought.id, **owner_of(bought).columns, kind=known[name].kind, name=name, amount=amount, starts_on=bought.starts_on,
                ends_on=bought.ends_on,
            ))


def forget_charge(bought: Subscription, *, now: datetime, **_: Any) -> None:
    """Effect of `cancel`: nobody owes it any more."""
    close_charge("subscription", bought.id, now=now)


def ask_back(bought: Subscription, *, actor: Actor, **_: Any) -> None:
    """Effect of `leave`: who asked; a second person lets it go."""
    bought.asked_by = maker_name(actor)


def give_back(bought: Subscription, *, actor: Actor, now: datetime, **_: Any) -> None:
    """Effect of `give_back`: the days after today go back, the entitlements end. Refuses AskedYourself."""
    if is_maker(bought.asked_by, actor):
        raise AskedYourself
    today = business_day(now)
    used = max((today - bought.starts_on).days + 1, 0)
    bought.given_back = give_back_days(
        charge_of("subscription", bought.id), used=used, reason=str(_l("退订")), maker=bought.asked_by or "", actor=actor, now=now,
    )
    db.session.execute(update(Entitled).where(Entitled.subscription_id == bought.id).values(ends_on=today))


# ---- the clock ---------------------------------------------------------------------------------------------------------

def expire_due(now: datetime, *, most: int) -> int:
    """Subscriptions whose last day is over end; how many."""
    over = select(Subscription).where(Subscription.status.in_(("active", "leaving")), Subscription.ends_on <= business_day(now))
    found = list(db.session.scalars(over.order_by(Subscription.id).limit(most)))
    for each in found:
        move(each, "expire", actor=SYSTEM, now=now)
    return len(found)


def remind_due(now: datetime) -> int:
    """Merchants are told 30, 7, and 1 days before the end of what they have not renewed; each step once, the nearest one after a pause. How many."""
    today, told = business_day(now), 0
    renewed = select(Subscription.renews_id).where(Subscription.renews_id.is_not(None), Subscription.status.in_(("active", "leaving")))
    ending = select(Subscription).where(
        Subscription.status == "active", Subscription.merchant_id.is_not(None), Subscription.ends_on > today, Subscription.id.not_in(renewed),
        Subscription.ends_on - today <= REMIND_BEFORE[0],
    )
    for each in list(db.session.scalars(ending.order_by(Subscription.id))):
        step = reminder_due((each.ends_on - today).days, each.reminded) if each.ends_on else None
        if step is not None:
            each.reminded = step
            publish("happened", act="plan_subscription.ending", record=each, reason="", actor=SYSTEM, now=now)
            told += 1
    db.session.flush()
    return told
