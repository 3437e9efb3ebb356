"""What merchants and finance are told about statements."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.settlement.models import Statement

OWNER = _l("商户的店主")
NUMBER = Variable("statement", _l("账单号"), "S20261123-0007")
DAY = Variable("day", _l("账单日"), "2026-11-23")
AMOUNT = Variable("amount", _l("应付金额"), "¥12,480.50", required=True)
REASON = Variable("reason", _l("原因"), _l("银行说户名不符"), required=True)


def _told(statement: Statement, happening: Happening, **whom: Any) -> Told:
    values = {"statement": statement.number, "day": statement.day.isoformat(), "amount": yuan(statement.payable), "reason": happening.reason}
    return Told("StatementView.show", {"pk": statement.id}, values, **whom)


def _to_owner(statement: Statement, happening: Happening) -> Told:
    return _told(statement, happening, merchant_id=statement.merchant_id, roles=frozenset({"Owner"}))


def _to_finance(statement: Statement, happening: Happening) -> Told:
    return _told(statement, happening, roles=frozenset({"Finance"}))


NOTICES = (
    NoticeKind(
        "settlement.frozen", _l("账单等审批"), _l("其他财务人员"), ("settle_statement.freeze",), _to_finance, _l("账单等你审批：{amount}"),
        _l("账单 {statement} 已冻结，应付 {amount}，要另一个人审批。"), (NUMBER, DAY, AMOUNT),
    ),
    NoticeKind(
        "settlement.approved", _l("账单审批通过"), OWNER, ("settle_statement.approve",), _to_owner, _l("{day} 的账单已审批"),
        _l("账单 {statement} 应付 {amount}，接下来打款到收款账户。"), (NUMBER, DAY, AMOUNT),
    ),
    NoticeKind(
        "settlement.paid", _l("账单已付款"), OWNER, ("settle_statement.mark_paid",), _to_owner, _l("已付款 {amount}"),
        _l("账单 {statement} 的 {amount} 已打到收款账户。"), (NUMBER, DAY, AMOUNT), texted=True,
    ),
    NoticeKind(
        "settlement.failed", _l("账单付款失败或退汇"), OWNER, ("settle_statement.mark_failed", "settle_statement.mark_returned"), _to_owner,
        _l("{amount} 没有付成"), _l("账单 {statement} 的 {amount} 没有付成：{reason}。钱还在账上，请核对收款账户。"),
        (NUMBER, DAY, AMOUNT, REASON), texted=True,
    ),
)
