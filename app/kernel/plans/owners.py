"""Who buys of the platform: a merchant or a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.errors import Forbidden
from app.kernel.ledger.accounts import available, refund_payable
from app.kernel.ledger.values import AccountRef


@dataclass(frozen=True)
class Owner:
    """`kind` is merchant or customer, `id` its key."""

    kind: str
    id: int

    @property
    def columns(self) -> dict[str, int | None]:
        """The owner as the two columns of a record."""
        return {"merchant_id": self.id if self.kind == "merchant" else None, "customer_id": self.id if self.kind == "customer" else None}

    @property
    def given_back_to(self) -> AccountRef:
        """Where money that goes back is owed: a merchant has it available, a customer gets it through the channel."""
        return available("merchant", self.id) if self.kind == "merchant" else refund_payable(self.id)

    def of(self, model: Any) -> Any:
        """The condition under which a row of `model` is this owner's."""
        return getattr(model, f"{self.kind}_id") == self.id


def owner_of(record: Any) -> Owner:
    """The owner written on a record."""
    return Owner("merchant", record.merchant_id) if record.merchant_id else Owner("customer", record.customer_id)


def acting(actor: Actor) -> Owner:
    """Who an actor buys for. Refuses Forbidden for somebody who is neither a member of a merchant nor a customer."""
    if actor.merchant_id is not None:
        return Owner("merchant", actor.merchant_id)
    if actor.kind == "customer" and actor.id:
        return Owner("customer", actor.id)
    raise Forbidden(right=str(_l("购买")))
