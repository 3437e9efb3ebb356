"""Kinds of notice, their words, and the people whom they reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import select

from app.extensions import db
from app.framework.notices import NoticeKind, Told
from app.kernel.notices.models import NoticeTemplate
from app.kernel.parties.models import Membership, StaffUser


@dataclass(frozen=True)
class Reader:
    """A person who is told: in which language, and the phone that a text message would go to."""

    user_id: int
    locale: str
    phone: str | None


def kinds() -> dict[str, NoticeKind]:
    """Name → kind, in the order of the manifests."""
    return {kind.name: kind for manifest in current_app.extensions["manifests"] for kind in manifest.notices}


def kinds_after(act: str) -> Sequence[NoticeKind]:
    """The kinds that follow an act."""
    index: dict[str, list[NoticeKind]] | None = current_app.extensions.get("notices_after")
    if index is None:
        index = current_app.extensions["notices_after"] = {}
        for kind in kinds().values():
            for each in kind.after:
                index.setdefault(each, []).append(kind)
    return index.get(act, ())


def template_of(kind: NoticeKind) -> NoticeTemplate:
    """The template as staff left it; as shipped when none is stored."""
    found = db.session.scalars(select(NoticeTemplate).where(NoticeTemplate.kind == kind.name)).one_or_none()
    plain = {"heading_zh": "", "text_zh": "", "heading_en": "", "text_en": "", "subscribe_id": "", "subscribe_fields": ""}
    return found or NoticeTemplate(kind=kind.name, active=True, texted=kind.texted, **plain)


def shipped(kind: NoticeKind, part: str) -> str:
    """The words of `heading_zh`, `text_en`, … that the kind was shipped with."""
    name, _dash, locale = part.partition("_")
    with force_locale(locale):
        return str(getattr(kind, name))


def worded(template: NoticeTemplate, kind: NoticeKind, part: str) -> str:
    """The words that count."""
    return getattr(template, part) or shipped(kind, part)


def readers(told: Told, *, but: int | None) -> list[Reader]:
    """Whom `told` means, by user id; without the person `but` where it means roles. Runs elevated."""
    columns = (StaffUser.id, StaffUser.locale, StaffUser.phone)
    if told.user_id is not None:
        statement = select(*columns).where(StaffUser.id == told.user_id)
    elif told.merchant_id is not None:
        place = (Membership.merchant_id == told.merchant_id, Membership.role.in_(told.roles), Membership.active)
        statement = select(*columns).join(Membership, Membership.user_id == StaffUser.id).where(*place)
    else:
        of_role = StaffUser.roles.any(StaffUser.roles.property.mapper.class_.name.in_(told.roles))
        statement = select(*columns).where(of_role)
    if told.user_id is None and but is not None:
        statement = statement.where(StaffUser.id != but)
    return [Reader(*row) for row in db.session.execute(statement.where(StaffUser.active).order_by(StaffUser.id))]
