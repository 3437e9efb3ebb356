"""Short ways to write the fees that many trades have: what they have in common stands once."""

from __future__ import annotations

from typing import Any

from app.framework.manifest import FeeDefault


def commission(label: Any, item: str, ppm: int, bracket: tuple[int, int], **more: Any) -> FeeDefault:
    """A share of each order, after the merchant's coupons."""
    return FeeDefault("commission", label, item, ppm=ppm, bracket=bracket, **more)


def share(kind: str, label: Any, item: str, ppm: int, about: Any, **more: Any) -> FeeDefault:
    """A share of an amount that the trade names: a surcharge, a margin, a month's rent."""
    return FeeDefault(kind, label, item, ppm=ppm, base="amount", about=about, **more)


def per_period(kind: str, label: Any, item: str, fen: int, period: str, **more: Any) -> FeeDefault:
    """A fixed price for a day, a week, a month, a year, or once."""
    words = {"income": "subscription", "tax_class": "service", **more}
    return FeeDefault(kind, label, item, fen=fen, method="per_period", base="amount", period=period, **words)


def entry(label: Any, item: str, fen: int, **more: Any) -> FeeDefault:
    """Paid once, to join."""
    return per_period("entry_fee", label, item, fen, "once", **{"income": "entry", **more})


def advertising(label: Any, item: str, fen: int, period: str = "week", kind: str = "placement") -> FeeDefault:
    """A slot for a time."""
    return per_period(kind, label, item, fen, period, income="advertising", tax_class="advertising")


def membership(label: Any, item: str, fen: int, kind: str = "membership", payer: str = "customer", period: str = "month") -> FeeDefault:
    """A membership by the month."""
    return per_period(kind, label, item, fen, period, payer=payer)


def deposit(label: Any, item: str, fen: int) -> FeeDefault:
    """Put down to join and given back when leaving: no income."""
    return per_period("deposit", label, item, fen, "once", payee="merchant", income="deposit", tax_class="none")


def per_unit(kind: str, label: Any, item: str, fen: int, about: Any, **more: Any) -> FeeDefault:
    """So much for each piece: a résumé, a code used, a person reached."""
    return FeeDefault(kind, label, item, fen=fen, method="per_unit", base="amount", about=about, **{"income": "service", "tax_class": "service", **more})
