"""The first restaurant knows its customers: tags, groups, a message that went out and one that waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actors import system
from app.extensions import db
from app.framework.database import transaction
from app.framework.flow import move
from app.kernel.audience.models import Patron
from app.kernel.audience.operations import describe_patron, draft_broadcast, save_segment, send_some
from app.verticals.dining.demo.restaurant import owner_actor
from app.verticals.dining.models import Shop

TAGS = ("常客 不吃辣", "附近上班", "带孩子来", "爱喝粥")


def know_customers(app: Flask, shop_id: int, now: datetime) -> None:
    """Made two days ago; the demo's worker is not running yet, so the message is sent here."""
    moment = now - timedelta(days=2)
    with app.app_context(), transaction(system("demo")), clock.at(moment):
        merchant_id = db.session.get_one(Shop, shop_id).merchant_id
        owner = owner_actor(merchant_id)
        best = select(Patron).where(Patron.merchant_id == merchant_id).order_by(Patron.spent.desc(), Patron.id).limit(len(TAGS))
        for patron, tags in zip(list(db.session.scalars(best)), TAGS, strict=False):
            describe_patron(patron, tags=tags, note="", actor=owner, now=moment)
        regulars = save_segment(merchant_id=merchant_id, name="常客", least_orders=3, least_spent=0, actor=owner, now=moment)
        save_segment(merchant_id=merchant_id, name="两周没来的", least_orders=1, least_spent=0, silent_days=14, actor=owner, now=moment)
        sent = draft_broadcast(
            merchant_id=merchant_id, segment_id=regulars.id, title="新出了蟹粥", words="这周末买一份送一份小菜，常客才有。",
            page=f"pages/dining/shop?id={shop_id}", actor=owner, now=moment,
        )
        move(sent, "send", actor=owner, now=moment)
        while send_some(sent.id, now=moment):
            continue
        draft_broadcast(merchant_id=merchant_id, segment_id=regulars.id, title="周一休息", words="下周一店里休息一天，周二见。", actor=owner, now=moment)
