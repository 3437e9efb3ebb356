"""What finance and operators are told about monthly accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.money import yuan
from app.framework.database import get
from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.credit.models import CreditAccount, CreditReceipt, CreditStatement, LimitChange
from app.kernel.credit.models.statements import RECEIPT_KINDS

COMPANY = Variable("company", _l("企业"), _l("青溪镇建筑公司"), required=True)
AMOUNT = Variable("amount", _l("金额"), "¥5,000.00", required=True)
REASON = Variable("reason", _l("原因"), _l("员工工作餐"))
NUMBER = Variable("number", _l("账单号"), "Z261101000001")
FINANCE = frozenset({"Finance"})


def _account(account: CreditAccount, happening: Happening) -> Told:
    values = {"company": account.company, "amount": yuan(account.credit_limit), "reason": happening.reason}
    return Told("CreditAccountView.show", {"pk": account.id}, values, roles=FINANCE)


def _limit(change: LimitChange, happening: Happening) -> Told:
    values = {"company": get(CreditAccount, change.account_id).company, "amount": yuan(change.after), "reason": happening.reason}
    return Told("CreditLimitView.show", {"pk": change.id}, values, roles=FINANCE)


def _receipt(receipt: CreditReceipt, happening: Happening) -> Told:
    statement = get(CreditStatement, receipt.statement_id)
    values = {
        "company": get(CreditAccount, statement.account_id).company, "amount": yuan(receipt.amount), "number": statement.number,
        "kind": str(RECEIPT_KINDS[receipt.kind]),
    }
    return Told("CreditReceiptView.show", {"pk": receipt.id}, values, roles=FINANCE)


def _late(statement: CreditStatement, happening: Happening) -> Told:
    account = get(CreditAccount, statement.account_id)
    values = {"company": account.company, "amount": yuan(statement.remaining), "number": statement.number, "phone": account.phone}
    return Told("CreditStatementView.show", {"pk": statement.id}, values, roles=frozenset({"Finance", "Operator"}))


NOTICES = (
    NoticeKind(
        "credit.account_proposed", _l("月结开户等批准"), _l("财务"), ("credit_account.proposed",), _account, _l("月结开户等你批准：{company}"),
        _l("{company} 申请月结，额度 {amount}：{reason}"), (COMPANY, AMOUNT, REASON),
    ),
    NoticeKind(
        "credit.limit_proposed", _l("月结额度等批准"), _l("财务"), ("credit_limit_change.proposed",), _limit, _l("月结额度等你批准：{company}"),
        _l("{company} 的额度要改成 {amount}：{reason}"), (COMPANY, AMOUNT, REASON),
    ),
    NoticeKind(
        "credit.receipt_proposed", _l("月结回款等批准"), _l("财务"), ("credit_receipt.proposed",), _receipt, _l("{kind}等你批准：{company} {amount}"),
        _l("账单 {number}，{company}，{kind} {amount}"), (COMPANY, AMOUNT, NUMBER, Variable("kind", _l("种类"), _l("银行到账"))),
    ),
    NoticeKind(
        "credit.late", _l("月结账单逾期"), _l("财务、运营"), ("credit_statement.remind",), _late, _l("{company} 的账单逾期，欠 {amount}"),
        _l("账单 {number} 还欠 {amount}，联系 {company}：{phone}"), (COMPANY, AMOUNT, NUMBER, Variable("phone", _l("联系电话"), "13800138000")),
    ),
    NoticeKind(
        "credit.suspended", _l("月结账户暂停"), _l("财务"), ("credit_account.suspend",), _account, _l("{company} 的月结账户已暂停"),
        _l("{company}（额度 {amount}）暂停挂账：{reason}"), (COMPANY, AMOUNT, REASON),
    ),
)
