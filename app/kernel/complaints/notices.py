"""What merchants and arbiters are told about complaints."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.complaints.models import Complaint
from app.kernel.parties.roles import RUNNERS

VARIABLES = (
    Variable("order", _l("订单号"), "D26112400001234"), Variable("amount", _l("金额"), "¥36.00", required=True),
    Variable("reason", _l("原因"), _l("少送了一份")),
)


def _told(complaint: Complaint, happening: Happening, amount: int, **whom: Any) -> Told:
    values = {"order": complaint.order_number, "amount": yuan(amount), "reason": happening.reason or complaint.words[:200]}
    return Told("ComplaintView.show", {"pk": complaint.id}, values, **whom)


def _to_merchant(complaint: Complaint, happening: Happening) -> Told:
    return _told(complaint, happening, complaint.granted or complaint.wish, merchant_id=complaint.merchant_id, roles=RUNNERS)


def _to_arbiters(complaint: Complaint, happening: Happening) -> Told:
    return _told(complaint, happening, complaint.granted or complaint.wish, roles=frozenset({"Operator"}))


def _to_customer(complaint: Complaint, happening: Happening) -> Told:
    values = {"order": complaint.order_number, "amount": yuan(complaint.granted or complaint.wish), "reason": complaint.ruling or complaint.answer}
    return Told("pages/complaint", {"id": complaint.id}, values, complaint.merchant_id, customer_id=complaint.customer_id)


NOTICES = (
    NoticeKind(
        "complaints.opened", _l("顾客投诉"), _l("商户的店主、店长"), ("complaint.opened",), _to_merchant, _l("顾客投诉，想退 {amount}"),
        _l("订单 {order}：{reason}。请在期限内答复，不答复会交平台裁决。"), VARIABLES, texted=True,
    ),
    NoticeKind(
        "complaints.arbitrating", _l("投诉等平台裁决"), _l("平台运营"), ("complaint.escalate", "complaint.time_out", "complaint.send_back"), _to_arbiters,
        _l("投诉等裁决：{amount}"), _l("订单 {order}：{reason}"), VARIABLES,
    ),
    NoticeKind(
        "complaints.ruled", _l("裁决等复核"), _l("其他平台运营"), ("complaint.rule",), _to_arbiters, _l("裁决退 {amount}，等你复核"),
        _l("订单 {order}：{reason}"), VARIABLES,
    ),
    NoticeKind(
        "complaints.upheld", _l("投诉裁决结果"), _l("商户的店主、店长"), ("complaint.uphold", "complaint.dismiss"), _to_merchant, _l("投诉已裁决"),
        _l("订单 {order} 的投诉已裁决，涉及 {amount}，看裁决理由和谁承担。"), VARIABLES,
    ),
    NoticeKind(
        "complaints.answered", _l("投诉有答复"), _l("投诉的顾客"), ("complaint.answer", "complaint.agree", "complaint.uphold", "complaint.dismiss"),
        _to_customer, _l("你的投诉有结果了"), _l("订单 {order}，{amount}：{reason}"), VARIABLES, customers=True,
    ),
)
