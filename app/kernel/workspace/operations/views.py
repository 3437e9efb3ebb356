"""Saved views: keep, rename, share, open first, delete and take back; and the columns a person last chose."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.errors import NotFound, Refusal
from app.extensions import db
from app.framework.database import lock, save
from app.kernel.workspace.models import EVERYBODY, LAYOUT, PRIVATE, ROLE, SavedView
from app.kernel.workspace.rules import SHARERS, STARTERS, of_side, roles_of_side

KEPT_ARGUMENTS_AT_MOST = 2000


class NameMissing(Refusal):
    """A view without a name, or with one that is too long."""

    code = "workspace.view_name"
    status = 422
    sentence = _l("写一个名称，最多 40 个字")


class MayNotShare(Refusal):
    """The actor keeps views, but not for others, or not for that role."""

    code = "workspace.may_not_share"
    status = 403
    sentence = _l("只有管理员、运营、店主和店长能把视图分享给别人")


class TooLong(Refusal):
    """The list's address is longer than a view keeps."""

    code = "workspace.view_too_long"
    status = 422
    sentence = _l("这个列表的筛选太长，先去掉几个")


def changeable(view_user: int, shared: str, actor: Actor) -> bool:
    """True for one's own views, and for those who may share when a view is shared."""
    return view_user == actor.id or (shared in {ROLE, EVERYBODY} and bool(actor.roles & STARTERS))


def save_view(
    list_name: str, query: dict[str, str], *, name: str, share: str = PRIVATE, opens_first: bool = False, actor: Actor, now: datetime,
) -> SavedView:
    """A view of the list is kept. `share` is private, side, or the name of a role; `opens_first` replaces the role's present one.

    Raises NameMissing, MayNotShare, TooLong.
    """
    name = name.strip()
    if not 0 < len(name) <= 40:
        raise NameMissing(field="name")
    if sum(len(key) + len(value) for key, value in query.items()) > KEPT_ARGUMENTS_AT_MOST:
        raise TooLong
    shared, role = shared_with(share, actor)
    if opens_first and (shared != ROLE or not actor.roles & STARTERS):
        raise MayNotShare(field="opens_first")
    if opens_first:
        _close_first(list_name, role, actor)
    return save(SavedView(
        user_id=actor.id, merchant_id=actor.merchant_id, list_name=list_name, name=name, query=query, shared=shared, role=role,
        opens_first=opens_first, created_at=now,
    ))


def shared_with(share: str, actor: Actor) -> tuple[str, str]:
    """How a choice of readers (private, side, or the name of a role) is stored: who, and the role. Raises MayNotShare."""
    if share in {"", PRIVATE}:
        return PRIVATE, ""
    if not actor.roles & SHARERS or (share != EVERYBODY and share not in roles_of_side(actor)):
        raise MayNotShare(field="share")
    return (EVERYBODY, "") if share == EVERYBODY else (ROLE, share)


def _close_first(list_name: str, role: str, actor: Actor) -> None:
    """No view of that role opens first any more, so that another can."""
    db.session.execute(
        update(SavedView).where(of_side(SavedView, actor), SavedView.list_name == list_name, SavedView.role == role, SavedView.opens_first)
        .values(opens_first=False)
    )


def changeable_view(key: int, actor: Actor, *, deleted: bool = False) -> SavedView:
    """The view, locked, when the actor may change it. Raises NotFound for another side's, another's private, and absent ones."""
    view = lock(SavedView, key)
    mine = view.merchant_id == actor.merchant_id and changeable(view.user_id, view.shared, actor)
    if not mine or view.shared == LAYOUT or (view.deleted_at is not None) != deleted:
        raise NotFound
    return view


def rename_view(key: int, *, name: str, actor: Actor, now: datetime) -> SavedView:
    """The view has another name."""
    name = name.strip()
    if not 0 < len(name) <= 40:
        raise NameMissing(field="name")
    view = changeable_view(key, actor)
    view.name = name
    db.session.flush()
    return view


def set_first(key: int, opens_first: bool, *, actor: Actor, now: datetime) -> SavedView:
    """The view opens when its role opens the list without a query, or no longer does. Raises MayNotShare."""
    view = changeable_view(key, actor)
    if not actor.roles & STARTERS or view.shared != ROLE:
        raise MayNotShare
    if opens_first:
        _close_first(view.list_name, view.role, actor)
    db.session.refresh(view)
    view.opens_first = opens_first
    db.session.flush()
    return view


def delete_view(key: int, *, actor: Actor, now: datetime) -> SavedView:
    """The view is gone from the list; `restore_view` brings it back."""
    view = changeable_view(key, actor)
    view.deleted_at, view.opens_first = now, False
    db.session.flush()
    return view


def restore_view(key: int, *, actor: Actor, now: datetime) -> SavedView:
    """A deleted view is back."""
    view = changeable_view(key, actor, deleted=True)
    view.deleted_at = None
    db.session.flush()
    return view


def set_columns(list_name: str, columns: str, *, actor: Actor, now: datetime) -> None:
    """The list shows these columns to this person until other ones are chosen; empty brings back the list's own."""
    row = {
        "user_id": actor.id, "merchant_id": actor.merchant_id, "list_name": list_name, "name": "", "shared": LAYOUT, "role": "",
        "query": {"columns": columns} if columns else {}, "opens_first": False, "created_at": now, "updated_at": now, "version": 1,
    }
    statement = select(SavedView).where(
        SavedView.user_id == actor.id, of_side(SavedView, actor), SavedView.list_name == list_name, SavedView.shared == LAYOUT,
    )
    present = db.session.scalars(statement).one_or_none()
    if present is not None:
        present.query = row["query"]
        db.session.flush()
    else:
        db.session.execute(insert(SavedView).values(row).on_conflict_do_nothing())
