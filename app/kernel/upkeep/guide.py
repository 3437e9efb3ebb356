"""What a new platform still lacks before it can take its first order, read from the database and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, func, select

from app.extensions import db
from app.kernel.approvals.models import RejectReason
from app.kernel.commission.models import FeeRuleVersion
from app.kernel.orders.models import Order
from app.kernel.parties.models import Merchant, StaffUser

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Step:
    """One step of opening a platform: whether it is done, why it matters, and where it is done."""

    title: Any
    why: Any
    done: bool
    url: str
    action: Any


def steps() -> list[Step]:
    """Every step in the order in which they are best taken."""
    people, admins = _people()
    return [
        Step(_l("管理员开两步验证"), _l("动钱的账号都要两步验证"), admins, url_for("AccountView.index"), _l("去我的账号")),
        Step(
            _l("请来同事：一位审核员，两位财务"), _l("冻结和审批、提出和批准须由两个人做"),
            people.get("Reviewer", 0) >= 1 and people.get("Finance", 0) >= 2, url_for("StaffView.list"), _l("去加人"),
        ),
        Step(
            _l("核对价目"), _l("每个行业收什么费、收多少；订单按下单时的版本收"),
            _any(FeeRuleVersion.status == "approved"), url_for("FeeRuleView.list"), _l("看费率"),
        ),
        Step(_l("备好驳回理由"), _l("审核员从这里选，申请人看得懂"), _any(RejectReason.active), url_for("ReasonView.list"), _l("去写理由")),
        Step(
            _l("接上支付渠道"), _l("演示用的模拟通道不产生真实扣款；正式的商户号写在环境变量里，见 docs/operations.md"),
            urlsplit(current_app.config["WECHAT_PAY_URL"]).hostname not in LOOPBACK, url_for("HealthPage.index"), _l("看运行状况"),
        ),
        Step(_l("第一家商户入驻"), _l("把入驻地址 /join 发给商户，或自己走一遍"), _any(Merchant.status == "open"), url_for("MerchantView.list"), _l("看商户")),
        Step(_l("第一笔订单付款"), _l("从小程序或接口文档页下一单，钱一路走到账单"), _any(Order.paid > 0), url_for("JobsPage.index"), _l("看后台任务")),
    ]


def _any(condition: Any) -> bool:
    return bool(db.session.scalar(select(exists().where(condition))))


def _people() -> tuple[dict[str, int], bool]:
    """How many active people hold each role, and whether every administrator has a second factor."""
    role = StaffUser.roles.property.mapper.class_
    rows = select(role.name, func.count(), func.bool_and(StaffUser.totp_confirmed_at.is_not(None))).join(StaffUser.roles).where(StaffUser.active)
    found = {name: (count, confirmed) for name, count, confirmed in db.session.execute(rows.group_by(role.name))}
    return {name: count for name, (count, _confirmed) in found.items()}, bool(found.get("Admin", (0, False))[1])
