"""Cards of the home page: what the merchant owes, what of plans waits for the platform."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.money import yuan
from app.core.periods import business_day
from app.extensions import db
from app.framework.console.home import HomeCard, TodoItem
from app.kernel.plans.models import Booking, Subscription
from app.kernel.plans.queries import open_charges, waiting_fines, waiting_plans, waiting_subscriptions

SOON = timedelta(days=30)


class OwedTodo(HomeCard):
    """What the merchant owes the platform, creatives that were refused, and plans that end soon."""

    name = "plans.owed"
    roles = frozenset({"Owner"})
    kind = "todo"
    title = _l("平台费用")
    order = 12

    def load(self, actor: Actor, now: datetime) -> list[TodoItem]:
        """A line for each open charge, then for what ends and what was refused."""
        if actor.merchant_id is None:
            return []
        items = [
            TodoItem(1, owed.title, _l("待支付 %(amount)s", amount=yuan(owed.amount)), url_for("ChargeView.show", pk=owed.id), _l("去支付"))
            for owed in open_charges(actor.merchant_id)
        ]
        today = business_day(now)
        ending = select(func.count()).select_from(Subscription).where(
            Subscription.status == "active", Subscription.ends_on > today, Subscription.ends_on <= today + SOON,
            Subscription.id.not_in(select(Subscription.renews_id).where(Subscription.renews_id.is_not(None), Subscription.status.in_(("waiting", "active")))),
        )
        refused = select(func.count()).select_from(Booking).where(Booking.status == "rejected")
        for statement, words, note, address, action in (
            (ending, _l("套餐快到期"), _l("30 天内到期，还没续费"), url_for("SubscriptionView.list", view="active"), _l("去续费")),
            (refused, _l("广告素材未通过"), _l("改好再送审，到开始那天没审过就全退"), url_for("BookingView.list", view="review"), _l("去修改")),
        ):
            count = db.session.scalar(statement) or 0
            if count:
                items.append(TodoItem(count, words, note, address, action))
        return items


class PlansTodo(HomeCard):
    """What of plans waits for finance."""

    name = "plans.todo"
    roles = frozenset({"Finance", "Operator", "Admin"})
    kind = "todo"
    title = _l("套餐和保证金")
    order = 14

    def load(self, actor: Actor, now: datetime) -> list[TodoItem]:
        """A line for each kind of thing that waits."""
        lines = (
            (waiting_plans(actor), _l("套餐等批准"), _l("另一个人提的"), url_for("PlanView.list", view="draft"), _l("去批准")),
            (waiting_subscriptions(actor), _l("退订等批准"), _l("按剩下的天数退"), url_for("SubscriptionView.list", view="leaving"), _l("去批准")),
            (waiting_fines(actor), _l("扣罚和申诉"), _l("等批准或答复"), url_for("FineView.list"), _l("去处理")),
        )
        return [TodoItem(*line) for line in lines if line[0]]
