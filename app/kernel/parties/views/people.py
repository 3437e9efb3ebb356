"""Lists of merchants and customers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Related, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.links import trade_title
from app.framework.console.view import ConsoleView
from app.kernel.parties.filters import TradesFilter
from app.kernel.parties.models import Customer, Merchant
from app.kernel.parties.views.members import MemberView


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
        Column("trades", _l("行业"), value=lambda merchant: "、".join(trade_title(each) for each in merchant.trades), export=False),
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
    filters = (ChoiceFilter("status"), TradesFilter("trades"), DateFilter("created_at"))
    tabs = (Tab("open", _l("已入驻"), status="open"), Tab("applying", _l("入驻中"), status="applying"), Tab("suspended", _l("已暂停"), status="suspended"))
    related = (Related(MemberView, "merchant_id"),)


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
