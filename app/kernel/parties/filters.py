"""Filters of console lists that look up parties."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.console.filters import PartyFilter
from app.kernel.parties.queries import merchant_named, merchants_called

MERCHANT_FILTER = PartyFilter("merchant_id", _l("商户"), options=merchants_called, named=merchant_named)
