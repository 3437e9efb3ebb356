"""Settlement policies: when merchants are settled, what is held; a second person approves."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.core.money import Ppm
from app.framework.console.columns import Column
from app.framework.console.fields import CountField, LookupField, MoneyField, PercentField
from app.framework.console.filters import ChoiceFilter, PartyFilter
from app.framework.console.view import ConsoleView
from app.kernel.governance.presenting import APPROVER, PROPOSER, REASON, WHOM
from app.kernel.parties.queries import merchant_named, merchants_called
from app.kernel.settlement.models import Policy
from app.kernel.settlement.models.policies import CYCLES
from app.kernel.settlement.operations.policies import propose_policy


class PolicyForm(FlaskForm):
    """A new policy."""

    trade = SelectField(_l("行业"))
    merchant_id = LookupField(
        _l("只对这个商户"), endpoint="/settlement/policies/look-up/merchant_id", named=merchant_named, description=_l("不填就对全部商户")
    )
    cycle = SelectField(_l("出账周期"), choices=list(CYCLES.items()), default="daily")
    hold_days = CountField(_l("完成后几天放款"), unit=_l("天"), default=1, validators=[InputRequired(_l("填写天数")), NumberRange(0, 90)])
    reserve_ppm = PercentField(_l("留存比例"), default=Ppm(0), validators=[InputRequired(_l("填写比例"))])
    reserve_days = CountField(_l("留存天数"), unit=_l("天"), default=0, validators=[InputRequired(_l("填写天数")), NumberRange(0, 365)])
    minimum = MoneyField(_l("最低付款金额"), default=0, validators=[InputRequired(_l("填写金额"))])
    confirm_days = CountField(
        _l("商户几天内确认"), unit=_l("天"), default=0, description=_l("0 天就不用商户确认；到期没回音算确认"),
        validators=[InputRequired(_l("填写天数")), NumberRange(0, 30)],
    )
    starts_on = DateField(_l("从哪天起"), validators=[DataRequired(_l("选择日期"))])
    reason = StringField(_l("为什么改"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


class SettlementPolicyView(ConsoleView):
    """Settlement policies."""

    name = "settlement.policies"
    route_base = "/settlement/policies"
    model = Policy
    title = _l("结算规则")
    subtitle = _l("没有规则的行业：每天出账，完成后一天放款，不留存")
    singular = _l("结算规则")
    measure = _l("条")
    icon = "gear"
    list_columns = (
        Column("label", _l("规则"), link=True, value=lambda policy: policy.label),
        Column("status", _l("状态"), kind="state"),
        WHOM,
        Column("cycle", _l("出账周期"), kind="choice", choices=CYCLES),
        Column("hold_days", _l("放款天数"), kind="count"),
        Column("reserve_ppm", _l("留存比例"), kind="percent"),
        Column("minimum", _l("最低付款金额"), kind="money"),
        Column("starts_on", _l("生效日"), kind="day", sort=True),
    )
    facts = (
        *list_columns[2:],
        Column("reserve_days", _l("留存天数"), kind="count"),
        Column("confirm_days", _l("商户确认天数"), kind="count"),
        PROPOSER, APPROVER, REASON,
    )
    filters = (ChoiceFilter("status"), PartyFilter("merchant_id", _l("商户"), options=merchants_called, named=merchant_named))
    form = PolicyForm
    form_note = _l("批准前不生效")
    create = staticmethod(propose_policy)

    def make_form(self, record: Any = None) -> Any:
        """The form with the trades that are switched on."""
        form = PolicyForm()
        form.trade.choices = [(manifest.name, manifest.title) for manifest in current_app.extensions["manifests"] if manifest.fees]
        return form
