"""The kinds of differences, where the money of each goes unless somebody finds out more, and how many days it may wait."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

BREAKS: dict[str, Any] = {
    "channel_only_payment": _l("渠道有、我们没有的收款"),
    "local_only_payment": _l("我们有、渠道没有的收款"),
    "channel_only_refund": _l("渠道有、我们没有的退款"),
    "local_only_refund": _l("我们有、渠道没有的退款"),
    "amount": _l("金额不同"),
    "status": _l("渠道成功、我们没有入账"),
    "fee": _l("手续费不同"),
    "coupon": _l("用了渠道代金券"),
    "duplicate": _l("账单里重复"),
    "timing": _l("两边不在同一天"),
    "payout_missing": _l("只有一边有的付款"),
    "payout_returned": _l("付款被退回"),
    "share": _l("分账不同"),
    "balance_gap": _l("账户余额接不上"),
    "unknown_kind": _l("不认识的交易"),
}
RESOLUTIONS: dict[str, Any] = {
    "unidentified": _l("转不明来款，等人认领"),
    "loss": _l("平台承担损失"),
    "coupon": _l("平台承担代金券"),
    "bank": _l("转银行存款"),
    "explained": _l("已查明，不用调账"),
    "matched": _l("另一方后来也有了"),
}
REASONS: dict[str, tuple[Any, ...]] = {
    "channel_only_payment": (_l("顾客直接扫了收款码"), _l("回调丢失，订单已关闭")),
    "local_only_payment": (_l("渠道确认没有这笔"), _l("渠道撤销，没有到账")),
    "channel_only_refund": (_l("在商户平台上手工退款"),),
    "local_only_refund": (_l("渠道确认没有退出"),),
    "amount": (_l("渠道确认账单金额为准"), _l("顾客付款前优惠失效")),
    "fee": (_l("费率有活动"), _l("进位方法不同")),
    "coupon": (_l("渠道营销券，商户承担"),),
    "duplicate": (_l("顾客当场撤销"), _l("渠道重复记账，已报渠道")),
    "timing": (_l("跨日入账，次日已核对"),),
    "payout_missing": (_l("银行确认在途"), _l("渠道代付，已核对回单")),
    "payout_returned": (_l("收款户名不符，退回"),),
    "share": (_l("按协议分账，已核对"),),
    "balance_gap": (_l("首份账单的期初余额"), _l("渠道更正余额")),
    "unknown_kind": (_l("提现到银行，已核对回单"), _l("渠道服务费")),
}
DUE_DAYS = {"timing": 2, "balance_gap": 1, "fee": 5, "coupon": 5, "share": 5}
USUAL_DUE_DAYS = 3
THROUGH_THE_BANK = frozenset({"withdrawal", "payout", "returned"})


def resolution_for(effect: int, kind: str = "", movement: str = "") -> str:
    """Where the money of a settled break goes: nowhere when there is none; to or from the bank for payouts, those that came back, and withdrawals;
    to our coupons for a coupon; else to a person's desk when we have too much, to our cost when too little."""
    if effect == 0:
        return "explained"
    if movement in THROUGH_THE_BANK:
        return "bank"
    if kind == "coupon":
        return "coupon"
    return "unidentified" if effect > 0 else "loss"


def due_days(kind: str) -> int:
    """How many days a difference of that kind may wait."""
    return DUE_DAYS.get(kind, USUAL_DUE_DAYS)
