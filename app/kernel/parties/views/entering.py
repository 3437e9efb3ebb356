"""The last steps of signing in, whatever door one came through."""

from __future__ import annotations

from flask import Response, redirect, request, session, url_for
from flask_login import login_user

from app.core.clock import now
from app.framework.console.preferences import CHOICES, here_or_home
from app.kernel.audit.operations import append
from app.kernel.parties.models import StaffUser
from app.kernel.parties.operations.sign_in import begin_enrolment, needs_second_factor
from app.kernel.parties.security import console_actor


def enter(user: StaffUser) -> Response:
    """In, or on to the second factor for those who need it. Inside an elevated block."""
    if not needs_second_factor(user):
        return let_in(user)
    begin_enrolment(user)
    session["pending_user"] = user.id
    return redirect(url_for("SignInView.second_factor", next=request.args.get("next")), 303)  # type: ignore[return-value]


def let_in(user: StaffUser) -> Response:
    """A fresh session of the user, with the preferences of the page; on to where one wanted to go."""
    target = here_or_home(request.args.get("next"))
    kept = {name: session.get(name) or getattr(user, name, None) for name in CHOICES}
    session.clear()
    session.renew()  # type: ignore[attr-defined] # ours, behind Flask's proxy
    session.update({name: value for name, value in kept.items() if value})
    login_user(user)
    append("user.signed_in", user, actor=console_actor(), now=now())
    return redirect(target, 303)  # type: ignore[return-value]
