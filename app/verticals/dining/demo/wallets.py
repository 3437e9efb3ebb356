"""Who paid the first restaurant ahead: two offers in force, one that waits for finance, three customers."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core import clock
from app.core.actors import system
from app.framework.database import get, transaction
from app.framework.flow import move
from app.kernel.wallet.operations.wallets import propose_offer
from app.verticals.dining.demo.play import Town
from app.verticals.dining.demo.restaurant import owner_actor, staff_actor
from app.verticals.dining.models import Shop

OFFERS = ((10_000, 1_000, True), (30_000, 5_000, True), (50_000, 12_000, False))
TOP_UPS = ((0, 1), (1, 0), (0, 4))  # (offer, customer)


def pay_ahead(town: Town, shop_id: int, now: datetime) -> None:
    """The offers, and top-ups of the last two days. The gateway must be running."""
    begun = now - timedelta(days=3)
    with town.app.app_context(), transaction(system("demo")), clock.at(begun):
        merchant_id = get(Shop, shop_id).merchant_id
        keys = []
        for amount, gift, approved in OFFERS:
            offer = propose_offer(merchant_id=merchant_id, amount=amount, gift=gift, reason="老顾客常来", actor=owner_actor(merchant_id), now=begun)
            if approved:
                move(offer, "approve", actor=staff_actor("finance"), now=begun + timedelta(hours=2))
            keys.append(offer.id)
    for number, (offer_number, customer) in enumerate(TOP_UPS):
        town.top_up(keys[offer_number], customer, now - timedelta(days=2, hours=-7 * number))
