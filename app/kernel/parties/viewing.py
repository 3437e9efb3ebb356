"""A request under a looking: whose eyes it has, and the one place that refuses what would change or take something out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import current_app, flash, g, request, session
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.core.actors import Actor
from app.core.clock import now
from app.core.errors import Refusal
from app.extensions import db
from app.framework.database import elevated
from app.framework.viewing import Seen, make_read_only
from app.kernel.parties.models import Viewing
from app.kernel.parties.operations.viewing import end_viewing, expire_viewing, refuse_change
from app.kernel.parties.security import actor_of, console_actor, memberships_of

KEY = "viewing"
RIGHT = ("can_impersonate", "parties.staff")
READING = frozenset({"GET", "HEAD", "OPTIONS"})
WAYS_OUT = frozenset({"ViewingPage.end", "SignInView.out"})
TAKES_OUT = frozenset({"can_export", "can_download", "can_workbook"})
OWN_OR_SECRET = frozenset({"AccountView.index", "FilesPage.open"})


class OnlyLooking(Refusal):
    """Looking as somebody else changes nothing, takes nothing out, and opens no secrets."""

    code = "viewing.read_only"
    status = 403
    sentence = _l("正在以“%(whom)s”的身份查看，只能看")
    advice = _l("不能改，不能导出，不能打开证照原件和账号页，数据没有变。点“结束查看”回到自己的账号。")


class LookingIsOver(Refusal):
    """The time was up before the request came, so nothing was done in anybody's name."""

    code = "viewing.over"
    status = 403
    sentence = _l("以他人身份查看的时间到了")
    advice = _l("这次没有改任何东西，你现在是自己的账号。")


def seen() -> Seen | None:
    """The looking of this request, asked once; one whose time is up, or whose account or right is gone, ends here."""
    if "viewing" not in g:
        g.viewing = _find() if session.get(KEY) is not None else None
    return g.viewing  # type: ignore[no-any-return]


def _find() -> Seen | None:
    with elevated():
        kept = db.session.get(Viewing, int(session[KEY]))
        if kept is None or kept.ended_at is not None or not current_user.is_authenticated:
            session.pop(KEY)
            return None
        actor = actor_of(kept.target_id, kept.merchant_id)
        if actor is None or kept.ends_at <= now() or not _still_may(kept):
            expire_viewing(kept, address=request.remote_addr or "", now=now())
            db.session.commit()  # the end outlives whatever becomes of this request
            session.pop(KEY)
            g.viewing_is_over = True
            flash({"text": _("以“%(whom)s”的身份查看已结束，你现在是自己的账号", whom=kept.target_name)}, "toast")
            return None
        g.viewed_actor = replace(actor, address=request.remote_addr or "")
        g.viewed_place = next((place.name for place in memberships_of(kept.target_id) if place.merchant_id == kept.merchant_id), "")
        return Seen(kept.id, kept.staff_name, kept.target_name, kept.ends_at, "ViewingPage.end")


def _still_may(kept: Viewing) -> bool:
    """The person who began is the one signed in, and holds the right as of this moment; nobody looks as somebody who has become Admin."""
    rights = current_app.extensions["console"].rights
    target = actor_of(kept.target_id, None)
    return (
        current_user.id == kept.staff_id and rights.allow([role.name for role in current_user.roles], *RIGHT)
        and not (target and "Admin" in target.roles)
    )


def actor_of_request() -> Actor:
    """Whose rights and rows this request has: those of the person looked at, else of the one signed in."""
    if seen() is None:
        return console_actor()
    if g.viewed_place:
        g.merchant_name = g.viewed_place
    actor: Actor = g.viewed_actor
    return actor


def guard() -> None:
    """Refuse, before any view, what a looking may not do; note it in the audit. Raises OnlyLooking, LookingIsOver."""
    looking = seen()
    endpoint = request.endpoint or ""
    if g.get("viewing_is_over") and request.method not in READING and endpoint not in WAYS_OUT:
        raise LookingIsOver
    if looking is None or endpoint in WAYS_OUT:
        return
    make_read_only()
    takes_out = current_app.extensions["console"].permission_of(endpoint) in TAKES_OUT
    changes = request.method not in READING and endpoint != "PreferenceView.index"
    if changes or takes_out:
        _note(looking)
    if changes or takes_out or endpoint in OWN_OR_SECRET:
        raise OnlyLooking(whom=looking.whom)


def _note(looking: Seen) -> None:
    with elevated():
        kept = db.session.get_one(Viewing, looking.key)
        refuse_change(kept, f"{request.method} {request.path}", address=request.remote_addr or "", now=now())
        db.session.commit()  # the note outlives the refused request


def begin(viewing: Viewing) -> None:
    """From the next request on, this browser looks."""
    session[KEY] = viewing.id


def leave() -> Any:
    """This browser is itself again; the looking that ended, None when there was none. The request's edge commits."""
    looking = seen()
    if looking is None:
        return None
    with elevated():
        kept = db.session.get_one(Viewing, looking.key)
        end_viewing(kept, address=request.remote_addr or "", now=now())
        db.session.flush()
    session.pop(KEY, None)
    g.viewing = None
    return looking
