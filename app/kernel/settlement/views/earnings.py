"""我挣的: what a person earned by work, order by order, and how to have it; made for a phone. Finance's side of the same people."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.core import clock
from app.core.errors import NotFound, Refusal
from app.core.money import yuan
from app.framework.console.fields import errors_into, values_of
from app.framework.console.page import Page, expose, page_access
from app.framework.console.refused import take_back
from app.framework.database import elevated
from app.framework.settings import value_of
from app.kernel.parties.operations.sign_in import confirm_identity
from app.kernel.settlement.earnings import MOST_TASKS, PAGE, people, purse_of, spans_of, tasks_of, withdrawals_of
from app.kernel.settlement.models import Withdrawal
from app.kernel.settlement.operations.accounts import propose_account
from app.kernel.settlement.operations.withdrawals import ask_withdrawal, cancel_own, pay_out
from app.kernel.settlement.payees import Payee, earners, payee_of
from app.kernel.settlement.queries import account_in_force, account_proposed
from app.kernel.settlement.views.accounts import AccountForm
from app.kernel.settlement.views.withdrawals import WithdrawalForm


class EarningsPage(Page):
    """`/earnings`: a person's own money, at all merchants it works for."""

    name = "settlement.earnings"
    route_base = "/earnings"
    title = _l("我挣的")
    icon = "wallet"
    words = {"index": _l("查看我挣的"), "withdraw": _l("申请和取消提现"), "account": _l("登记收款账户")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """What was earned today, in this cycle, this month; what is held, to withdraw, on its way, paid; by order, of `?span=`."""
        own, spans = self._own(), spans_of(self._own(), self.actor.merchant_id, clock.now())
        span = request.args.get("span", "")
        span = span if span in {"today", "cycle", "month"} else "cycle" if spans.cycle not in {spans.today, spans.month} else "month"
        with elevated():
            account, proposed = account_in_force(own.kind, own.id), account_proposed(own.kind, own.id)
        return self.render(
            "settlement/earnings.html", purse=purse_of(own), spans=spans, span=span, tasks=tasks_of(own, getattr(spans, span), spans.today),
            most=MOST_TASKS, withdrawals=withdrawals_of(own), flow=Withdrawal.__flow__, account=account, proposed=proposed,  # type: ignore[attr-defined]
        )

    @expose("/withdraw", methods=["GET", "POST"])
    @page_access("can_withdraw")
    def withdraw(self) -> Response:
        """Ask for a part of what is available, with the password."""
        own, form = self._own(), WithdrawalForm()

        def ask(*, amount: int) -> str:
            with elevated():
                asked = ask_withdrawal(owner_kind=own.kind, owner_id=own.id, amount=amount, actor=self.actor, now=clock.now())
                return _("提现 %(number)s 已申请", number=asked.number)

        return self._form(form, ask, _("申请提现"), _(
            "现在最多能提 %(most)s，手续费 %(fee)s；超过 %(limit)s 要平台审核", most=yuan(purse_of(own).available),
            fee=yuan(value_of("settlement.withdrawal_fee")), limit=yuan(value_of("settlement.withdrawal_review_above")),
        ))

    @expose("/withdrawals/<int:pk>/cancel", methods=["POST"])
    @page_access("can_withdraw")
    def cancel(self, pk: int) -> Response:
        """The money is to withdraw again."""
        asked = cancel_own(pk, self._own(), actor=self.actor, now=clock.now())
        return self.done(_("提现 %(number)s 已取消", number=asked.number), "EarningsPage.index")

    @expose("/account", methods=["GET", "POST"])
    @page_access("can_account")
    def account(self) -> Response:
        """Say where to be paid, with the password; it counts once finance approved it."""
        own, form = self._own(), AccountForm()

        def propose(**values: Any) -> str:
            with elevated():
                propose_account(owner_kind=own.kind, owner_id=own.id, actor=self.actor, now=clock.now(), **values)
            return _("已提交，平台批准后付到这个账户")

        return self._form(form, propose, _("登记收款账户"), _("提交后等平台批准，批准前仍打到原来的账户"))

    def _form(self, form: FlaskForm, work: Any, title: str, note: str) -> Response:
        """The form; what it says is done once the person proved who it is."""
        status = 200
        if request.method == "POST":
            status = 422
            if form.validate():
                values = values_of(form)
                try:
                    confirm_identity(self.actor, values.pop("password"), now=clock.now())
                    return self.done(work(**values), "EarningsPage.index")
                except Refusal as refusal:
                    take_back(refusal)
                    errors_into(form, refusal)
                    status = refusal.status
        return self.render("settlement/earnings_form.html", status, form=form, page_title=title, note=note)

    def _own(self) -> Payee:
        """The person who looks. Raises NotFound for members who earn nothing of their own."""
        own = payee_of(self.actor)
        if own.kind not in earners():
            raise NotFound
        return own


class PeoplePage(Page):
    """`/settlement/people`: everybody who earns by work, what they have, where they are paid; finance pays them here."""

    name = "settlement.people"
    route_base = "/settlement/people"
    title = _l("个人收入")
    icon = "people"
    words = {"index": _l("查看个人收入"), "pay": _l("付给个人")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Those with the most to withdraw first, page by page (`?page=`)."""
        return self._page()

    @expose("/<kind>/<int:pk>/pay", methods=["POST"])
    @page_access("can_pay")
    def pay(self, kind: str, pk: int) -> Response:
        """All that the person has available goes into the next batch of payments, as a withdrawal."""
        if kind not in earners():
            raise NotFound
        try:
            asked = pay_out(Payee(kind, pk), actor=self.actor, now=clock.now())
        except Refusal as refusal:
            take_back(refusal)
            return self._page(refusal)
        return self.done(_("提现 %(number)s 等着进付款批次", number=asked.number), "PeoplePage.index")

    def _page(self, refusal: Refusal | None = None) -> Response:
        text = request.args.get("page", "")
        page = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
        found = people(page)
        return self.render(
            "settlement/people.html", refusal.status if refusal else 200, found=found[:PAGE], more=len(found) > PAGE, page=page, refusal=refusal,
        )
