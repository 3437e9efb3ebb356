"""How stored files are shown to their readers."""

from __future__ import annotations

from sqlalchemy import select

from app.core import clock
from app.extensions import db
from app.framework.identity import current_actor
from app.kernel.files.links import signed_link
from app.kernel.files.models import StoredFile


def file_address(file_id: int | None) -> str | None:
    """A short-lived link to a stored file for this reader; None when there is none in its scope."""
    if file_id is None:
        return None
    file = db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).one_or_none()
    return signed_link(file, current_actor(), now=clock.now()) if file else None
