"""What customers ask the first restaurant: one answered, one that waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import Actor, Scope, system
from app.extensions import db
from app.framework.database import get, transaction
from app.kernel.conversations.models import Conversation
from app.kernel.conversations.operations import say_as_customer, say_as_merchant
from app.verticals.dining.demo.restaurant import owner_actor
from app.verticals.dining.models import DiningOrder, Shop

TALKS = (
    ("请问明天中午能订六个人的包间吗？", "可以的，给您留兰花厅，十一点半前到就行"), ("上次的蟹粥还有吗？想再点两份", ""),
    ("发票怎么开？", "订单页点“申请发票”，第二天发到邮箱"),
)


def talk(app: Flask, shop_id: int, now: datetime) -> None:
    """Customers of the last weeks write, about the order that they made."""
    with app.app_context(), transaction(system("demo")):
        merchant_id = get(Shop, shop_id).merchant_id
        done = select(DiningOrder).where(DiningOrder.merchant_id == merchant_id, DiningOrder.completed_at.is_not(None))
        newest = {order.customer_id: order for order in db.session.scalars(done.order_by(DiningOrder.id).limit(60))}
        keys = [(order.id, order.customer_id, order.customer_name) for order in list(newest.values())[: len(TALKS)]]
    for number, ((order_id, customer_id, name), (question, answer)) in enumerate(zip(keys, TALKS, strict=False)):
        moment = now - timedelta(hours=2 + 5 * number)
        with app.app_context(), transaction(system("demo")), clock.at(moment):
            customer = Actor("customer", customer_id, name, frozenset({"customer"}), Scope("customer", customer_id))
            asked = say_as_customer(merchant_id, question, order_id=order_id, actor=customer, now=moment)
            if answer:
                later = moment + timedelta(minutes=6)
                say_as_merchant(get(Conversation, asked.conversation_id), answer, actor=owner_actor(merchant_id), now=later)
