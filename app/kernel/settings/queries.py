"""Reads of settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from app.core.actors import Actor
from app.extensions import db
from app.framework.opening import at_opening, read_at_opening
from app.kernel.settings.models import SettingVersion

read_at_opening("settings", "(SELECT jsonb_object_agg(name, value) FROM setting_version WHERE status = 'approved')")

COUNTING = select(SettingVersion.__table__.c.name, SettingVersion.__table__.c.value).where(SettingVersion.__table__.c.status == "approved")


def changed_values() -> Mapping[str, Any]:
    """Name → value of every setting that was changed; one query at the most, which flushes nothing."""
    found = at_opening("settings")
    if found:
        return found[0] or {}
    return dict(db.session.connection().execute(COUNTING).tuples().all())


def counting_versions() -> dict[str, SettingVersion]:
    """Name → the version that counts."""
    return {version.name: version for version in db.session.scalars(select(SettingVersion).where(SettingVersion.status == "approved"))}


def waiting_versions() -> dict[str, SettingVersion]:
    """Name → the proposal that waits for a second person."""
    return {version.name: version for version in db.session.scalars(select(SettingVersion).where(SettingVersion.status == "draft"))}


def versions_of(name: str) -> list[SettingVersion]:
    """Every version of a setting, newest first."""
    return list(db.session.scalars(select(SettingVersion).where(SettingVersion.name == name).order_by(SettingVersion.number.desc())))


def waiting_count(_actor: Actor) -> int:
    """How many proposals wait for a second person, for the side bar."""
    return db.session.scalar(select(func.count()).select_from(SettingVersion).where(SettingVersion.status == "draft")) or 0
