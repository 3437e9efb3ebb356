"""How a spending is cut: pure. Amounts in fen."""

from __future__ import annotations

from app.core.money import split_remaining


def issuer_of(merchant_id: int) -> str:
    """What the ledger calls the wallet of a merchant: its accounts' label."""
    return f"M{merchant_id}"


def principal_part(amount: int, principal: int, bonus: int) -> int:
    """Of `amount` spent, the part that the customer had paid for, by largest remainder: 33.33 of 100 + 10 is 30.30 and 3.03."""
    return int(split_remaining(amount, [principal, bonus])[0])
