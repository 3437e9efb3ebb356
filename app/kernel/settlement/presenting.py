"""How people of settlement are shown: for members of a merchant, staff are the platform."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.framework.database import elevated
from app.framework.identity import current_actor
from app.kernel.parties.queries import person_named


def person(maker: str | None) -> Any:
    """The person behind `staff:7` or `member:3`, in words."""
    if maker and maker.startswith("staff:") and current_actor().merchant_id:
        return _l("平台")
    with elevated():
        return person_named(maker) if maker else None
