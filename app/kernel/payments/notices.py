"""What finance is told about money that is not as it should be."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.payments.models import ANOMALY_KINDS, Anomaly, OtherWay

FINANCE = frozenset({"Finance"})
KIND = Variable("kind", _l("什么异常"), _l("重复支付"), required=True)
AMOUNT = Variable("amount", _l("金额"), "¥36.00", required=True)


def _odd(anomaly: Anomaly, happening: Happening) -> Told:
    values = {"kind": ANOMALY_KINDS[anomaly.kind], "number": anomaly.subject or anomaly.address, "amount": yuan(anomaly.amount or 0)}
    return Told("AnomalyView.show", {"pk": anomaly.id}, values, roles=FINANCE)


def _proposed(way: OtherWay, happening: Happening) -> Told:
    return Told("OtherWayView.show", {"pk": way.id}, {"amount": yuan(way.amount), "payee": way.payee, "reason": happening.reason}, roles=FINANCE)


NOTICES = (
    NoticeKind(
        "payments.odd", _l("支付异常"), _l("财务"), ("pay_anomaly.found", "pay_anomaly.reopen"), _odd, _l("支付异常：{kind}"),
        _l("单号 {number}，金额 {amount}，请核对。"),
        (KIND, Variable("number", _l("单号"), "P26112400001234"), Variable("amount", _l("金额"), "¥36.00")),
    ),
    NoticeKind(
        "payments.other_way", _l("改用其他方式退，等批准"), _l("其他财务人员"), ("pay_other_way.proposed",), _proposed, _l("改付 {amount} 等你批准"),
        _l("要把退款 {amount} 转账给 {payee}：{reason}"),
        (AMOUNT, Variable("payee", _l("收款人"), _l("李婉清")), Variable("reason", _l("原因"), _l("微信账户已注销"))),
    ),
)
