"""The newcomer's page: a firm and its owner begin without staff."""

from __future__ import annotations

from flask import Response, current_app, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Refusal
from app.core.identifiers import masked_phone
from app.extensions import db, limiter
from app.framework.console.fields import errors_into, values_of
from app.framework.console.page import Page, expose
from app.framework.database import elevated
from app.kernel.approvals.forms import JoinForm
from app.kernel.approvals.operations.applications import join
from app.kernel.approvals.reviewables import open_trades
from app.kernel.parties.channels.transport import is_loopback
from app.kernel.parties.operations.phone_codes import send_phone_code


class JoinPage(Page):
    """`/join`: public; a few newcomers an hour from one address."""

    name = "approvals.join"
    route_base = "/join"
    title = _l("申请开店")

    @expose("/", methods=["GET", "POST"])
    @limiter.limit("20 per hour", methods=["POST"])
    def index(self) -> Response:
        """A code to the phone, then person, account, name of the firm; then sign in and fill in the application."""
        form = JoinForm()
        form.trade.choices = [(each.name, each.title) for each in open_trades()]
        if request.method == "GET":
            return self._page(form)
        if "send" in request.form:
            return self._send(form)
        if not form.validate():
            return self._page(form, 422)
        try:
            join(**values_of(form), address=request.remote_addr or "", now=clock.now())
        except Refusal as refusal:
            db.session.rollback()
            errors_into(form, refusal)
            return self._page(form, refusal.status)
        return self.done(_("账号已建好，登录后填申请"), "SignInView.index", next=url_for("ApplicationPage.index"))

    def _send(self, form: JoinForm) -> Response:
        """Send the code; what was typed stays, except the password, which no page repeats."""
        phone = (form.phone.data or "").strip()
        try:
            with elevated():
                code = send_phone_code(phone, "join", address=request.remote_addr or "", now=clock.now())
        except Refusal as refusal:
            db.session.rollback()
            errors_into(form, refusal)
            return self._page(form, refusal.status)
        in_sandbox = current_app.config["DEMO"] and is_loopback(current_app.config["SMS_URL"])
        return self._page(form, sent_to=masked_phone(phone), shown=code if in_sandbox else "")

    def _page(self, form: JoinForm, status: int = 200, **more: str) -> Response:
        return self.render("approvals/join.html", status, form=form, **more)
