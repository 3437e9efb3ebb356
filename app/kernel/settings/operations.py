"""Change a setting: at once, or where money moves as a proposal that a second person approves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text

from app.core.actors import Actor, system
from app.core.errors import Conflict, Invalid, NotFound, Refusal
from app.extensions import db
from app.framework.database import save
from app.framework.flow import move
from app.framework.settings import Setting, declared, forget_values, value_of
from app.kernel.audit.operations import append
from app.kernel.governance.operations import SamePerson, approve_as_second, maker_name
from app.kernel.settings.models import SettingVersion
from app.kernel.settings.rules import checked, written


class Unchanged(Refusal):
    """The setting has that value already."""

    code = "setting.unchanged"
    status = 422
    sentence = _l("现在就是 %(value)s，没有要改的")


class ProposalWaits(Refusal):
    """Another proposal for the setting waits for its second person."""

    code = "setting.waiting"
    status = 409
    sentence = _l("已有一个改动在等第二人批准，先批准或不批准它")


class OwnSetting(SamePerson):
    """Whoever proposed the value may not approve it."""

    code = "setting.same_person"
    sentence = _l("自己提的设置要由另一个人批准")


def setting_named(name: str) -> Setting:
    """The setting. Raises NotFound."""
    found = declared().get(name)
    if found is None:
        raise NotFound
    return found


def change_setting(name: str, value: Any, *, reason: str, seen: int | None = None, actor: Actor, now: datetime) -> SettingVersion:
    """The setting has this value from `now` on; one that moves money has it after a second person approved the proposal.

    `seen` is the number of the newest version that the person saw. Raises NotFound, Invalid without a reason, Unchanged,
    ProposalWaits, Conflict when somebody was faster, and what `checked` raises.
    """
    setting = setting_named(name)
    kept = checked(setting, value)
    if not 0 < len(reason.strip()) <= 200:
        raise Invalid(errors=[{"field": "reason", "code": "required", "message": str(_l("写明原因"))}])
    _lock(name)
    newest = latest_number(name)
    if seen is not None and seen != newest:
        raise Conflict
    if db.session.scalars(select(SettingVersion.id).where(SettingVersion.name == name, SettingVersion.status == "draft")).first():
        raise ProposalWaits
    forget_values()
    before = value_of(name)
    if kept == before:
        raise Unchanged(field="value", value=written(setting, before))
    version = save(SettingVersion(
        name=name, number=newest + 1, value=kept, money=setting.money, reason=reason.strip(), made_by=maker_name(actor), created_at=now, updated_at=now,
    ))
    changes = {"value": [written(setting, before), written(setting, kept)]}
    append("setting.proposed" if setting.money else "setting.changed", version, actor=actor, now=now, reason=version.reason, changes=changes)
    if not setting.money:
        move(version, "approve", actor=Actor(actor.kind, actor.id, actor.name, actor.roles | {"system"}, actor.scope, actor.address), now=now)
    return version


def latest_number(name: str) -> int:
    """The number of the newest version of a setting; 0 when it was never changed."""
    return db.session.scalar(select(func.coalesce(func.max(SettingVersion.number), 0)).where(SettingVersion.name == name)) or 0


def put_in_force(version: SettingVersion, *, actor: Actor, now: datetime) -> None:
    """Effect of `approve`: note the second person where one is due; the version that counted ends."""
    if version.money:
        approve_as_second(version, actor=actor, now=now, refusal=OwnSetting)
    else:
        version.approved_by, version.approved_at = maker_name(actor), now
    version.valid_from = now
    _lock(version.name)
    others = select(SettingVersion).where(SettingVersion.name == version.name, SettingVersion.status == "approved", SettingVersion.id != version.id)
    for other in db.session.scalars(others):
        move(other, "end", actor=system("settings"), now=now)
    forget_values()


def _lock(name: str) -> None:
    """One change of a setting at a time, also the first, when there is no row to lock."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"setting:{name}"})
