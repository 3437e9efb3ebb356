"""How an offer is shown."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.kernel.parties.queries import merchant_named


def bearer_of(offer: Any) -> str:
    """The name of the merchant that bears it, or the platform."""
    return (merchant_named(offer.merchant_id) if offer.merchant_id else None) or str(_l("平台"))
