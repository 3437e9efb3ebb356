"""Signing in and out, and one's own account."""

from __future__ import annotations

import segno
from flask import Response, current_app, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, logout_user
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy import select

from app.core.clock import now
from app.core.errors import Refusal
from app.extensions import db, limiter
from app.framework.console.fields import errors_into
from app.framework.console.page import Page, expose
from app.framework.database import elevated, get
from app.kernel.parties.demo import SIGN_INS
from app.kernel.parties.forms import ChangePasswordForm, SecondFactorForm, SignInForm
from app.kernel.parties.models import ConsoleSession, StaffUser
from app.kernel.parties.operations.sign_in import (
    begin_enrolment,
    change_password,
    check_credentials,
    check_second_factor,
    current_code,
    end_sessions,
)
from app.kernel.parties.security import memberships_of
from app.kernel.parties.sessions import digest
from app.kernel.parties.viewing import leave
from app.kernel.parties.views.entering import enter, let_in

limited = limiter.limit("30 per minute", methods=["POST"])


class SignInView(Page):
    """Name and password, then six digits for those who need them."""

    name = "parties.sign_in"
    route_base = "/sign-in"
    title = _l("登录")

    @expose("/", methods=["GET", "POST"])
    @limited
    def index(self) -> Response:
        """The sign-in page; a failure says nothing of which half was wrong."""
        form = SignInForm()
        if request.method == "GET":
            return self._page(form)
        if not form.validate():
            return self._page(form, 422)
        try:
            with elevated():
                user = check_credentials(form.username.data.strip(), form.password.data, address=request.remote_addr or "", now=now())
                return enter(user)
        except Refusal as refusal:
            errors_into(form, refusal)
            return self._page(form, refusal.status)

    @expose("/code", methods=["GET", "POST"])
    @limited
    def second_factor(self) -> Response:
        """Six digits of the authenticator; the first time with the QR code to enrol."""
        form = SecondFactorForm()
        with elevated():
            user = db.session.get(StaffUser, session.get("pending_user") or 0)
            if user is None:
                return redirect(url_for("SignInView.index"))  # type: ignore[return-value]
            if request.method == "GET":
                return self._code_page(form, user)
            if not form.validate():
                return self._code_page(form, user, 422)
            try:
                check_second_factor(user, form.code.data or "", address=request.remote_addr or "", now=now())
            except Refusal as refusal:
                errors_into(form, refusal)
                return self._code_page(form, get(StaffUser, session["pending_user"]), refusal.status)
            return let_in(user)

    @expose("/out", methods=["POST"])
    def out(self) -> Response:
        """End this session, and with it a looking as somebody else."""
        leave()
        logout_user()
        session.clear()
        return redirect(url_for("SignInView.index"), 303)  # type: ignore[return-value]

    def _page(self, form: FlaskForm, status: int = 200) -> Response:
        demo = SIGN_INS if current_app.config["DEMO"] and _demo_is_there() else ()
        return self.render("parties/sign_in.html", status, form=form, demo=demo)

    def _code_page(self, form: FlaskForm, user: StaffUser, status: int = 200) -> Response:
        address = begin_enrolment(user)
        enrolled = user.totp_confirmed_at is not None
        picture = "" if enrolled else Markup(segno.make(address).svg_inline(scale=5, border=2, dark="#1b1e21", light="#ffffff"))  # noqa: S704
        demo_code = current_code(user, now()) if current_app.config["DEMO"] and user.username in {each.username for each in SIGN_INS} else ""
        return self.render(
            "parties/second_factor.html", status, form=form, picture=picture, enrolled=enrolled, demo_code=demo_code, page_title=_("两步验证")
        )


def _demo_is_there() -> bool:
    with elevated():
        return db.session.scalars(select(StaffUser.id).where(StaffUser.username == SIGN_INS[0].username)).first() is not None


class AccountView(Page):
    """One's own account: password, sessions, the merchant one acts for."""

    name = "parties.account"
    route_base = "/account"
    title = _l("我的账号")

    @expose("/", methods=["GET", "POST"])
    def index(self) -> Response:
        """Password and open sessions."""
        if not current_user.is_authenticated:
            return redirect(url_for("SignInView.index", next="/account/"))  # type: ignore[return-value]
        form, status, actor = ChangePasswordForm(), 200, self.actor  # known before the platform acts: it brings the scope of its own
        if request.method == "POST":
            status = 422
            if form.validate():
                try:
                    with elevated():
                        change_password(get(StaffUser, current_user.id), form.old.data, form.password.data, actor=actor, now=now())
                    return self.done(_("密码已改，其他设备都退出了，重新登录"), "SignInView.index")
                except Refusal as refusal:
                    errors_into(form, refusal)
                    status = refusal.status
        return self._page(form, status)

    @expose("/sessions/end", methods=["POST"])
    def end_others(self) -> Response:
        """Sign out everywhere else."""
        with elevated():
            end_sessions(current_user.id, but=digest(getattr(session, "token", "") or ""))
        return self.done(_("其他设备都已退出"), "AccountView.index")

    @expose("/act-for/<int:merchant_id>", methods=["POST"])
    def act_for(self, merchant_id: int) -> Response:
        """Work for another of one's merchants."""
        if merchant_id in {place.merchant_id for place in memberships_of(current_user.id)}:
            session["merchant_id"] = merchant_id
        return redirect(url_for("HomeView.index"), 303)  # type: ignore[return-value]

    def _page(self, form: FlaskForm, status: int) -> Response:
        with elevated():
            statement = select(ConsoleSession).where(ConsoleSession.user_id == current_user.id).order_by(ConsoleSession.seen_at.desc())
            sessions = list(db.session.scalars(statement))
            here = digest(getattr(session, "token", "") or "")
            return self.render("parties/account.html", status, form=form, sessions=sessions, here=here, places=memberships_of(current_user.id))
