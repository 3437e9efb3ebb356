"""How people and files of settlement are shown: for members of a merchant, staff are the platform."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock
from app.extensions import db
from app.framework.database import elevated
from app.framework.identity import current_actor
from app.kernel.files.links import signed_link
from app.kernel.files.models import StoredFile
from app.kernel.parties.queries import person_named


def person(maker: str | None) -> Any:
    """The person behind `staff:7` or `member:3`, in words."""
    if maker and maker.startswith("staff:") and current_actor().merchant_id:
        return _l("平台")
    with elevated():
        return person_named(maker) if maker else None


def file_address(file_id: int | None) -> str | None:
    """A short-lived link to a stored file for this reader; None when there is none in its scope."""
    if file_id is None:
        return None
    file = db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).one_or_none()
    return signed_link(file, current_actor(), now=clock.now()) if file else None
