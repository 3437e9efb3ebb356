"""Reads of wallets: offers, what a customer holds, and how it came to that. Amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select, text

from app.core.actors import Actor
from app.extensions import db
from app.kernel.ledger.accounts import wallet_bonus, wallet_principal
from app.kernel.ledger.queries import balances
from app.kernel.wallet.models import Offer
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


def waiting_offers(actor: Actor) -> int:
    """How many offers wait for finance; merchants count nothing."""
    if actor.merchant_id:
        return 0
    return len(db.session.scalars(select(Offer.id).where(Offer.status == "draft").limit(99)).all())


