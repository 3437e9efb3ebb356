"""Everybody who signs in: roles, on and off, second factor, sessions; and the way to see the console as they do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.core.actors import Actor
from app.core.clock import now as clock_now
from app.core.errors import Refusal
from app.extensions import db
from app.framework.console.columns import Action, Column, Section, Tab
from app.framework.console.fields import errors_into
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.view import ConsoleView
from app.framework.database import get, lock
from app.framework.identity import current_actor
from app.kernel.parties.filters import RoleFilter
from app.kernel.parties.forms import ReasonForm, StaffChangeForm, StaffInviteForm, ViewAsForm
from app.kernel.parties.models import Invitation, Membership, StaffUser
from app.kernel.parties.operations.invitations import invite
from app.kernel.parties.operations.staff import change_staff, end_staff_sessions, reset_second_factor, sessions_of
from app.kernel.parties.operations.viewing import begin_viewing, may_be_viewed
from app.kernel.parties.roles import PLATFORM_ROLES
from app.kernel.parties.viewing import begin, leave
from app.kernel.parties.views.invitations import show_once

PLATFORM_WORDS = {role.name: role.label for role in PLATFORM_ROLES}


def _roles(user: StaffUser) -> str:
    """The platform's roles of an account in words; members have theirs at their merchant."""
    return "、".join(str(PLATFORM_WORDS.get(role.name, role.name)) for role in user.roles) or str(_l("商户成员"))


def _invite_staff(*, actor: Actor, now: datetime, **values: Any) -> Invitation:
    """An invitation to the platform."""
    return show_once(invite(None, actor=actor, now=now, **values))


def _change(user: StaffUser, *, active: bool, roles: list[str] | None = None, actor: Actor, now: datetime) -> StaffUser:
    return change_staff(user, roles=roles, active=active, actor=actor, now=now)


def _sessions(user: StaffUser) -> dict[str, Any]:
    return {"sessions": sessions_of(user.id), "end": url_for("StaffView.end_sessions", pk=user.id)}


class StaffView(ConsoleView):
    """Everybody who signs in to the console."""

    name = "parties.staff"
    route_base = "/staff"
    model = StaffUser
    title = _l("员工账号")
    singular = _l("账号")
    measure = _l("人")
    icon = "people"
    search_columns = ("username", "last_name", "first_name")
    search_hint = _l("姓名、账号")
    filters = (RoleFilter("roles", _l("角色"), choices=PLATFORM_WORDS),)
    tabs = (
        Tab("platform", _l("平台员工"), where=lambda model: model.roles.any()), Tab("members", _l("商户成员"), where=lambda model: ~model.roles.any()),
    )
    list_columns = (
        Column("username", _l("账号"), link=True),
        Column("label", _l("姓名"), value=lambda user: user.label),
        Column("roles", _l("角色"), value=_roles, export=False),
        Column("active", _l("可以登录"), kind="flag"),
        Column("totp_confirmed_at", _l("两步验证"), kind="when"),
    )
    facts = list_columns
    base = None
    form = StaffInviteForm
    form_template = "parties/person_form.html"
    add_label = _l("邀请员工")
    create_label = _l("邀请")
    cards = PLATFORM_ROLES
    create = staticmethod(_invite_staff)
    update = staticmethod(_change)
    words = {"impersonate": _l("以此人身份查看"), "reset": _l("重置两步验证")}
    actions = (Action(_l("邀请记录"), "StaffInvitationView.list", "add", icon="list"),)
    record_actions = (
        Action(
            _l("以此人身份查看"), "StaffView.view_as", "impersonate", icon="eye",
            when=lambda user: user.id != current_actor().id and may_be_viewed(user),
        ),
        Action(
            _l("重置两步验证"), "StaffView.reset", "reset", icon="lock",
            when=lambda user: user.totp_confirmed_at is not None and user.id != current_actor().id,
        ),
    )
    sections = (Section(_l("登录中的设备"), "parties/sessions.html", context=_sessions, when=lambda user: may(StaffView, "edit")),)

    def make_form(self, record: Any = None) -> Any:
        """Name and account stay in a change; a member's account has its role at the merchant."""
        if record is None:
            return StaffInviteForm()
        held = [role.name for role in record.roles]
        form = StaffChangeForm(data={"roles": held, "active": bool(record.active)})
        if not held:
            del form.roles
        return form

    def link_to(self, record: Any) -> str | None:
        """What `create` made is an invitation, with a page of its own."""
        return url_for("StaffInvitationView.show", pk=record.id) if isinstance(record, Invitation) else super().link_to(record)

    @expose("/<int:pk>/sessions/end", methods=["POST"])
    @page_access("can_edit")
    def end_sessions(self, pk: int) -> Response:
        """Sign the account out, in the browser that the form names or in all."""
        end_staff_sessions(self.record(pk), session_id=request.form.get("session", ""), actor=self.actor, now=clock_now())
        return self.done(_("登录已结束"), "StaffView.show", pk=pk)

    @expose("/<int:pk>/second-factor", methods=["GET", "POST"])
    @page_access("can_reset")
    def reset(self, pk: int) -> Response:
        """Take the second factor away, for a reason."""
        user, form = self.record(pk), ReasonForm()
        if request.method == "GET" or not form.validate():
            return self._question(form, user, _("重置两步验证"), _("%(name)s 的所有登录会立即结束，下次登录重新绑定验证器。", name=user.label))
        reset_second_factor(lock(StaffUser, pk), reason=form.reason.data or "", actor=self.actor, now=clock_now())
        return self.done(_("两步验证已重置，%(name)s 下次登录重新绑定", name=user.label), "StaffView.show", pk=pk)

    @expose("/<int:pk>/view-as", methods=["GET", "POST"])
    @page_access("can_impersonate")
    def view_as(self, pk: int) -> Response:
        """See what this account sees."""
        return self._view_as(self.record(pk), None)

    @expose("/members/<int:pk>/view-as", methods=["GET", "POST"])
    @page_access("can_impersonate")
    def view_as_member(self, pk: int) -> Response:
        """See what this member of a merchant sees."""
        member = get(Membership, pk)
        return self._view_as(get(StaffUser, member.user_id), member)

    def _view_as(self, target: StaffUser, member: Membership | None) -> Response:
        form, words = ViewAsForm(), _("以“%(name)s”的身份查看", name=target.label)
        if request.method == "GET" or not form.validate():
            return self._question(form, target, words, _("只能看，不能改也不能导出；开始、结束和被拒绝的操作都记入审计。"))
        try:
            begin(begin_viewing(
                get(StaffUser, current_user.id), target, member=member, minutes=form.minutes.data, reason=form.reason.data or "",
                actor=self.actor, now=clock_now(),
            ))
        except Refusal as refusal:
            db.session.rollback()
            errors_into(form, refusal)
            return self._question(form, target, words, "", refusal.status)
        return redirect(url_for("HomeView.index"), 303)  # type: ignore[return-value]

    def _question(self, form: Any, user: StaffUser, title: str, note: str, status: int = 200) -> Response:
        status = 422 if form.errors and status == 200 else status
        return self.render("parties/ask.html", status, form=form, user=user, page_title=title, note=note)


class ViewingPage(Page):
    """`POST /viewing/end`: back to one's own account."""

    name = "parties.viewing"
    route_base = "/viewing"
    title = _l("以他人身份查看")

    @expose("/end", methods=["POST"])
    def end(self) -> Response:
        """This browser is itself again; home, where the own account begins."""
        ended = leave()
        if ended:
            self.say(_("已回到你自己的账号"))
        return redirect(url_for("HomeView.index"), 303)  # type: ignore[return-value]
