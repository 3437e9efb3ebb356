"""The catalogue that staff keep, and the shop where merchants buy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.core import clock
from app.core.actors import Actor
from app.core.errors import NotFound
from app.framework.console.columns import Column, Tab
from app.framework.console.fields import CountField, PercentField
from app.framework.console.filters import ChoiceFilter
from app.framework.console.links import trade_title
from app.framework.console.page import Page, expose, page_access
from app.framework.console.view import ConsoleView
from app.framework.database import get
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.parties.models import Merchant
from app.kernel.plans.models import SUBSCRIPTION_FLOW, Plan
from app.kernel.plans.operations.catalogue import propose_plan, reword_plan
from app.kernel.plans.operations.charging import charge_of
from app.kernel.plans.operations.subscribing import subscribe
from app.kernel.plans.owners import Owner
from app.kernel.plans.presenting import entitled_label, entitled_words, grant_lines, grant_words, plan_price
from app.kernel.plans.queries import entitled_of, entitlements, fees_by_period, plans_on_sale, subscriptions_of

AUDIENCES = {"merchant": _l("商户"), "customer": _l("顾客")}
MOST = 1_000_000


class WordsForm(FlaskForm):
    """What a plan is called."""

    title = StringField(_l("名称"), validators=[DataRequired(_l("写名称")), Length(max=60)])
    description = TextAreaField(_l("说明"), validators=[Length(max=300)], description=_l("买的人看到的话：包含什么、怎么用"))


def _field(kind: str, label: Any) -> Any:
    if kind == "discount":
        return PercentField(label, validators=[Optional()], description=_l("减百分之几；不给就空着"))
    if kind == "unlock":
        return BooleanField(label)
    return CountField(label, validators=[Optional(), NumberRange(1, MOST)], description=_l("不给就空着"))


def _plan_form() -> type[FlaskForm]:
    """The form of a new plan, with a field for each entitlement that some package consumes."""
    fields: dict[str, Any] = {
        "fee": SelectField(_l("按哪项费用定价"), description=_l("价格在费率台里，改价要另一个人批准")),
        **{f"grant_{name.replace('.', '__')}": _field(each.kind, each.label) for name, each in entitlements().items()},
        "reason": StringField(_l("为什么要这个套餐"), validators=[DataRequired(_l("写明原因")), Length(max=200)]),
    }
    return type("PlanForm", (WordsForm,), fields)


def _propose(*, fee: str, title: str, description: str, reason: str, actor: Actor, now: datetime, **typed: Any) -> Plan:
    trade, _slash, kind = fee.partition("/")
    grants = {name.removeprefix("grant_").replace("__", "."): int(value) for name, value in typed.items() if value}
    return propose_plan(trade=trade, kind=kind, title=title, description=description, grants=grants, reason=reason, actor=actor, now=now)


class PlanView(ConsoleView):
    """Plans."""

    name = "plans.plans"
    route_base = "/plans"
    model = Plan
    title = _l("套餐")
    subtitle = _l("价格取自费率台；权益定了不能改，要改就另做一个")
    singular = _l("套餐")
    measure = _l("个")
    icon = "star"
    add_label = _l("新建套餐")
    create_label = _l("提出")
    form_note = _l("另一个人批准后才能买")
    search_columns = ("title", "description")
    search_hint = _l("名称、说明")
    list_columns = (
        Column("title", _l("名称"), link=True, sub="description"),
        Column("trade", _l("行业"), value=lambda plan: trade_title(plan.trade)),
        Column("audience", _l("谁能买"), kind="choice", choices=AUDIENCES, phone=False),
        Column("price", _l("价格"), value=plan_price),
        Column("grants", _l("权益"), value=grant_words, phone=False),
        Column("status", _l("状态"), kind="state"),
    )
    facts = (
        Column("price", _l("价格"), value=plan_price, big=True),
        Column("trade", _l("行业"), value=lambda plan: trade_title(plan.trade)),
        Column("kind", _l("按哪项费用定价"), value=lambda plan: plan.priced.label),
        Column("audience", _l("谁能买"), kind="choice", choices=AUDIENCES),
        Column("grants", _l("权益"), value=grant_words, wide=True),
        Column("description", _l("说明"), wide=True),
        PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    filters = (ChoiceFilter("status"), ChoiceFilter("audience", choices=AUDIENCES))
    tabs = (Tab("draft", _l("待批准"), urgent=True, status="draft"), Tab("approved", _l("在售"), status="approved"))
    form = WordsForm
    create = staticmethod(_propose)
    update = staticmethod(reword_plan)
    empty_title = _l("还没有套餐")
    empty_text = _l("年费、会员、置顶、礼包都在这里做成套餐")

    def make_form(self, record: Any = None) -> Any:
        """A new plan asks for its price and entitlements; one that exists lets its words be changed."""
        if record is not None:
            return WordsForm(obj=record)
        form: Any = _plan_form()()
        form.fee.choices = fees_by_period()
        return form


class StorePage(Page):
    """`/store`: what the merchant can buy, has, and may still use."""

    name = "plans.store"
    route_base = "/store"
    title = _l("开通套餐")
    icon = "star"
    words = {"index": _l("查看套餐"), "buy": _l("购买套餐")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """Plans for the merchant's trades, its entitlements, its subscriptions."""
        owner, now = self._owner(), clock.now()
        trades = get(Merchant, owner.id).trades
        offers = [(plan, plan_price(plan), grant_lines(plan), trade_title(plan.trade)) for plan in plans_on_sale("merchant", trades)] if trades else []
        rights = [(entitled_label(each), entitled_words(each), each.ends_on) for each in entitled_of(owner, now)]
        return self.render("plans/store.html", offers=offers, rights=rights, bought=subscriptions_of(owner)[:8], flow=SUBSCRIPTION_FLOW)

    @expose("/<int:pk>/buy", methods=["POST"])
    @page_access("can_buy")
    def buy(self, pk: int) -> Response:
        """Order the plan and go on to pay."""
        bought = subscribe(pk, self._owner(), actor=self.actor, now=clock.now())
        owed = charge_of("subscription", bought.id)
        return self.done(_("付清后“%(title)s”马上生效", title=bought.plan.title), "ChargeView.show", pk=owed.id if owed else 0)

    def _owner(self) -> Owner:
        if self.actor.merchant_id is None:
            raise NotFound
        return Owner("merchant", self.actor.merchant_id)
