"""What went wrong in the town: complaints at every stage, and callbacks that were not the channel's."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import Actor, Scope, system
from app.core.money import yuan
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.complaints.models import Complaint
from app.kernel.complaints.operations.opening import open_complaint
from app.kernel.parties.models import Customer
from app.kernel.payments.operations.anomalies import note_anomaly
from app.kernel.payments.operations.notices import note_forged
from app.verticals.dining.demo.restaurant import owner_actor, staff_actor
from app.verticals.dining.models import DiningOrder

# Why, in whose words, how far it came, and the merchant's answer.
COMPLAINTS = (
    ("missing", "点了两份，只给了一份", "open", ""),
    ("quality", "粥里有头发，拍了照片", "answered", "后厨都戴帽子，可能是外面落进去的，送您一张券"),
    ("late", "说好二十分钟，等了一个多小时", "arbitrating", "中午单多，已经尽快做了"),
    ("attitude", "取餐时店员说话很难听", "ruled", "店员已经道歉"),
    ("other", "味道和图片不一样", "dismissed", "图片仅供参考，菜是现做的"),
)


def complain(app: Flask, now: datetime) -> None:
    """The newest completed orders of the town have a complaint each, at different stages."""
    for number, (reason, words, stage, answer) in enumerate(COMPLAINTS):
        moment = now - timedelta(hours=5 * (len(COMPLAINTS) - number), minutes=17)
        with app.app_context(), transaction(system("demo")), clock.at(moment):
            complained = select(Complaint.order_id)
            order = db.session.scalars(
                select(DiningOrder).where(DiningOrder.completed_at < moment, DiningOrder.refunded == 0, DiningOrder.id.not_in(complained))
                .order_by(DiningOrder.id.desc()).limit(1)
            ).first()
            if order is None or not order.remaining:
                continue
            customer = Actor("customer", order.customer_id, order.customer_name, frozenset({"customer"}), Scope("customer", order.customer_id))
            complaint = open_complaint(order.id, reason=reason, words=words, wish=order.remaining // 2 + 1, actor=customer, now=moment)
            _go_on(complaint, stage, answer, customer, moment)


def _go_on(complaint: Complaint, stage: str, answer: str, customer: Actor, moment: datetime) -> None:
    if stage == "open":
        return
    owner, operator = owner_actor(complaint.merchant_id), staff_actor("operator")
    complaint = move(complaint, "answer", actor=owner, now=moment + timedelta(minutes=40), answer=answer)
    if stage == "answered":
        return
    complaint = move(complaint, "escalate", actor=customer, now=moment + timedelta(minutes=55))
    later = moment + timedelta(hours=2)
    if stage == "ruled":
        move(complaint, "rule", actor=operator, now=later, granted=complaint.wish, bearer="rule", ruling="两次提醒过这家店，退一半")
    elif stage == "dismissed":
        move(complaint, "dismiss", actor=operator, now=later, ruling="图片和菜品一致，口味不是退款理由")


def odd_callbacks(app: Flask, now: datetime) -> None:
    """Somebody posed as the channel, the network was slow once, and a payment came that nobody here opened."""
    with app.app_context(), transaction(system("demo")):
        for minutes in (200, 199, 198):
            note_forged({}, "203.0.113.77", now=now - timedelta(minutes=minutes))
        sent = now - timedelta(hours=9)
        note_forged({"Wechatpay-Timestamp": str(int(sent.timestamp()))}, "101.226.103.16", now=sent + timedelta(minutes=7))
        payer = db.session.scalars(select(Customer).order_by(Customer.id).limit(1)).one()
        note_anomaly(
            "unknown", "demo-unknown", done="not_booked", now=now - timedelta(hours=2), subject="P26112800009999", amount=3_600,
            detail=f"渠道有、我们没有的支付单：P26112800009999（{payer.name}，{yuan(3_600)}）",
        )
