"""A customer's wallet at a merchant: what it holds, how to fill it, what it paid, and how to have back what is unspent."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.database import elevated, get
from app.framework.flow import WrongState, move
from app.framework.json_api import Api
from app.kernel.orders.models import Order
from app.kernel.orders.operations import drop_other_payment
from app.kernel.parties.models import Customer, Merchant
from app.kernel.payments.models.money import TOP_UP
from app.kernel.payments.operations.paying import ChannelAway, ChannelSaidNo, PayerUnknown, PaymentOver, open_payment, prepare_payment
from app.kernel.wallet import schemas
from app.kernel.wallet.models import WalletRefund
from app.kernel.wallet.operations.refunding import AlreadyAsked, NothingUnspent, ask_refund
from app.kernel.wallet.operations.wallets import NotByWallet, NotOffered, WalletShort, begin_top_up, pay_from_wallet
from app.kernel.wallet.queries import moves_of, offers_of, refunds_of, wallet_of_customer

api = Api("wallet", "/api/v1/wallet", _l("储值"))
KINDS = {"wallet_topped_up": "topped_up", "order_paid": "paid", "refunded_to_wallet": "refunded", "wallet_given_back": "given_back"}


@api.get("/<int:merchant_id>", summary=_l("我的储值"), who="customer", response=schemas.WalletOut, errors=(NotFound,))
def show_wallet(merchant_id: int, actor: Actor, now: datetime) -> schemas.WalletOut:
    """What is there, and what can be added."""
    with elevated():
        get(Merchant, merchant_id)
        wallet = wallet_of_customer(actor.id or 0, merchant_id)
        offers = [schemas.OfferOut(id=offer.id, amount=offer.amount, gift=offer.gift) for offer in offers_of(merchant_id)]
    return schemas.WalletOut(
        merchant_id=merchant_id, balance=wallet.principal + wallet.bonus, principal=wallet.principal, bonus=wallet.bonus, offers=offers,
    )


@api.get("/<int:merchant_id>/moves", summary=_l("储值明细"), who="customer", query=schemas.MoveQuery, response=schemas.MovePage)
def list_moves(merchant_id: int, query: schemas.MoveQuery, actor: Actor, now: datetime) -> schemas.MovePage:
    """Every change, newest first; they add up to what is there."""
    with elevated():
        rows = moves_of(actor.id or 0, merchant_id, after=query.after, most=query.limit + 1)
    more = rows[query.limit - 1].id if len(rows) > query.limit else None
    return schemas.MovePage(next=more, items=[
        schemas.MoveOut(id=row.id, kind=KINDS.get(row.kind, row.kind), number=row.key, at=row.at, principal=row.principal, bonus=row.bonus)
        for row in rows[: query.limit]
    ])


@api.post(
    "/top-ups", summary=_l("储值"), who="customer", request=schemas.TopUpIn, response=schemas.TopUpOut, status=201, idempotent=True,
    errors=(NotFound, NotOffered, PayerUnknown, ChannelAway, ChannelSaidNo, PaymentOver),
)
def top_up(body: schemas.TopUpIn, actor: Actor, now: datetime) -> schemas.TopUpOut:
    """Prepare a WeChat payment. The wallet is filled when the channel says that the money arrived."""
    openid = body.openid or get(Customer, actor.id).openid or ""
    with elevated():
        begun = begin_top_up(body.offer_id, customer_id=actor.id or 0, now=now)
        number, gift = begun.number, begun.gift
        payment = open_payment(
            TOP_UP, begun.id, begun.amount, description=f"{_l('储值')} {number}", trade=begun.trade, merchant_id=begun.merchant_id,
            customer_id=begun.customer_id, expires_at=begun.pay_by, actor=actor, now=now,
        )
        ready = prepare_payment(payment.id, openid, now=now)
    return schemas.TopUpOut(
        number=number, payment_number=ready.number, amount=ready.amount, gift=gift, parameters=ready.parameters, payer_page=ready.payer_page,
    )


@api.post(
    "/pay/<int:order_id>", summary=_l("用储值付款"), who="customer", response=schemas.PaidOut, idempotent=True,
    errors=(NotFound, WalletShort, NotByWallet, ChannelAway),
)
def pay_order(order_id: int, actor: Actor, now: datetime) -> schemas.PaidOut:
    """Pay what is due of an order out of the wallet at its merchant, principal and gift in proportion."""
    return _pay(order_id, None, now)


@api.post(
    "/pay/<int:order_id>/part", summary=_l("用储值付一部分"), who="customer", request=schemas.PartIn, response=schemas.PaidOut, idempotent=True,
    errors=(NotFound, WalletShort, NotByWallet, ChannelAway),
)
def pay_part_of_order(order_id: int, body: schemas.PartIn, actor: Actor, now: datetime) -> schemas.PaidOut:
    """Pay a part of what is due out of the wallet; the rest is paid another way before `pay_by`, or this part comes back."""
    return _pay(order_id, body.amount, now)


@api.post(
    "/refunds", summary=_l("申请退还储值余额"), who="customer", request=schemas.RefundIn, response=schemas.RefundOut, status=201, idempotent=True,
    errors=(NotFound, NothingUnspent, AlreadyAsked),
)
def ask_for_refund(body: schemas.RefundIn, actor: Actor, now: datetime) -> schemas.RefundOut:
    """All that was paid in and not spent goes back the way it came once the platform agreed; what was given on top lapses."""
    return _refund_out(ask_refund(merchant_id=body.merchant_id, customer_id=actor.id or 0, reason=body.reason.strip(), actor=actor, now=now))


@api.get("/refunds", summary=_l("我的储值退还"), who="customer", query=schemas.RefundQuery, response=schemas.RefundPage)
def list_refunds(query: schemas.RefundQuery, actor: Actor, now: datetime) -> schemas.RefundPage:
    """Newest first."""
    found = refunds_of(actor.id or 0, after=query.after, most=query.limit + 1)
    more = found[query.limit - 1].id if len(found) > query.limit else None
    return schemas.RefundPage(items=[_refund_out(each) for each in found[: query.limit]], next=more)


@api.post(
    "/refunds/<int:refund_id>/withdraw", summary=_l("撤回退还申请"), who="customer", response=schemas.RefundOut, idempotent=True,
    errors=(NotFound, WrongState),
)
def withdraw_refund(refund_id: int, actor: Actor, now: datetime) -> schemas.RefundOut:
    """The wallet stays as it is. Only while nobody has given it back."""
    refund = get(WalletRefund, refund_id)
    with elevated():
        return _refund_out(move(refund, "withdraw", actor=actor, now=now))


def _refund_out(refund: WalletRefund) -> schemas.RefundOut:
    return schemas.RefundOut(
        id=refund.id, number=refund.number, merchant_id=refund.merchant_id, amount=refund.amount, gift=refund.gift, status=refund.status,
        reason=refund.reason, answer=refund.answer, asked_at=refund.asked_at, refunded_at=refund.refunded_at,
    )


def _pay(order_id: int, amount: int | None, now: datetime) -> schemas.PaidOut:
    order = get(Order, order_id)
    with elevated():
        drop_other_payment(order.id, now=now)
        payment = pay_from_wallet(order.id, amount, now=now)
        return schemas.PaidOut(
            payment_number=payment.number, amount=payment.amount, principal=payment.principal, bonus=payment.amount - payment.principal,
            due=get(Order, order_id).due,
        )
