"""A customer's way to pay an order by the channel, the same for every trade."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from pydantic import Field

from app.core.actors import Actor
from app.framework.database import elevated, get
from app.framework.json_api.endpoint import Answer, Body
from app.kernel.orders.models import Order
from app.kernel.orders.operations import NotPayable
from app.kernel.orders.parts import open_parts
from app.kernel.parties.models import Customer
from app.kernel.payments.operations.paying import ChannelAway, PayerUnknown, open_payment, prepare_payment

PAY_REFUSALS = (NotPayable, PayerUnknown, ChannelAway)


class PayIn(Body):
    """Who pays: the openid of the payer, or nothing for whoever signed in with WeChat."""

    openid: str = Field("", max_length=64)


class PayOut(Answer):
    """Hand `parameters` to `wx.requestPayment`. `payer_page` is set by the sandbox only: open it and press 支付."""

    payment_number: str
    amount: int
    parameters: dict[str, str]
    payer_page: str | None


def pay_by_channel(
    order: Order, openid: str, *, amount: int = 0, expires_at: datetime | None = None, held_by_us: bool = False, actor: Actor, now: datetime,
) -> PayOut:
    """A WeChat payment of what is due (or of `amount`) is prepared; the order moves on when the channel says that the money arrived. The caller has
    checked that the order may be paid. With `held_by_us` the platform's own number takes it. Refuses NotPayable for an order that is laid in parts,
    PayerUnknown, ChannelAway."""
    openid = openid or get(Customer, actor.id).openid or ""
    with elevated():
        if open_parts([order.id]):
            raise NotPayable
        payment = open_payment(
            "order", order.id, amount or order.due, description=f"{_l('订单')} {order.number}", trade=order.trade, merchant_id=order.merchant_id,
            customer_id=order.customer_id, expires_at=expires_at or order.pay_by, held_by_us=held_by_us, actor=actor, now=now,
        )
        ready = prepare_payment(payment.id, openid, now=now)
    return PayOut(payment_number=ready.number, amount=ready.amount, parameters=ready.parameters, payer_page=ready.payer_page)
