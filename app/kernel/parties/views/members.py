"""Who works for a merchant: the list, roles as sentences, sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.core.clock import now as clock_now
from app.framework.console.columns import Action, Column, Section
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.page import expose, may, page_access
from app.framework.console.view import ConsoleView
from app.framework.database import elevated, get
from app.kernel.parties.forms import MemberChangeForm, MemberInviteForm
from app.kernel.parties.models import Invitation, Membership, Merchant, StaffUser
from app.kernel.parties.operations.invitations import invite
from app.kernel.parties.operations.merchants import change_member
from app.kernel.parties.operations.staff import end_member_sessions, sessions_of, works_here_only
from app.kernel.parties.operations.viewing import may_be_viewed
from app.kernel.parties.roles import MERCHANT_ROLES
from app.kernel.parties.views.invitations import show_once
from app.kernel.parties.views.staff import StaffView

ROLE_WORDS = {role.name: role.label for role in MERCHANT_ROLES}


def _invite_member(*, role: str, actor: Actor, now: datetime, **values: Any) -> Invitation:
    """An invitation to the actor's own merchant."""
    return show_once(invite(get(Merchant, actor.merchant_id), roles=[role], actor=actor, now=now, **values))


def _sees_sessions(member: Membership) -> bool:
    return may(MemberView, "edit") and works_here_only(member)


def _sessions(member: Membership) -> dict[str, Any]:
    return {"sessions": sessions_of(member.user_id), "end": url_for("MemberView.end_sessions", pk=member.id)}


def _may_be_viewed(member: Membership) -> bool:
    if not may(StaffView, "impersonate"):
        return False
    with elevated():
        return may_be_viewed(get(StaffUser, member.user_id), member)


class MemberView(ConsoleView):
    """Who works for the merchant, and as what."""

    name = "parties.members"
    route_base = "/members"
    model = Membership
    title = _l("成员")
    singular = _l("成员")
    measure = _l("人")
    icon = "people"
    list_columns = (
        Column("name", _l("姓名"), link=True),
        Column("username", _l("账号")),
        Column("role", _l("角色"), kind="choice", choices=ROLE_WORDS),
        Column("active", _l("可以登录"), kind="flag"),
        Column("created_at", _l("加入时间"), kind="when"),
    )
    facts = list_columns
    search_columns = ("name", "username")
    search_hint = _l("姓名、账号")
    filters = (ChoiceFilter("role", choices=ROLE_WORDS), DateFilter("created_at"))
    form = MemberInviteForm
    form_template = "parties/person_form.html"
    add_label = _l("邀请成员")
    create_label = _l("邀请")
    cards = MERCHANT_ROLES
    create = staticmethod(_invite_member)
    update = staticmethod(change_member)
    revisable = True
    exports = False
    actions = (Action(_l("邀请记录"), "MemberInvitationView.list", "add", icon="list"),)
    record_actions = (Action(_l("以此人身份查看"), "StaffView.view_as_member", "show", icon="eye", when=_may_be_viewed),)
    sections = (Section(_l("登录中的设备"), "parties/sessions.html", context=_sessions, when=_sees_sessions),)

    def make_form(self, record: Any = None) -> Any:
        """Another form for a change: name and account stay."""
        return MemberInviteForm() if record is None else MemberChangeForm(obj=record)

    def link_to(self, record: Any) -> str | None:
        """What `create` made is an invitation, with a page of its own."""
        return url_for("MemberInvitationView.show", pk=record.id) if isinstance(record, Invitation) else super().link_to(record)

    @expose("/<int:pk>/sessions/end", methods=["POST"])
    @page_access("can_edit")
    def end_sessions(self, pk: int) -> Response:
        """Sign the member out, in the browser that the form names or in all."""
        end_member_sessions(self.record(pk), session_id=request.form.get("session", ""), actor=self.actor, now=clock_now())
        return self.done(_("登录已结束"), "MemberView.show", pk=pk)
