"""What the town says of its restaurants: good, bad, answered, one that waits for moderation."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import Actor, Scope, system
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.reviews.operations import write_review
from app.verticals.dining.demo.restaurant import owner_actor
from app.verticals.dining.models import DiningOrder

# Stars, words, the merchant's reply.
REVIEWS = (
    (5, "粥熬得很稠，虾新鲜，下次还来", "谢谢喜欢，周末有新出的蟹粥"), (4, "味道不错，就是打包盒有点漏", "已经换了加厚的盒子"), (5, "", ""),
    (2, "等了四十分钟，面都坨了", ""), (5, "老板实在，牛肉给得多", ""), (3, "咸了一点", "下次可以备注少盐"), (1, "送错了菜，打电话没人接", ""),
    (4, "环境干净，上菜快", ""), (5, "加微信返现好评", ""), (5, "孩子很爱吃", ""), (4, "米饭有点硬，其他都好", ""),
)


def review_meals(app: Flask, now: datetime) -> None:
    """Completed orders of the last weeks have reviews, every third of one dish."""
    with app.app_context(), transaction(system("demo")):
        done = select(DiningOrder.id).where(DiningOrder.completed_at > now - timedelta(days=25), DiningOrder.completed_at < now - timedelta(hours=4))
        keys = list(db.session.scalars(done.order_by(DiningOrder.id).limit(4 * len(REVIEWS))))[::4]
    for number, (key, (stars, words, reply)) in enumerate(zip(keys, REVIEWS, strict=False)):
        with app.app_context(), transaction(system("demo")):
            order = db.session.get_one(DiningOrder, key)
            moment = (order.completed_at or now) + timedelta(hours=2)
            customer = Actor("customer", order.customer_id, order.customer_name, frozenset({"customer"}), Scope("customer", order.customer_id))
            with clock.at(moment):
                subject = order.lines[0].subject_id or 0 if number % 3 == 0 else 0
                review = write_review(key, stars=stars, words=words, subject_id=subject, actor=customer, now=moment)
                if reply:
                    move(review, "reply", actor=owner_actor(order.merchant_id), now=moment + timedelta(hours=1), reply=reply)
