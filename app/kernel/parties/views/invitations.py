"""Invitations: the lists of those who invite, and the page of the one who is invited."""

from __future__ import annotations

from typing import Any

from flask import Response, request, session
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.clock import now
from app.core.errors import Refusal
from app.extensions import db, limiter
from app.framework.console.columns import Action, Column, Section, Tab
from app.framework.console.fields import errors_into
from app.framework.console.page import Page, expose, page_access
from app.framework.console.view import ConsoleView
from app.framework.database import elevated, get
from app.framework.sealing import seal, unseal
from app.kernel.parties.forms import NewPasswordForm
from app.kernel.parties.models import Invitation, Merchant
from app.kernel.parties.operations.invitations import Offer, accept, find_open, send_again
from app.kernel.parties.roles import ROLES
from app.kernel.parties.views.entering import enter

FRESH = "fresh_invitation"
ROLE_LABELS = {role.name: role.label for role in ROLES}


def show_once(offer: Offer) -> Invitation:
    """The link waits, sealed, in this browser's session for the next page of the invitation, which shows it and forgets it."""
    session[FRESH] = {"id": offer.invitation.id, "link": seal(offer.link, f"session:invitation:{offer.invitation.id}")}
    return offer.invitation


def _is_fresh(invitation: Invitation) -> bool:
    return bool(session.get(FRESH)) and session[FRESH]["id"] == invitation.id


def _fresh_link(invitation: Invitation) -> dict[str, Any]:
    return {"link": unseal(session.pop(FRESH)["link"], f"session:invitation:{invitation.id}")}


class InvitationList(ConsoleView):
    """What the lists of both sides share."""

    model = Invitation
    title = _l("邀请")
    singular = _l("邀请")
    measure = _l("个")
    icon = "people"
    empty_title = _l("还没有邀请过人")
    search_columns = ("username", "last_name", "first_name")
    search_hint = _l("姓名、账号")
    exports = False
    list_columns = (
        Column("label", _l("姓名"), link=True, value=lambda invitation: invitation.label),
        Column("username", _l("账号")),
        Column("roles", _l("角色"), value=lambda invitation: "、".join(str(ROLE_LABELS.get(name, name)) for name in invitation.roles)),
        Column("status", _l("状态"), kind="state"),
        Column("phone_masked", _l("手机")),
        Column("invited_by", _l("邀请人")),
        Column("expires_at", _l("链接有效到"), kind="when"),
    )
    facts = list_columns
    tabs = (Tab("open", _l("等待接受"), status="open"), Tab("accepted", _l("已接受"), status="accepted"), Tab("withdrawn", _l("已撤回"), status="withdrawn"))
    sections = (Section(_l("邀请链接"), "parties/link.html", context=_fresh_link, wide=True, when=_is_fresh),)
    words = {"send": _l("重发邀请")}

    @expose("/<int:pk>/send", methods=["POST"])
    @page_access("can_send")
    def send(self, pk: int) -> Response:
        """A fresh link; the one before is dead."""
        show_once(send_again(self.record(pk), actor=self.actor, now=now()))
        return self.done(_("新链接已生成，之前的链接失效了"), f"{self.endpoint}.show", pk=pk)


class MemberInvitationView(InvitationList):
    """Whom the merchant has invited."""

    name = "parties.member_invitations"
    route_base = "/members/invitations"
    record_actions = (Action(_l("重发"), "MemberInvitationView.send", "send", icon="refresh", post=True, when=lambda each: each.status == "open"),)


class StaffInvitationView(InvitationList):
    """Whom the platform has invited."""

    name = "parties.staff_invitations"
    route_base = "/staff/invitations"
    base = lambda model: model.merchant_id.is_(None)  # noqa: E731 - a criterion, as the list wants it
    record_actions = (Action(_l("重发"), "StaffInvitationView.send", "send", icon="refresh", post=True, when=lambda each: each.status == "open"),)


class InvitationPage(Page):
    """`/invitation/<token>`: who invites, to what, what the role may do; a password makes the account."""

    name = "parties.invitation"
    route_base = "/invitation"
    title = _l("接受邀请")

    @expose("/<token>", methods=["GET", "POST"])
    @limiter.limit("30 per minute")
    def index(self, token: str) -> Response:
        """The invitation, and the account it becomes."""
        form = NewPasswordForm()
        with elevated():
            invitation = find_open(token, now=now())
            if request.method == "GET" or not form.validate():
                return self._page(form, invitation, 200 if request.method == "GET" else 422)
            try:
                return enter(accept(token, form.password.data or "", address=request.remote_addr or "", now=now()))
            except Refusal as refusal:
                db.session.rollback()
                if refusal.field != "password":
                    raise
                errors_into(form, refusal)
                return self._page(form, find_open(token, now=now()), refusal.status)

    def _page(self, form: NewPasswordForm, invitation: Invitation, status: int) -> Response:
        merchant = get(Merchant, invitation.merchant_id) if invitation.merchant_id else None
        roles = [role for role in ROLES if role.name in invitation.roles]
        return self.render("parties/invitation.html", status, form=form, invitation=invitation, merchant=merchant, roles=roles)
