"""What people who answer refunds are told, and the customers who asked."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.aftersales.models import RefundCase
from app.kernel.parties.roles import FRONT, OPERATORS

VARIABLES = (
    Variable("order", _l("订单号"), "D26112400001234"), Variable("amount", _l("金额"), "¥36.00", required=True),
    Variable("reason", _l("原因"), _l("少送了一份")),
)


def _told(case: RefundCase, reason: str, **whom: Any) -> Told:
    return Told("RefundCaseView.show", {"pk": case.id}, {"order": case.order_number, "amount": yuan(case.amount), "reason": reason}, **whom)


def _to_front(case: RefundCase, happening: Happening) -> Told:
    """Those who answer."""
    return _told(case, case.reason, merchant_id=case.merchant_id, roles=FRONT)


def _to_second_person(case: RefundCase, happening: Happening) -> Told:
    """Those of the proposer's side who may approve."""
    if happening.actor.kind == "staff":
        return _told(case, case.reason, roles=OPERATORS)
    return _told(case, case.reason, merchant_id=case.merchant_id, roles=FRONT)


def _to_customer(case: RefundCase, happening: Happening) -> Told:
    """Who gets the money, or not."""
    values = {"order": case.order_number, "amount": yuan(case.amount), "reason": happening.reason or case.reason}
    return Told("pages/refund", {"id": case.id}, values, case.merchant_id, customer_id=case.customer_id)


NOTICES = (
    NoticeKind(
        "aftersales.asked", _l("顾客申请退款"), _l("商户的店主、店长、收银"), ("refund_case.asked",), _to_front, _l("顾客申请退款 {amount}"),
        _l("订单 {order} 申请退款 {amount}：{reason}"), VARIABLES,
    ),
    NoticeKind(
        "aftersales.second_person", _l("退款等第二人批准"), _l("提出的人那一方能批准的其他人"), ("refund_case.propose", "refund_case.propose_overrule"),
        _to_second_person, _l("退款 {amount} 等你批准"), _l("订单 {order} 要退 {amount}，金额较大，要另一个人批准：{reason}"), VARIABLES,
    ),
    NoticeKind(
        "aftersales.refunded", _l("退款到账"), _l("要退款的顾客"), ("refund_case.finish",), _to_customer, _l("{amount} 已退到你的账户"),
        _l("订单 {order} 退款 {amount} 已原路到账。"), VARIABLES, customers=True,
    ),
    NoticeKind(
        "aftersales.refused", _l("退款被拒绝"), _l("要退款的顾客"), ("refund_case.refuse", "refund_case.turn_down"), _to_customer, _l("商家没有同意退款"),
        _l("订单 {order} 的 {amount}：{reason}。不同意可以投诉，由平台裁决。"), VARIABLES, customers=True,
    ),
)
