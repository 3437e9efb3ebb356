"""Lists of merchants, members, staff, customers, and the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actors import Actor
from app.framework.console.columns import Column, Related, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.view import ConsoleView
from app.framework.database import get
from app.kernel.audit.models import AuditEntry
from app.kernel.parties.forms import MemberChangeForm, MemberForm
from app.kernel.parties.models import Customer, Membership, Merchant, StaffUser
from app.kernel.parties.operations.merchants import add_member, change_member
from app.kernel.parties.roles import MERCHANT_ROLES

ROLE_WORDS = {role.name: role.label for role in MERCHANT_ROLES}


def _add_member(*, actor: Actor, now: datetime, **values: Any) -> Membership:
    """A member of the actor's own merchant."""
    return add_member(get(Merchant, actor.merchant_id), actor=actor, now=now, **values)


class MemberView(ConsoleView):
    """Who works for the merchant, and as what."""

    name = "parties.members"
    route_base = "/members"
    model = Membership
    title = _l("成员")
    singular = _l("成员")
    measure = _l("人")
    icon = "people"
    list_columns = (
        Column("name", _l("姓名"), link=True),
        Column("username", _l("账号")),
        Column("role", _l("角色"), kind="choice", choices=ROLE_WORDS),
        Column("active", _l("可以登录"), kind="flag"),
        Column("created_at", _l("加入时间"), kind="when"),
    )
    facts = list_columns
    filters = (ChoiceFilter("role", choices=ROLE_WORDS),)
    form = MemberForm
    create = staticmethod(_add_member)
    update = staticmethod(change_member)
    exports = False

    def make_form(self, record: Any = None) -> Any:
        """Another form for a change: name and account stay."""
        return MemberForm() if record is None else MemberChangeForm(obj=record)


class MerchantView(ConsoleView):
    """Every merchant of the platform."""

    name = "parties.merchants"
    route_base = "/merchants"
    model = Merchant
    title = _l("商户")
    singular = _l("商户")
    measure = _l("家")
    icon = "building"
    search_columns = ("name", "code")
    search_hint = _l("商户名、编号")
    list_columns = (
        Column("code", _l("编号"), link=True),
        Column("name", _l("名称")),
        Column("status", _l("状态"), kind="state"),
        Column("trades", _l("行业"), value=lambda merchant: "、".join(merchant.trades) or "—", export=False),
        Column("contact_name", _l("联系人")),
        Column("contact_phone", _l("电话"), kind="phone", phone=False),
        Column("created_at", _l("加入时间"), kind="when", sort=True),
    )
    facts = (
        Column("code", _l("编号")),
        Column("contact_name", _l("联系人")),
        Column("contact_phone", _l("电话"), kind="phone"),
        Column("funds_model", _l("资金模式"), kind="choice", choices={"split": _l("分账（商户自己的子商户号）"), "own": _l("平台自营")}),
        Column("created_at", _l("加入时间"), kind="when"),
    )
    filters = (ChoiceFilter("status"), DateFilter("created_at"))
    tabs = (Tab("open", _l("已入驻"), status="open"), Tab("applying", _l("入驻中"), status="applying"), Tab("suspended", _l("已暂停"), status="suspended"))
    related = (Related(MemberView, "merchant_id"),)


class StaffView(ConsoleView):
    """Everybody who signs in to the console."""

    name = "parties.staff"
    route_base = "/staff"
    model = StaffUser
    title = _l("员工账号")
    singular = _l("账号")
    measure = _l("人")
    icon = "people"
    search_columns = ("username", "last_name", "first_name")
    list_columns = (
        Column("username", _l("账号"), link=True),
        Column("label", _l("姓名"), value=lambda user: user.label),
        Column("roles", _l("角色"), value=lambda user: "、".join(role.name for role in user.roles) or _l("商户成员"), export=False),
        Column("active", _l("可以登录"), kind="flag"),
        Column("totp_confirmed_at", _l("两步验证"), kind="when"),
    )
    facts = list_columns
    base = None


class CustomerView(ConsoleView):
    """People who buy through the mini-programs; phones are masked."""

    name = "parties.customers"
    route_base = "/customers"
    model = Customer
    title = _l("顾客")
    singular = _l("顾客")
    measure = _l("人")
    icon = "people"
    search_columns = ("name", "phone_tail")
    search_hint = _l("姓名、手机尾号")
    list_columns = (
        Column("label", _l("顾客"), link=True, value=lambda customer: customer.label),
        Column("phone_masked", _l("手机")),
        Column("active", _l("可以登录"), kind="flag"),
        Column("created_at", _l("第一次登录"), kind="when", sort=True),
    )
    facts = list_columns


class AuditView(ConsoleView):
    """Who did what, when, and why."""

    name = "audit.entries"
    route_base = "/audit"
    model = AuditEntry
    title = _l("审计")
    singular = _l("记录")
    icon = "shield"
    label = "action"
    show_timeline = False
    search_columns = ("actor_name", "action", "subject_label", "reason")
    search_hint = _l("人、动作、对象、原因")
    list_columns = (
        Column("at", _l("时间"), kind="when", link=True),
        Column("actor_name", _l("谁")),
        Column("action", _l("动作")),
        Column("subject_label", _l("对象")),
        Column("reason", _l("原因")),
        Column("request_id", _l("请求号"), phone=False),
    )
    facts = (
        *list_columns,
        Column("subject_type", _l("表")),
        Column("subject_id", _l("键"), kind="count"),
        Column("address", _l("地址")),
        Column("changes", _l("改动"), value=lambda entry: "；".join(f"{key}：{old} → {new}" for key, (old, new) in entry.changes.items()) or "—", wide=True),
    )
    filters = (DateFilter("at"),)
