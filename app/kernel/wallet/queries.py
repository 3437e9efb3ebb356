"""Reads of wallets: offers, what a customer holds, and how it came to that. Amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select, text

from app.core.actors import Actor
from app.extensions import db
from app.kernel.ledger.accounts import wallet_bonus, wallet_principal
from app.kernel.ledger.queries import balances
from app.kernel.wallet.models import Offer, TopUp, WalletRefund
from app.kernel.wallet.rules import issuer_of

_MOVES = text(
    """
    SELECT fact.id, fact.kind, fact.key, fact.event_at AS at,
           COALESCE(sum(entry.amount) FILTER (WHERE account.book = 'wallet_principal'), 0)::bigint AS principal,
           COALESCE(sum(entry.amount) FILTER (WHERE account.book = 'wallet_bonus'), 0)::bigint AS bonus
    FROM ledger_account AS account
    JOIN ledger_entry AS entry ON entry.account_id = account.id
    JOIN ledger_transaction AS fact ON fact.id = entry.transaction_id
    WHERE account.owner_kind = 'customer' AND account.owner_id = :customer AND account.label = :issuer
      AND account.book IN ('wallet_principal', 'wallet_bonus') AND (CAST(:after AS bigint) IS NULL OR fact.id < CAST(:after AS bigint))
    GROUP BY fact.id ORDER BY fact.id DESC LIMIT :most
    """
)


@dataclass(frozen=True)
class Wallet:
    """What a customer has at one merchant: paid for, and given on top."""

    principal: int
    bonus: int


def offers_of(merchant_id: int) -> list[Offer]:
    """What customers may choose, smallest first."""
    return list(db.session.scalars(select(Offer).where(Offer.merchant_id == merchant_id, Offer.status == "approved").order_by(Offer.amount, Offer.id)))


def wallet_of_customer(customer_id: int, merchant_id: int) -> Wallet:
    """The live balances."""
    accounts = wallet_principal(customer_id, issuer_of(merchant_id)), wallet_bonus(customer_id, issuer_of(merchant_id))
    held = balances(accounts)
    return Wallet(held.get(accounts[0], 0), held.get(accounts[1], 0))


def moves_of(customer_id: int, merchant_id: int, *, after: int | None, most: int) -> Sequence[Row]:
    """What changed the wallet, newest first: id, kind, key, at, principal, bonus; before the transaction `after`."""
    return db.session.execute(_MOVES, {"customer": customer_id, "issuer": issuer_of(merchant_id), "after": after, "most": most}).all()


def top_ups_with_room(merchant_id: int, customer_id: int) -> list[TopUp]:
    """What the customer paid into the wallet and did not get back, newest first; locked."""
    own = TopUp.merchant_id == merchant_id, TopUp.customer_id == customer_id, TopUp.status == "paid", TopUp.given_back < TopUp.amount
    return list(db.session.scalars(select(TopUp).where(*own).order_by(TopUp.paid_at.desc(), TopUp.id.desc()).with_for_update()))


def open_refund_of(merchant_id: int, customer_id: int) -> WalletRefund | None:
    """The request for this wallet that waits for its answer."""
    own = WalletRefund.merchant_id == merchant_id, WalletRefund.customer_id == customer_id
    return db.session.scalars(select(WalletRefund).where(*own, WalletRefund.status.in_(("asked", "approving")))).one_or_none()


def refunds_of(customer_id: int, *, after: int | None, most: int) -> list[WalletRefund]:
    """What the customer asked back, newest first; before the request `after`."""
    own = select(WalletRefund).where(WalletRefund.customer_id == customer_id)
    older = own if after is None else own.where(WalletRefund.id < after)
    return list(db.session.scalars(older.order_by(WalletRefund.id.desc()).limit(most)))


def waiting_refunds(actor: Actor) -> int:
    """How many requests wait for finance; merchants count nothing."""
    if actor.merchant_id:
        return 0
    return len(db.session.scalars(select(WalletRefund.id).where(WalletRefund.status.in_(("asked", "approving"))).limit(99)).all())


def waiting_offers(actor: Actor) -> int:
    """How many offers wait for finance; merchants count nothing."""
    if actor.merchant_id:
        return 0
    return len(db.session.scalars(select(Offer.id).where(Offer.status == "draft").limit(99)).all())
