"""What people who answer refunds are told."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.aftersales.models import RefundCase

VARIABLES = (
    Variable("order", _l("订单号"), "D26112400001234"), Variable("amount", _l("金额"), "¥36.00", required=True),
    Variable("reason", _l("原因"), _l("少送了一份")),
)


def _told(case: RefundCase, reason: str, **whom: Any) -> Told:
    return Told("RefundCaseView.show", {"pk": case.id}, {"order": case.order_number, "amount": yuan(case.amount), "reason": reason}, **whom)


def _to_front(case: RefundCase, happening: Happening) -> Told:
    """Those who answer."""
    return _told(case, case.reason, merchant_id=case.merchant_id, roles=frozenset({"Owner", "Manager", "Cashier"}))


def _to_second_person(case: RefundCase, happening: Happening) -> Told:
    """Those of the proposer's side who may approve."""
    if happening.actor.kind == "staff":
        return _told(case, case.reason, roles=frozenset({"Operator", "Admin"}))
    return _told(case, case.reason, merchant_id=case.merchant_id, roles=frozenset({"Owner", "Manager", "Cashier"}))


NOTICES = (
    NoticeKind(
        "aftersales.asked", _l("顾客申请退款"), _l("商户的店主、店长、收银"), ("refund_case.asked",), _to_front, _l("顾客申请退款 {amount}"),
        _l("订单 {order} 申请退款 {amount}：{reason}"), VARIABLES,
    ),
    NoticeKind(
        "aftersales.second_person", _l("退款等第二人批准"), _l("提出的人那一方能批准的其他人"), ("refund_case.propose", "refund_case.propose_overrule"),
        _to_second_person, _l("退款 {amount} 等你批准"), _l("订单 {order} 要退 {amount}，金额较大，要另一个人批准：{reason}"), VARIABLES,
    ),
)
