"""What merchants and finance are told about statements, disputes, withdrawals, and invoices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.settlement.models import Dispute, Invoice, Statement, Withdrawal
from app.kernel.settlement.payees import Payee, earners, works_at

OWNER = _l("商户的店主")
ASKER = _l("商户的店主，或者提现的人")
NUMBER = Variable("statement", _l("账单号"), "S20261123-0007")
DAY = Variable("day", _l("账单日"), "2026-11-23")
AMOUNT = Variable("amount", _l("应付金额"), "¥12,480.50", required=True)
DISPUTE = Variable("dispute", _l("异议号"), "S20261123-0007-Y1")
CLAIMED = Variable("amount", _l("少算了"), "¥12.00", required=True)
GRANTED = Variable("granted", _l("补款"), "¥12.00")
SAYS = Variable("reason", _l("商户说的"), _l("少了一单"))
WITHDRAWAL = Variable("withdrawal", _l("提现号"), "W261123000007")
TAKEN = Variable("amount", _l("提现金额"), "¥8,000.00", required=True)
INVOICE = Variable("invoice", _l("申请号"), "F261123000007")
FEES = Variable("amount", _l("开票金额"), "¥1,260.00", required=True)
MONTH = Variable("month", _l("月份"), "2026-10", required=True)
REASON = Variable("reason", _l("原因"), _l("银行说户名不符"), required=True)

ANSWER = Variable("answer", _l("答复"), _l("已补给你 ¥12.00"))
FINANCE = frozenset({"Finance"})
OWNERS = frozenset({"Owner"})


def _told(statement: Statement, happening: Happening, **whom: Any) -> Told:
    values = {"statement": statement.number, "day": statement.day.isoformat(), "amount": yuan(statement.payable), "reason": happening.reason}
    return Told("StatementView.show", {"pk": statement.id}, values, **whom)


def _to_owner(statement: Statement, happening: Happening) -> Told:
    return _told(statement, happening, merchant_id=statement.merchant_id, roles=OWNERS)


def _to_finance(statement: Statement, happening: Happening) -> Told:
    return _told(statement, happening, roles=FINANCE)


def _dispute(dispute: Dispute, happening: Happening, **whom: Any) -> Told:
    values = {"dispute": dispute.number, "amount": yuan(dispute.claimed), "granted": yuan(dispute.granted), "reason": dispute.reason, "answer": dispute.answer}
    return Told("DisputeView.show", {"pk": dispute.id}, values, **whom)


def _dispute_to_finance(dispute: Dispute, happening: Happening) -> Told:
    return _dispute(dispute, happening, roles=FINANCE)


def _dispute_to_owner(dispute: Dispute, happening: Happening) -> Told:
    return _dispute(dispute, happening, merchant_id=dispute.merchant_id, roles=OWNERS)


def _withdrawal(asked: Withdrawal, happening: Happening, **whom: Any) -> Told:
    values = {"withdrawal": asked.number, "amount": yuan(asked.amount), "reason": happening.reason}
    return Told("WithdrawalView.show", {"pk": asked.id}, values, **whom)


def _withdrawal_to_finance(asked: Withdrawal, happening: Happening) -> Told:
    return _withdrawal(asked, happening, roles=FINANCE)


def _withdrawal_to_owner(asked: Withdrawal, happening: Happening) -> Told | None:
    """A merchant's owner; a person on the page of its own."""
    if asked.merchant_id:
        return _withdrawal(asked, happening, merchant_id=asked.merchant_id, roles=OWNERS)
    if asked.owner_kind not in earners():
        return None
    place = works_at(Payee(asked.owner_kind, asked.owner_id))
    return replace(_withdrawal(asked, happening, user_id=asked.owner_id, merchant_id=place), endpoint="EarningsPage.index", keys={})


def _invoice(invoice: Invoice, happening: Happening, **whom: Any) -> Told:
    values = {"invoice": invoice.number, "amount": yuan(invoice.amount), "month": f"{invoice.month:%Y-%m}", "reason": happening.reason}
    return Told("InvoiceView.show", {"pk": invoice.id}, values, **whom)


def _invoice_to_finance(invoice: Invoice, happening: Happening) -> Told:
    return _invoice(invoice, happening, roles=FINANCE)


def _invoice_to_owner(invoice: Invoice, happening: Happening) -> Told:
    return _invoice(invoice, happening, merchant_id=invoice.merchant_id, roles=OWNERS)


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
    NoticeKind(
        "settlement.to_confirm", _l("账单等商户确认"), OWNER, ("settle_statement.ask_merchant",), _to_owner, _l("{day} 的账单等你确认"),
        _l("账单 {statement} 应付 {amount}。有不对的地方可以提出异议；过了期限没有答复算确认。"), (NUMBER, DAY, AMOUNT), texted=True,
    ),
    NoticeKind(
        "settlement.dispute_opened", _l("商户对账单有异议"), _l("财务人员"), ("settle_dispute.opened",), _dispute_to_finance, _l("账单异议：少算了 {amount}"),
        _l("{dispute}：{reason}"), (DISPUTE, CLAIMED, SAYS),
    ),
    NoticeKind(
        "settlement.dispute_answered", _l("账单异议有答复"), OWNER, ("settle_dispute.uphold", "settle_dispute.reject"), _dispute_to_owner,
        _l("异议 {dispute} 有答复"), _l("你提的 {amount}，补款 {granted}。{answer}"), (DISPUTE, CLAIMED, GRANTED, ANSWER),
    ),
    NoticeKind(
        "settlement.withdrawal_asked", _l("提现等审核"), _l("财务人员"), ("settle_withdrawal.asked",), _withdrawal_to_finance, _l("提现 {amount} 等审核"),
        _l("提现 {withdrawal} 超过审核线，通过后进入下一个付款批次。"), (WITHDRAWAL, TAKEN),
    ),
    NoticeKind(
        "settlement.withdrawal_paid", _l("提现到账"), ASKER, ("settle_withdrawal.mark_paid",), _withdrawal_to_owner, _l("提现 {amount} 已到账"),
        _l("提现 {withdrawal} 已付到收款账户。"), (WITHDRAWAL, TAKEN),
    ),
    NoticeKind(
        "settlement.withdrawal_back", _l("提现没有付成"), ASKER,
        ("settle_withdrawal.refuse", "settle_withdrawal.mark_failed", "settle_withdrawal.mark_returned"), _withdrawal_to_owner,
        _l("提现 {amount} 没有付成"), _l("提现 {withdrawal}：{reason}。钱回到可提现。"), (WITHDRAWAL, TAKEN, REASON), texted=True,
    ),
    NoticeKind(
        "settlement.invoice_asked", _l("商户申请开票"), _l("财务人员"), ("settle_invoice.asked",), _invoice_to_finance, _l("{month} 的开票申请：{amount}"),
        _l("申请 {invoice} 等登记开票。"), (INVOICE, FEES, MONTH),
    ),
    NoticeKind(
        "settlement.invoice_answered", _l("开票有结果"), OWNER, ("settle_invoice.issue", "settle_invoice.refuse"), _invoice_to_owner,
        _l("{month} 的开票申请有结果"), _l("申请 {invoice}，金额 {amount}。{reason}"), (INVOICE, FEES, MONTH, Variable("reason", _l("原因"), _l("抬头不对"))),
    ),
)
