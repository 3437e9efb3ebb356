"""Offer, fill, and spend a wallet. Amounts in fen."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from app.core.actors import Actor, system
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import get, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.audit.operations import append
from app.kernel.commission.queries import versions_at
from app.kernel.commission.rules import fee, rate_of
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.ledger.accounts import wallet_bonus, wallet_principal
from app.kernel.ledger.operations import hold_balances, post
from app.kernel.ledger.postings.wallet import wallet_topped_up
from app.kernel.orders.operations import lock_due, pay_part
from app.kernel.parties.models import Merchant
from app.kernel.payments.models import Payment
from app.kernel.payments.models.money import TOP_UP
from app.kernel.payments.operations.refunding import refund_unwanted
from app.kernel.wallet.models import Offer, TopUp
from app.kernel.wallet.rules import issuer_of, principal_part
from app.kernel.wallet.tender import WALLET

FEE_KIND = "stored_value_commission"
PAY_WITHIN = timedelta(minutes=15)
SYSTEM = system("wallet")


class OwnOffer(SamePerson):
    """Whoever proposed an offer may not approve it."""

    code = "wallet.own_offer"
    sentence = _l("自己提的储值方案要由另一个人批准")


class OfferRefused(Refusal):
    """An offer asks for money and gives no more on top than that."""

    code = "wallet.offer"
    status = 422
    sentence = _l("储值金额要大于零，赠送不能超过储值金额")


class NotOffered(Refusal):
    """The offer is not in force."""

    code = "wallet.not_offered"
    status = 409
    sentence = _l("这个储值方案已经停用，刷新后重选")


class WalletShort(Refusal):
    """The wallet holds less than the order costs."""

    code = "wallet.short"
    status = 409
    sentence = _l("储值余额不够：有 ¥%(has)s，要付 ¥%(due)s")


class NotByWallet(Refusal):
    """The order is not waiting to be paid, or another payment of it is under way."""

    code = "wallet.not_payable"
    status = 409
    sentence = _l("这一单现在不能用储值付：已付、已取消、已超时，或微信付款还没有结束")


def propose_offer(*, merchant_id: int, amount: int, gift: int, reason: str, actor: Actor, now: datetime) -> Offer:
    """A draft that customers see once finance approves it. Refuses OfferRefused."""
    if amount <= 0 or not 0 <= gift <= amount:
        raise OfferRefused(field="gift")
    offer = save(Offer(merchant_id=merchant_id, amount=amount, gift=gift, reason=reason, made_by=maker_name(actor)))
    append("wallet_offer.proposed", offer, actor=actor, now=now, reason=reason, changes={"amount": [None, amount], "gift": [None, gift]})
    publish("happened", act="wallet_offer.proposed", record=offer, reason=reason, actor=actor, now=now)
    return offer


def put_in_force(offer: Offer, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person. Refuses OwnOffer."""
    approve_as_second(offer, actor=actor, now=now, refusal=OwnOffer)


def begin_top_up(offer_id: int, *, customer_id: int, now: datetime) -> TopUp:
    """A top-up that waits for its payment. Refuses NotOffered. Runs elevated."""
    offer = get(Offer, offer_id)
    if offer.status != "approved":
        raise NotOffered(field="offer_id")
    merchant = get(Merchant, offer.merchant_id)
    sequence = db.session.execute(text("SELECT nextval('wallet_top_up_number')")).scalar_one()
    return save(TopUp(
        number=order_number("W", sequence, now), merchant_id=offer.merchant_id, customer_id=customer_id, offer_id=offer.id,
        trade=merchant.trades[0] if merchant.trades else "", amount=offer.amount, gift=offer.gift, pay_by=now + PAY_WITHIN,
    ))


def take_top_up(*, payment: Payment, actor: Actor, now: datetime) -> None:
    """Handler of `payment_succeeded`: the customer has the money and the gift; one payment too many goes back."""
    if payment.subject_type != TOP_UP:
        return
    top_up = lock(TopUp, payment.subject_id)
    if top_up.status != "waiting":
        refund_unwanted(payment, reason="top-up already paid", actor=actor, now=now)
        return
    version = versions_at(top_up.trade, top_up.merchant_id, now).get(FEE_KIND)
    top_up.fee = fee(top_up.amount, rate_of(version)) if version else 0
    top_up.paid_at, top_up.payment_id = payment.paid_at or now, payment.id
    move(top_up, "pay", actor=SYSTEM, now=now)
    post(wallet_topped_up(
        payment=payment.number, merchant_id=top_up.merchant_id, trade=top_up.trade, customer_id=top_up.customer_id, issuer=issuer_of(top_up.merchant_id),
        clearing=payment.clearing_account, amount=top_up.amount, gift=top_up.gift, fee=top_up.fee, fee_kind=FEE_KIND,
        rule_versions=[version.id] if version else [], paid_at=top_up.paid_at,
    ), now)


def pay_from_wallet(order_id: int, amount: int | None = None, *, part_id: int = 0, payer: int | None = None, now: datetime) -> Payment:
    """What is due of the order, or `amount` of it, is paid out of its customer's wallet at its merchant, principal and gift in proportion; the part
    `part_id` of an order that was laid in parts, out of the wallet of `payer`.

    Refuses WalletShort and NotByWallet. Forty at once spend no fen twice: the balances stay locked until the end. Runs elevated.
    """
    order = lock_due(order_id, part_id, now=now, refusal=NotByWallet)
    asked = order.due if amount is None else amount
    if not 0 < asked <= order.due:
        raise NotByWallet(field="amount")
    issuer = issuer_of(order.merchant_id)
    owner = payer or order.customer_id
    accounts = wallet_principal(owner, issuer), wallet_bonus(owner, issuer)
    held = hold_balances(accounts)
    principal, bonus = (held[account] for account in accounts)
    if principal + bonus < asked:
        raise WalletShort(has=f"{(principal + bonus) / 100:.2f}", due=f"{asked / 100:.2f}")
    cut = principal_part(asked, principal, bonus)
    return pay_part(order, asked, channel=WALLET, account_number=issuer, payer=owner, part_id=part_id, principal=cut, actor=SYSTEM, now=now)
