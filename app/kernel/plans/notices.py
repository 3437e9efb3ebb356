"""What merchants and finance are told about plans, deposits, and advertising."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.clock import now
from app.core.money import yuan
from app.core.periods import business_day
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.plans.models import Booking, Charge, Deposit, Fine, Plan, Subscription

OWNER, FINANCE = _l("商户的店主"), _l("财务人员")
TITLE = Variable("title", _l("名称"), _l("餐厅年费"))
AMOUNT = Variable("amount", _l("金额"), "¥1,200.00")
REASON = Variable("reason", _l("原因"), _l("图片不清楚"))
DAYS = Variable("days", _l("还有几天"), "7")
OWNERS = frozenset({"Owner"})


def _owner(record: Any, endpoint: str, **values: Any) -> Told | None:
    return Told(endpoint, {"pk": record.id}, values, merchant_id=record.merchant_id, roles=OWNERS) if record.merchant_id else None


def _charged(charge: Charge, happening: Happening) -> Told | None:
    return _owner(charge, "ChargeView.show", title=charge.title, amount=yuan(charge.amount)) if charge.purpose in ("entry", "deposit") else None


def _ending(bought: Subscription, happening: Happening) -> Told | None:
    days = (bought.ends_on - business_day(now())).days if bought.ends_on else 0
    return _owner(bought, "SubscriptionView.show", title=bought.plan.title, days=str(days))


def _bought(bought: Subscription, happening: Happening) -> Told | None:
    return _owner(bought, "SubscriptionView.show", title=bought.plan.title, amount=yuan(bought.given_back), reason=happening.reason)


def _leaving(bought: Subscription, happening: Happening) -> Told:
    values = {"title": bought.plan.title, "reason": happening.reason}
    return Told("SubscriptionView.show", {"pk": bought.id}, values, roles=frozenset({"Finance"}))


def _draft(plan: Plan, happening: Happening) -> Told:
    return Told("PlanView.show", {"pk": plan.id}, {"title": plan.title}, roles=frozenset({"Finance"}))


def _fined(fine: Fine, happening: Happening) -> Told | None:
    return _owner(fine, "FineView.show", amount=yuan(fine.amount), reason=happening.reason or fine.reason)


def _appealed(fine: Fine, happening: Happening) -> Told:
    values = {"amount": yuan(fine.amount), "reason": happening.reason}
    return Told("FineView.show", {"pk": fine.id}, values, roles=frozenset({"Operator", "Finance"}))


def _returned(deposit: Deposit, happening: Happening) -> Told | None:
    return _owner(deposit, "DepositView.show", amount=yuan(deposit.returned))


def _booked(booking: Booking, happening: Happening) -> Told | None:
    return _owner(booking, "BookingView.show", title=booking.title, amount=yuan(booking.given_back), reason=happening.reason)


NOTICES = (
    NoticeKind(
        "plans.charged", _l("要缴的费用"), OWNER, ("plan_charge.made",), _charged, _l("要缴 {title} {amount}"),
        _l("请缴 {title} {amount}，用余额或扫码都可以。"), (TITLE, AMOUNT),
    ),
    NoticeKind(
        "plans.ending", _l("套餐快到期"), OWNER, ("plan_subscription.ending",), _ending, _l("{title} 还有 {days} 天到期"),
        _l("{title} 还有 {days} 天到期，续费后接着用。"), (TITLE, DAYS), texted=True,
    ),
    NoticeKind(
        "plans.expired", _l("套餐到期"), OWNER, ("plan_subscription.expire",), _bought, _l("{title} 已到期"),
        _l("{title} 已到期，权益停用，可以续费。"), (TITLE,),
    ),
    NoticeKind(
        "plans.leaving", _l("退订等批准"), FINANCE, ("plan_subscription.leave",), _leaving, _l("{title} 申请退订"), _l("{title} 申请退订：{reason}"),
        (TITLE, REASON),
    ),
    NoticeKind(
        "plans.refunded", _l("退订结果"), OWNER, ("plan_subscription.give_back",), _bought, _l("{title} 已退订"), _l("{title} 已退订，退回 {amount}。"),
        (TITLE, AMOUNT),
    ),
    NoticeKind(
        "plans.kept", _l("退订没有批准"), OWNER, ("plan_subscription.keep",), _bought, _l("{title} 没有退"),
        _l("{title} 的退订没有批准：{reason}"), (TITLE, REASON),
    ),
    NoticeKind("plans.draft", _l("套餐等批准"), FINANCE, ("plan.proposed",), _draft, _l("{title} 等批准"), _l("新套餐 {title} 要另一个人批准。"), (TITLE,)),
    NoticeKind(
        "plans.fined", _l("保证金扣罚"), OWNER, ("plan_fine.impose",), _fined, _l("保证金扣罚 {amount}"),
        _l("从保证金扣罚 {amount}：{reason}。不同意可以申诉。"),
        (AMOUNT, REASON), texted=True,
    ),
    NoticeKind(
        "plans.appealed", _l("扣罚有申诉"), _l("运营和财务人员"), ("plan_fine.appeal",), _appealed, _l("{amount} 的扣罚有申诉"), _l("商户申诉：{reason}"),
        (AMOUNT, REASON),
    ),
    NoticeKind(
        "plans.appeal_answered", _l("申诉结果"), OWNER, ("plan_fine.uphold", "plan_fine.lift"), _fined, _l("{amount} 的扣罚有了申诉结果"),
        _l("申诉的答复：{reason}"), (AMOUNT, REASON),
    ),
    NoticeKind(
        "plans.deposit_returned", _l("保证金已退"), OWNER, ("plan_deposit.give_back",), _returned, _l("保证金 {amount} 已退"),
        _l("保证金 {amount} 已退到可提现。"), (AMOUNT,),
    ),
    NoticeKind(
        "plans.creative_refused", _l("广告素材未通过"), OWNER, ("plan_booking.reject",), _booked, _l("{title} 没有通过"),
        _l("{title} 没有通过：{reason}。改好再送审。"),
        (TITLE, REASON),
    ),
    NoticeKind(
        "plans.taken_down", _l("广告下架"), OWNER, ("plan_booking.take_down", "plan_booking.lapse"), _booked, _l("{title} 下架，退回 {amount}"),
        _l("{title} 不再投放，没投完的天数退回 {amount}。{reason}"), (TITLE, AMOUNT, REASON),
    ),
)
