"""The roles of the product: five on the platform's side, five in a merchant."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Role

PLATFORM_ROLES = (
    Role("Admin", _l("管理员"), _l("什么都能看能改；给人开权限"), "platform"),
    Role("Reviewer", _l("审核员"), _l("审核入驻和商品，通过、驳回、要求补充"), "platform"),
    Role("Operator", _l("运营"), _l("看全部商户和订单，处理退款，暂停商户"), "platform"),
    Role("Finance", _l("财务"), _l("费率、结算、导出对账单，看账本"), "platform"),
    Role("Warehouse", _l("仓库"), _l("按采购单收货，按分拣单发车"), "platform"),
)
MERCHANT_ROLES = (
    Role("Owner", _l("店主"), _l("管店铺的一切，包括账单和成员")),
    Role("Manager", _l("店长"), _l("菜单、订单、退款，看账单")),
    Role("Cashier", _l("收银"), _l("接单、核对取餐码、按行退款")),
    Role("Kitchen", _l("后厨"), _l("看后厨板，标记出餐")),
    Role("Courier", _l("配送员"), _l("接配送单，只看到自己手上的单")),
)
ROLES = PLATFORM_ROLES + MERCHANT_ROLES
MONEY_ROLES = frozenset({"Admin", "Finance"})

STAFF = frozenset(role.name for role in PLATFORM_ROLES)
MEMBERS = frozenset(role.name for role in MERCHANT_ROLES)
RUNNERS = frozenset({"Owner", "Manager"})  # who run a merchant
FRONT = RUNNERS | {"Cashier"}  # who stand before customers
OPERATORS = frozenset({"Operator", "Admin"})  # who step in for the platform
