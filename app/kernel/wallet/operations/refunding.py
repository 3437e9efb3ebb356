"""Give back what a wallet holds unspent: the principal the way it came, newest top-up first; the gift lapses. Amounts in fen."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, text

from app.core.actors import Actor
from app.core.errors import Refusal
from app.core.identifiers import order_number
from app.extensions import db
from app.framework.database import elevated, get, lock, save
from app.framework.events import publish
from app.framework.flow import move
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, is_maker, maker_name
from app.kernel.ledger.accounts import merchant_available, wallet_bonus, wallet_principal
from app.kernel.ledger.operations import give_to_merchant, hold_balances, post
from app.kernel.ledger.postings.wallet import wallet_given_back
from app.kernel.parties.models import Customer, Merchant
from app.kernel.payments.models import Payment, Refund
from app.kernel.payments.operations.refunding import create_refund
from app.kernel.payments.queries import parts_underway
from app.kernel.wallet.models import TopUp, WalletRefund
from app.kernel.wallet.operations.wallets import FEE_KIND, SYSTEM
from app.kernel.wallet.queries import open_refund_of, top_ups_with_room
from app.kernel.wallet.rules import Back, Filled, backs_of, issuer_of


class NothingUnspent(Refusal):
    """The wallet holds nothing that was paid for."""

    code = "wallet.nothing_unspent"
    status = 409
    sentence = _l("这个储值账户没有可退的本金，赠送的不能退")


class AlreadyAsked(Refusal):
    """A request for this wallet waits for its answer."""

    code = "wallet.already_asked"
    status = 409
    sentence = _l("这个储值账户已有退还申请在处理，等它的结果")


class WalletChanged(Refusal):
    """The wallet was used after it was asked for."""

    code = "wallet.changed"
    status = 409
    sentence = _l("申请后余额变了：申请时本金 ¥%(asked)s、赠送 ¥%(gift)s，余额是本金 ¥%(principal)s、赠送 ¥%(bonus)s。先拒绝，再按余额重新申请")


class NotCovered(Refusal):
    """The payments of the top-ups have been given back otherwise."""

    code = "wallet.not_covered"
    status = 409
    sentence = _l("充值的支付单只剩 ¥%(room)s 可退，不够 ¥%(amount)s；先查这些支付单的退款")


class OwnWalletRefund(SamePerson):
    """Whoever asked for a large amount or let it go may not approve it."""

    code = "wallet.own_refund"
    sentence = _l("自己提的退还要由另一个人批准")


def ask_refund(*, merchant_id: int, customer_id: int, reason: str, actor: Actor, now: datetime) -> WalletRefund:
    """A request for all that the customer's wallet at the merchant holds unspent. Two at once make one. Refuses NothingUnspent, AlreadyAsked."""
    with elevated():
        get(Merchant, merchant_id)
        get(Customer, customer_id)
        principal, bonus = _held(merchant_id, customer_id)
        if open_refund_of(merchant_id, customer_id) is not None:
            raise AlreadyAsked
        if not principal:
            raise NothingUnspent
        sequence = db.session.execute(text("SELECT nextval('wallet_refund_number')")).scalar_one()
        refund = save(WalletRefund(
            number=order_number("V", sequence, now), merchant_id=merchant_id, customer_id=customer_id, amount=principal, gift=bonus, reason=reason,
            asked_by=maker_name(actor), asked_at=now,
        ))
        append("wallet_refund.asked", refund, actor=actor, now=now, reason=reason, changes={"amount": [None, principal], "gift": [None, bonus]})
        publish("happened", act="wallet_refund.asked", record=refund, reason=reason, actor=actor, now=now)
    return refund


def grant(refund: WalletRefund, *, actor: Actor, now: datetime) -> None:
    """Effect of `grant`: one person is enough. Refuses WalletChanged, NotCovered."""
    refund.decided_by = maker_name(actor)
    _give_back(refund, actor=actor, now=now)


def propose(refund: WalletRefund, *, actor: Actor, now: datetime) -> None:
    """Effect of `propose`: a second person is to approve. Refuses already what the wallet does not hold."""
    refund.decided_by = maker_name(actor)
    _unchanged(refund)


def approve(refund: WalletRefund, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: the second person is noted and the money goes back. Refuses OwnWalletRefund, WalletChanged, NotCovered."""
    if is_maker(refund.decided_by, actor) or is_maker(refund.asked_by, actor):
        raise OwnWalletRefund
    refund.approved_by = maker_name(actor)
    _give_back(refund, actor=actor, now=now)


def note_answer(refund: WalletRefund, *, actor: Actor, now: datetime, reason: str) -> None:
    """Effect of refusing: the customer reads why."""
    refund.answer = reason


def finish_refund(*, refund: Refund, actor: Actor, now: datetime) -> None:
    """Handler of `refund_succeeded`: with the last part the customer has the money."""
    asked = db.session.scalars(select(WalletRefund).where(WalletRefund.number == refund.origin).with_for_update()).one_or_none()
    if asked is not None and asked.status == "refunding" and not parts_underway(asked.number):
        asked.refunded_at = now
        move(asked, "finish", actor=SYSTEM, now=now)


def _held(merchant_id: int, customer_id: int) -> tuple[int, int]:
    """(principal, gift) of the wallet, locked together with what the merchant has available."""
    accounts = wallet_principal(customer_id, issuer_of(merchant_id)), wallet_bonus(customer_id, issuer_of(merchant_id))
    held = hold_balances([*accounts, merchant_available(merchant_id)])
    return held[accounts[0]], held[accounts[1]]


def _unchanged(refund: WalletRefund) -> None:
    principal, bonus = _held(refund.merchant_id, refund.customer_id)
    if (principal, bonus) != (refund.amount, refund.gift):
        asked, gift, left, given = (f"{fen / 100:.2f}" for fen in (refund.amount, refund.gift, principal, bonus))
        raise WalletChanged(asked=asked, gift=gift, principal=left, bonus=given)


def _give_back(refund: WalletRefund, *, actor: Actor, now: datetime) -> None:
    """Promise it in the ledger, and send each part back through the payment that brought it."""
    with elevated():
        _unchanged(refund)
        top_ups = {each.id: each for each in top_ups_with_room(refund.merchant_id, refund.customer_id)}
        payments = {key: lock(Payment, each.payment_id or 0) for key, each in top_ups.items()}
        backs = backs_of(refund.amount, [_filled(each, payments[key]) for key, each in top_ups.items()])
        room = sum(back.amount for back in backs)
        if room < refund.amount:
            raise NotCovered(room=f"{room / 100:.2f}", amount=f"{refund.amount / 100:.2f}")
        refund.fee = sum(back.fee for back in backs)
        _post(refund, top_ups[backs[0].top_up_id].trade, now)
        for back in backs:
            _send(refund, back, top_ups[back.top_up_id], payments[back.top_up_id], actor, now)
        db.session.flush()


def _filled(top_up: TopUp, payment: Payment) -> Filled:
    return Filled(top_up.id, min(top_up.amount - top_up.given_back, payment.remaining), top_up.fee - top_up.fee_given_back)


def _post(refund: WalletRefund, trade: str, now: datetime) -> None:
    post(wallet_given_back(
        refund=refund.number, merchant_id=refund.merchant_id, trade=trade, customer_id=refund.customer_id, issuer=issuer_of(refund.merchant_id),
        principal=refund.amount, gift=refund.gift, fee=refund.fee, fee_kind=FEE_KIND,
        to_merchant=give_to_merchant(refund.merchant_id, refund.gift + refund.fee), maker=refund.decided_by or refund.asked_by, checker=refund.approved_by,
        at=now,
    ), now)


def _send(refund: WalletRefund, back: Back, top_up: TopUp, payment: Payment, actor: Actor, now: datetime) -> None:
    """What the channel no longer takes back waits to be paid by bank (`other_ways`)."""
    top_up.given_back += back.amount
    top_up.fee_given_back += back.fee
    create_refund(payment, amount=back.amount, reason=refund.reason, actor=actor, now=now, even_by_hand=True, origin=refund.number)
