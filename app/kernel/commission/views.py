"""Fee rules in the console: what each trade charges, since when, proposed by whom, approved by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import DateTimeLocalField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.actors import Actor
from app.core.periods import SHANGHAI, local
from app.extensions import db
from app.framework.console.columns import Column, Related
from app.framework.console.fields import LookupField, PercentField
from app.framework.console.filters import ChoiceFilter
from app.framework.console.links import order_link, trade_title
from app.framework.console.view import ConsoleView
from app.framework.database import get
from app.kernel.commission.models import FeeLine, FeeRule, FeeRuleVersion
from app.kernel.commission.operations import propose_version
from app.kernel.commission.rules import BASES
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON, WHOM
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.parties.queries import merchant_named, person_named


def _valid(version: FeeRuleVersion) -> str:
    ends = version.valid.upper
    return f"{local(version.valid.lower):%Y-%m-%d %H:%M} → {f'{local(ends):%Y-%m-%d %H:%M}' if ends else _l('长期')}"


def _propose(*, rule_id: int, ppm: int, starts_at: datetime, merchant_id: int | None, base: str, reason: str, actor: Actor, now: datetime) -> FeeRuleVersion:
    """What the form says as a draft; its time is Shanghai's."""
    begins = starts_at.replace(tzinfo=SHANGHAI)
    return propose_version(get(FeeRule, rule_id), ppm=ppm, starts_at=begins, merchant_id=merchant_id, base=base, reason=reason, actor=actor, now=now)


class VersionForm(FlaskForm):
    """A new version of a rule."""

    rule_id = SelectField(_l("费用"), coerce=int)
    ppm = PercentField(_l("费率"), validators=[InputRequired(_l("填写费率"))])
    starts_at = DateTimeLocalField(_l("从什么时候开始（北京时间）"), validators=[DataRequired(_l("选择开始时间"))])
    merchant_id = LookupField(
        _l("只对这个商户"), endpoint="/fees/versions/look-up/merchant_id", named=merchant_named, description=_l("不填就对全部商户")
    )
    base = SelectField(_l("计费基数"), choices=list(BASES.items()), default="after_merchant_coupon")
    reason = StringField(_l("为什么改"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


class FeeVersionView(ConsoleView):
    """Versions of fee rules; a draft waits for a second person."""

    name = "commission.versions"
    route_base = "/fees/versions"
    model = FeeRuleVersion
    title = _l("费率版本")
    singular = _l("费率版本")
    measure = _l("版")
    icon = "scale"
    list_columns = (
        Column("label", _l("版本"), link=True, value=lambda version: version.label),
        Column("ppm", _l("费率"), kind="percent"),
        Column("status", _l("状态"), kind="state"),
        WHOM,
        Column("valid", _l("有效期"), value=_valid, export=False),
        PROPOSER,
        APPROVER,
    )
    facts = (
        Column("ppm", _l("费率"), kind="percent", big=True),
        WHOM,
        Column("valid", _l("有效期"), value=_valid),
        Column("base", _l("计费基数"), kind="choice", choices=BASES),
        PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER)
    form = VersionForm
    form_note = _l("批准前不生效；已下的订单不改费率")
    create = staticmethod(_propose)

    def make_form(self, record: Any = None) -> Any:
        """The form with the rules to choose from."""
        form = VersionForm()
        rules = db.session.scalars(select(FeeRule).order_by(FeeRule.trade, FeeRule.rank))
        form.rule_id.choices = [(rule.id, f"{rule.title} · {trade_title(rule.trade)}") for rule in rules]
        return form


class FeeRuleView(ConsoleView):
    """The price list."""

    name = "commission.rules"
    route_base = "/fees"
    model = FeeRule
    title = _l("费率规则")
    subtitle = _l("按顺序匹配，先商户自己的，再全部商户的")
    singular = _l("费率规则")
    measure = _l("条")
    icon = "scale"
    order = "rank"
    list_columns = (
        Column("title", _l("费用"), link=True),
        Column("trade", _l("行业"), value=lambda rule: trade_title(rule.trade)),
        Column("rank", _l("顺序"), kind="count", sort=True),
    )
    facts = list_columns
    related = (Related(FeeVersionView, "rule_id"),)


class FeeLineView(ConsoleView):
    """Why this fen: every fee that was charged, the order it was charged on, the rule that priced it."""

    name = "commission.lines"
    route_base = "/fees/lines"
    model = FeeLine
    title = _l("费用明细")
    singular = _l("费用")
    measure = _l("行")
    icon = "list"
    show_timeline = False
    label = "kind"
    list_columns = (
        Column("frozen_at", _l("时间"), kind="when", link=True),
        Column("order_number", _l("订单"), to=lambda line: order_link(line.trade, line.order_id)),
        Column("rule_label", _l("规则")),
        Column("base", _l("基数"), kind="money"),
        Column("ppm", _l("费率"), kind="percent"),
        Column("amount", _l("金额"), kind="money", total=True),
        Column("returned", _l("已退回"), kind="money", total=True),
    )
    facts = (
        Column("amount", _l("金额"), kind="money", big=True),
        Column("returned", _l("已退回"), kind="money"),
        Column("base", _l("基数"), kind="money"),
        Column("ppm", _l("费率"), kind="percent"),
        Column("order_number", _l("订单"), to=lambda line: order_link(line.trade, line.order_id)),
        Column("rule_label", _l("规则")),
        Column("approved", _l("谁批准的"), value=lambda line: person_named(line.rule_version.approved_by) if line.rule_version else None),
        Column("frozen_at", _l("锁定时间"), kind="when"),
    )
    search_columns = ("order_number",)
    search_hint = _l("订单号")
    filters = (ChoiceFilter("kind", _l("费用"), choices={"commission": _l("佣金")}), MERCHANT_FILTER)
