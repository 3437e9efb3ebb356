"""Withdrawals: a merchant takes a part of what it has available; finance looks at large ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import DataRequired, InputRequired

from app.core.actors import Actor
from app.core.errors import Forbidden
from app.core.money import yuan
from app.framework.console.columns import Column, Tab
from app.framework.console.fields import MoneyField
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter
from app.framework.console.view import ConsoleView
from app.framework.settings import value_of
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.operations.sign_in import confirm_identity
from app.kernel.settlement.models import Withdrawal
from app.kernel.settlement.operations.withdrawals import ask_withdrawal
from app.kernel.settlement.payees import payee_words
from app.kernel.settlement.presenting import person
from app.kernel.settlement.queries import account_in_force, promised_to, wallet_of
from app.kernel.settlement.views.accounts import PASSWORD


class WithdrawalForm(FlaskForm):
    """How much."""

    amount = MoneyField(_l("提现金额"), validators=[InputRequired(_l("填写金额"))])
    password = PasswordField(_l("登录密码"), validators=[DataRequired(PASSWORD)], description=PASSWORD)


def _ask(*, amount: int, password: str, actor: Actor, now: datetime) -> Withdrawal:
    if actor.merchant_id is None:
        raise Forbidden(right=str(_l("申请提现")))
    confirm_identity(actor, password, now=now)
    return ask_withdrawal(owner_kind="merchant", owner_id=actor.merchant_id, amount=amount, actor=actor, now=now)


class WithdrawalView(ConsoleView):
    """Withdrawals."""

    name = "settlement.withdrawals"
    route_base = "/withdrawals"
    model = Withdrawal
    title = _l("提现")
    subtitle = _l("钱从可提现里先扣住，下一个付款批次打出；没付成会退回可提现")
    singular = _l("提现")
    measure = _l("笔")
    icon = "wallet"
    add_label = _l("申请提现")
    create_label = _l("申请提现")
    search_columns = ("number",)
    search_hint = _l("提现号")
    list_columns = (
        Column("number", _l("提现号"), link=True),
        Column("payee", _l("收款方"), value=payee_words),
        Column("status", _l("状态"), kind="state"),
        Column("amount", _l("提现金额"), kind="money", sort=True, total=True, strong=True),
        Column("fee", _l("手续费"), kind="money", total=True, phone=False),
        Column("account.label", _l("打到"), phone=False, export=False),
        Column("asked_at", _l("申请时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), DateFilter("asked_at"), MoneyFilter("amount"), MERCHANT_FILTER)
    tabs = (
        Tab("asked", _l("待审核"), urgent=True, status="asked"),
        Tab("ready", _l("待付款"), status="ready"),
        Tab("submitted", _l("付款中"), status="submitted"),
        Tab("problem", _l("没付成和退汇"), urgent=True, status=("failed", "returned")),
        Tab("paid", _l("已到账"), status="paid"),
    )
    facts = (
        Column("amount", _l("提现金额"), kind="money", big=True),
        Column("arrives", _l("实际到账"), kind="money", big=True),
        Column("fee", _l("手续费"), kind="money"),
        Column("payee", _l("收款方"), value=payee_words),
        Column("account.label", _l("打到")),
        Column("asked_at", _l("申请时间"), kind="when"),
        Column("asked_by", _l("申请人"), value=lambda asked: person(asked.asked_by)),
        Column("reviewed_by", _l("审核人"), value=lambda asked: person(asked.reviewed_by)),
        Column("paid_at", _l("到账时间"), kind="when"),
    )
    form = WithdrawalForm
    create = staticmethod(_ask)
    empty_title = _l("还没有提现")
    empty_text = _l("账单之外想早点用钱，可以从可提现里提一部分")

    @property
    def form_note(self) -> Any:  # type: ignore[override]
        """How much can be taken, what it costs, where it goes."""
        merchant_id = self.actor.merchant_id
        if merchant_id is None:
            return ""
        account = account_in_force("merchant", merchant_id)
        if account is None:
            return _l("还没有批准的收款账户，先到“收款账户”登记")
        most = max(wallet_of(merchant_id).available - promised_to("merchant", merchant_id), 0)
        return _l(
            "现在最多能提 %(most)s，手续费 %(fee)s，打到 %(account)s；超过 %(limit)s 要平台审核", most=yuan(most),
            fee=yuan(value_of("settlement.withdrawal_fee")), account=account.label, limit=yuan(value_of("settlement.withdrawal_review_above")),
        )
