"""Funds models: whose number at the channel takes a merchant's payments; a second person approves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.core.actors import Actor
from app.core.money import Ppm
from app.framework.console.columns import Column, Tab
from app.framework.console.fields import LookupField, PercentField
from app.framework.console.filters import ChoiceFilter, PartyFilter
from app.framework.console.view import ConsoleView
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.parties.queries import merchant_named, merchants_called
from app.kernel.payments.views import GROUP
from app.kernel.sharing.models import ShareAccount
from app.kernel.sharing.operations.accounts import propose_account
from app.kernel.sharing.rules import USUAL_PPM

MODELS = {"split": _l("分账：商户自己的子商户号收款"), "own": _l("平台自营：平台的商户号收款")}


class AccountForm(FlaskForm):
    """A change of a merchant's funds model."""

    merchant_id = LookupField(
        _l("商户"), endpoint="/sharing/accounts/look-up/merchant_id", named=merchant_named, validators=[DataRequired(_l("选择商户"))],
    )
    funds_model = SelectField(_l("资金模式"), choices=list(MODELS.items()), default="split")
    sub_merchant = StringField(_l("子商户号"), validators=[Length(max=10)], description=_l("渠道给这家商户的号码，8 到 10 位数字；平台自营时留空"))
    most_ppm = PercentField(
        _l("最多分多少"), default=Ppm(USUAL_PPM), description=_l("商户和渠道约定的最大分账比例，没有约定是 30%"),
        validators=[InputRequired(_l("填写比例")), NumberRange(0, 1_000_000)],
    )
    reason = StringField(_l("为什么改"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


def _propose(*, merchant_id: int, funds_model: str, sub_merchant: str, most_ppm: int, reason: str, actor: Actor, now: datetime) -> ShareAccount:
    return propose_account(
        merchant_id=merchant_id, funds_model=funds_model, sub_merchant=(sub_merchant or "").strip(), most_ppm=int(most_ppm), reason=reason, actor=actor,
        now=now,
    )


class ShareAccountView(ConsoleView):
    """Changes of funds models, proposed and approved."""

    name = "sharing.accounts"
    route_base = "/sharing/accounts"
    model = ShareAccount
    title = _l("资金模式")
    singular = _l("资金模式变更")
    subtitle = _l("没有子商户号的商户由平台的商户号收款；变更由另一个人批准，只影响之后的收款")
    measure = _l("份")
    icon = "building"
    group = GROUP
    list_columns = (
        Column("merchant.name", _l("商户"), link=True),
        Column("funds_model", _l("资金模式"), kind="choice", choices=MODELS),
        Column("sub_merchant", _l("子商户号"), kind="ref", phone=False),
        Column("most_ppm", _l("最多分多少"), kind="percent", phone=False),
        Column("status", _l("状态"), kind="state"),
        PROPOSER,
        Column("created_at", _l("提出时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), PartyFilter("merchant_id", _l("商户"), options=merchants_called, named=merchant_named))
    tabs = (Tab("draft", _l("待批准"), urgent=True, status="draft"), Tab("approved", _l("已批准"), status="approved"))
    order = "-id"
    facts = (
        Column("merchant.name", _l("商户")),
        Column("funds_model", _l("资金模式"), kind="choice", choices=MODELS),
        Column("sub_merchant", _l("子商户号"), kind="ref"),
        Column("most_ppm", _l("最多分多少"), kind="percent"),
        PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    form = AccountForm
    form_note = _l("批准前不生效；批准后，已经付的款仍按原来的模式走完")
    create = staticmethod(_propose)
    add_label = _l("改资金模式")
    create_label = _l("提交批准")
    empty_title = _l("没有改过资金模式")
    empty_text = _l("现在所有商户都由平台的商户号收款")

    def make_form(self, record: Any = None) -> Any:
        """The form, empty."""
        return AccountForm()
