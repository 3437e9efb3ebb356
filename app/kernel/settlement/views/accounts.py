"""Accounts to pay to: a merchant registers its card or wallet, finance looks at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.core.actors import Actor
from app.core.errors import Forbidden
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import ChoiceFilter
from app.framework.console.view import ConsoleView
from app.kernel.governance.presenting import APPROVED_AT, REASON
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.operations.sign_in import confirm_identity
from app.kernel.settlement.models import PayeeAccount
from app.kernel.settlement.models.accounts import METHODS
from app.kernel.settlement.operations.accounts import propose_account
from app.kernel.settlement.payees import payee_words
from app.kernel.settlement.presenting import person

PASSWORD = _l("输入登录密码，确认是你本人")


class AccountForm(FlaskForm):
    """A card or a wallet."""

    method = SelectField(_l("收款方式"), choices=list(METHODS.items()), default="bank")
    holder = StringField(_l("户名"), validators=[DataRequired(_l("填写户名")), Length(max=60)], description=_l("和银行或微信实名一致"))
    bank_name = StringField(_l("开户银行"), validators=[Length(max=60)], description=_l("收款方式是银行卡才填"))
    number = StringField(
        _l("收款账号"), validators=[DataRequired(_l("填写账号")), Length(max=64)], description=_l("银行卡号，或微信 openid"),
        render_kw={"data-sensitive": "1", "autocomplete": "off"},
    )
    reason = StringField(_l("说明"), validators=[DataRequired(_l("写明为什么登记或更换")), Length(max=200)])
    password = PasswordField(_l("登录密码"), validators=[DataRequired(PASSWORD)], description=PASSWORD)


def _propose(*, password: str, actor: Actor, now: datetime, **values: Any) -> PayeeAccount:
    if actor.merchant_id is None:
        raise Forbidden(right=str(_l("登记收款账户")))
    confirm_identity(actor, password, now=now)
    return propose_account(owner_kind="merchant", owner_id=actor.merchant_id, actor=actor, now=now, **values)


class PayeeAccountView(ConsoleView):
    """Accounts to pay to."""

    name = "settlement.accounts"
    route_base = "/payee-accounts"
    model = PayeeAccount
    title = _l("收款账户")
    subtitle = _l("付款只打到批准过的账户；换账户要平台批准，账号加密保存")
    singular = _l("收款账户")
    measure = _l("个")
    icon = "wallet"
    add_label = _l("登记收款账户")
    create_label = _l("提交")
    form_note = _l("提交后等平台批准，批准前仍打到原来的账户")
    search_columns = ("holder", "bank_name", "number_masked")
    search_hint = _l("户名、银行、尾号")
    list_columns = (
        Column("label", _l("账户"), link=True, value=lambda account: account.label),
        Column("status", _l("状态"), kind="state"),
        Column("payee", _l("收款方"), value=payee_words),
        Column("holder", _l("户名")),
        Column("method", _l("收款方式"), kind="choice", choices=METHODS),
        Column("created_at", _l("登记时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), ChoiceFilter("method", _l("收款方式"), choices=METHODS), MERCHANT_FILTER)
    tabs = (Tab("draft", _l("待批准"), urgent=True, status="draft"), Tab("approved", _l("在用"), status="approved"))
    facts = (
        Column("number_masked", _l("账号"), big=True),
        Column("holder", _l("户名")),
        Column("bank_name", _l("开户银行")),
        Column("method", _l("收款方式"), kind="choice", choices=METHODS),
        Column("payee", _l("收款方"), value=payee_words),
        Column("made_by", _l("登记人"), value=lambda account: person(account.made_by)),
        Column("approved_by", _l("批准人"), value=lambda account: person(account.approved_by)),
        APPROVED_AT, REASON,
    )
    form = AccountForm
    create = staticmethod(_propose)
    empty_title = _l("还没有收款账户")
    empty_text = _l("登记银行卡或微信零钱，平台批准后付款才有地方打")
