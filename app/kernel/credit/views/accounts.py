"""Accounts, changes of their limit, and who may charge them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import clock
from app.core.actors import Actor
from app.core.money import yuan
from app.core.periods import business_day
from app.framework.console.columns import Action, Column, Related, Section, Tab
from app.framework.console.fields import CountField, LookupField, MoneyField
from app.framework.console.filters import ChoiceFilter, FlagFilter, MoneyFilter, PartyFilter
from app.framework.console.view import ConsoleView
from app.kernel.credit.models import CreditAccount, CreditMember, LimitChange
from app.kernel.credit.operations.accounts import add_member, change_company, change_member, open_account, propose_limit
from app.kernel.credit.queries import account_named, accounts_called, ageing, owed_by
from app.kernel.credit.views.statements import CreditStatementView
from app.kernel.governance.presenting import APPROVED_AT, APPROVER, PROPOSER, REASON
from app.kernel.parties.queries import customer_named, customers_called

ACCOUNT_FILTER = PartyFilter("account_id", _l("企业"), options=accounts_called, named=account_named)
COMPANY = Column("account.company", _l("企业"))
CLASSES = (_l("没到期"), _l("逾期 30 天内"), _l("逾期 31–60 天"), _l("逾期 61–90 天"), _l("逾期 90 天以上"))


def asked_for() -> int | None:
    """The record whose page led here (`?pk=`)."""
    wanted = request.args.get("pk", "")
    return int(wanted) if request.method == "GET" and wanted.isdecimal() and len(wanted) < 19 else None


class ContactForm(FlaskForm):
    """Whom to speak to, when to bill."""

    contact = StringField(_l("联系人"), validators=[DataRequired(_l("填写联系人")), Length(max=40)])
    phone = StringField(_l("联系电话"), validators=[DataRequired(_l("填写电话")), Length(max=20)])
    billing_day = CountField(_l("出账日"), unit=_l("日"), default=1, validators=[InputRequired(_l("填 1 到 28"))], description=_l("每月这天出上一期的账单"))
    due_days = CountField(_l("付款期限"), unit=_l("天"), default=15, validators=[InputRequired(_l("填天数"))], description=_l("从发送账单那天算起"))


class AccountForm(ContactForm):
    """A company that wants to pay at the end of the month."""

    company = StringField(_l("企业名称"), validators=[DataRequired(_l("填写企业名称")), Length(max=60)])
    tax_number = StringField(_l("税号"), validators=[DataRequired(_l("填写税号")), Length(max=20)])
    credit_limit = MoneyField(_l("信用额度"), validators=[InputRequired(_l("填写额度"))], description=_l("没付清的挂账合计不超过它"))
    reason = TextAreaField(_l("为什么给这个额度"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


def _room(account: CreditAccount) -> str:
    return yuan(max(account.credit_limit - owed_by(account), 0))


def _ages(account: CreditAccount) -> list[tuple[Any, int]]:
    return [(words, fen) for words, fen in zip(CLASSES, ageing(account.id, business_day(clock.now())), strict=True)]


class CreditLimitForm(FlaskForm):
    """Another limit."""

    account_id = LookupField(_l("企业"), endpoint="/credit/members/look-up/account_id", named=account_named, validators=[InputRequired(_l("选一家企业"))])
    after = MoneyField(_l("新额度"), validators=[InputRequired(_l("填写额度"))])
    reason = TextAreaField(_l("原因"), validators=[DataRequired(_l("写明原因")), Length(max=200)])


class CreditLimitView(ConsoleView):
    """Changes of limits."""

    name = "credit.limits"
    route_base = "/credit/limits"
    model = LimitChange
    title = _l("月结额度调整")
    singular = _l("额度调整")
    subtitle = _l("一个人提出，另一个人批准，批准后马上生效")
    icon = "building"
    list_columns = (
        Column("label", _l("额度"), link=True, value=lambda change: change.label),
        COMPANY, Column("status", _l("状态"), kind="state"), PROPOSER, Column("created_at", _l("提出时间"), kind="when", sort=True, phone=False),
    )
    filters = (ChoiceFilter("status"), ACCOUNT_FILTER)
    tabs = (Tab("draft", _l("待批准"), urgent=True, status="draft"), Tab("approved", _l("已批准"), status="approved"))
    facts = (
        COMPANY, Column("before", _l("原额度"), kind="money"), Column("after", _l("新额度"), kind="money", big=True), PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    form = CreditLimitForm
    create = staticmethod(propose_limit)
    add_label = _l("调整额度")
    create_label = _l("提交批准")
    empty_title = _l("还没有额度调整")
    empty_text = _l("从月结账户的页面提出")

    def make_form(self, record: Any = None) -> Any:
        """The form for the account whose page led here."""
        form = CreditLimitForm()
        form.account_id.data = form.account_id.data or asked_for()
        return form


class MemberForm(FlaskForm):
    """Who may charge the account, up to what."""

    account_id = LookupField(_l("企业"), endpoint="/credit/members/look-up/account_id", named=account_named, validators=[InputRequired(_l("选一家企业"))])
    customer_id = LookupField(_l("顾客"), endpoint="/credit/members/look-up/customer_id", named=customer_named, validators=[InputRequired(_l("选一位顾客"))])
    per_order = MoneyField(_l("单笔限额"), validators=[InputRequired(_l("填写限额"))])
    per_month = MoneyField(_l("每月限额"), validators=[InputRequired(_l("填写限额"))])
    reads_statements = BooleanField(_l("可以看账单"))
    active = BooleanField(_l("可以挂账"), default=True)


class CreditMemberView(ConsoleView):
    """Who may charge which account."""

    name = "credit.members"
    route_base = "/credit/members"
    model = CreditMember
    title = _l("月结成员")
    singular = _l("月结成员")
    subtitle = _l("可以挂公司账的顾客，各有单笔和每月限额")
    measure = _l("人")
    icon = "people"
    label = "label"
    list_columns = (
        Column("customer.name", _l("顾客"), link=True),
        COMPANY,
        Column("per_order", _l("单笔限额"), kind="money", sort=True),
        Column("per_month", _l("每月限额"), kind="money", sort=True),
        Column("reads_statements", _l("可以看账单"), kind="flag", phone=False),
        Column("active", _l("可以挂账"), kind="flag"),
    )
    filters = (ACCOUNT_FILTER, PartyFilter("customer_id", _l("顾客"), options=customers_called, named=customer_named), FlagFilter("active", _l("可以挂账")))
    facts = list_columns
    form = MemberForm
    create = staticmethod(add_member)
    update = staticmethod(change_member)
    add_label = _l("加成员")
    empty_title = _l("还没有月结成员")
    empty_text = _l("把公司的员工加进来，他们下单时就能选择挂账")

    def make_form(self, record: Any = None) -> Any:
        """Whose account and who stay as they are once chosen."""
        form = MemberForm(obj=record)
        if record is not None:
            del form.account_id, form.customer_id
            return form
        form.account_id.data = form.account_id.data or asked_for()
        del form.active
        return form


def _open(*, actor: Actor, now: datetime, **values: Any) -> CreditAccount:
    return open_account(actor=actor, now=now, **values)


class CreditAccountView(ConsoleView):
    """Companies that pay at the end of the month."""

    name = "credit.accounts"
    route_base = "/credit/accounts"
    model = CreditAccount
    title = _l("月结账户")
    singular = _l("月结账户")
    subtitle = _l("企业客户先用后付：成员挂账，平台照常付给商户，按月向企业收款")
    measure = _l("家")
    icon = "building"
    list_columns = (
        Column("company", _l("企业"), link=True, sub="number"),
        Column("status", _l("状态"), kind="state"),
        Column("credit_limit", _l("信用额度"), kind="money", sort=True, total=True),
        Column("owed", _l("欠款"), kind="money", value=owed_by, strong=True),
        Column("billing_day", _l("出账日"), kind="count", phone=False),
        Column("contact", _l("联系人"), phone=False),
        Column("phone", _l("联系电话"), kind="phone", phone=False),
    )
    search_columns = ("company", "number", "tax_number")
    search_hint = _l("企业、账户号、税号")
    filters = (ChoiceFilter("status"), MoneyFilter("credit_limit", _l("信用额度")))
    tabs = (
        Tab("draft", _l("待批准"), urgent=True, status="draft"), Tab("open", _l("可用"), status="open"), Tab("suspended", _l("已暂停"), status="suspended"),
    )
    facts = (
        Column("owed", _l("欠款"), kind="money", big=True, value=owed_by),
        Column("credit_limit", _l("信用额度"), kind="money", big=True),
        Column("room", _l("还能挂账"), value=_room),
        Column("tax_number", _l("税号"), kind="ref"),
        Column("contact", _l("联系人")),
        Column("phone", _l("联系电话"), kind="phone"),
        Column("billing_day", _l("出账日"), value=lambda account: _("每月 %(day)s 日", day=account.billing_day)),
        Column("due_days", _l("付款期限"), value=lambda account: _("%(days)s 天", days=account.due_days)),
        PROPOSER, APPROVER, APPROVED_AT, REASON,
    )
    sections = (
        Section(
            _l("欠款账龄"), note=_l("已发送的账单"), rows=_ages, name="ages", aside=True,
            columns=(Column("age", _l("账龄"), value=lambda row: row[0]), Column("fen", _l("金额"), kind="money", value=lambda row: row[1])),
        ),
    )
    related = (
        Related(CreditStatementView, "account_id", _l("月结账单")), Related(CreditMemberView, "account_id", _l("月结成员")),
        Related(CreditLimitView, "account_id", _l("额度调整")),
    )
    record_actions = (
        Action(_l("加成员"), "CreditMemberView.add", "show", icon="people", when=lambda account: account.status == "open"),
        Action(_l("调整额度"), "CreditLimitView.add", "show", icon="building", when=lambda account: account.status in {"open", "suspended"}),
    )
    form = AccountForm
    create = staticmethod(_open)
    update = staticmethod(change_company)
    add_label = _l("开月结账户")
    create_label = _l("提交批准")
    form_note = _l("批准前成员不能挂账；额度以后要改，也要两个人")
    empty_title = _l("还没有月结账户")
    empty_text = _l("给信得过的企业开一个，员工订餐不用自己垫钱")

    def make_form(self, record: Any = None) -> Any:
        """The company and its limit are fixed by what two people approved; the rest may change."""
        return ContactForm(obj=record) if record is not None else AccountForm()


