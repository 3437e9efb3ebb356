"""What monthly accounts bring: accounts, members, statements, receipts, the members' door, two jobs, two proofs."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.credit.api import api
from app.kernel.credit.home import OverdueCard
from app.kernel.credit.jobs import bill_accounts, chase_accounts
from app.kernel.credit.models import ACCOUNT_FLOW, LIMIT_FLOW, RECEIPT_FLOW, STATEMENT_FLOW
from app.kernel.credit.notices import NOTICES
from app.kernel.credit.proofs import CREDIT_PROOFS
from app.kernel.credit.queries import waiting_of_credit
from app.kernel.credit.tender import TENDER
from app.kernel.credit.views.accounts import CreditAccountView, CreditLimitView, CreditMemberView
from app.kernel.credit.views.statements import CreditReceiptView, CreditStatementView
from app.kernel.payments import tenders

READ = ("list", "show", "export")
PLATFORM = ("Operator", "Finance", "Admin")

tenders.register(TENDER)

manifest = Manifest(
    name="credit",
    title=_l("月结账户"),
    order=73,
    settings=(
        Setting(
            "credit.suspend_after", _l("月结逾期多久暂停挂账"), "days", 7, _l("账单逾期超过这么多天，成员不能再挂账；付清后由财务恢复。"), least=0, most=365,
        ),
    ),
    flows=(ACCOUNT_FLOW, LIMIT_FLOW, STATEMENT_FLOW, RECEIPT_FLOW),
    blueprints=(api,),
    notices=NOTICES,
    home=(OverdueCard,),
    checks=CREDIT_PROOFS,
    jobs=(
        Job("bill_accounts", _l("出月结账单"), bill_accounts, schedule="20 3 * * *", lock="bill_accounts"),
        Job("chase_accounts", _l("催月结账单"), chase_accounts, schedule="0 9 * * *", lock="chase_accounts"),
    ),
    words={
        "credit_account.proposed": _l("申请开户"), "credit_account.changed": _l("改联系人和账期"), "credit_account.limit_changed": _l("改额度"),
        "credit_limit_change.proposed": _l("提出调整额度"), "credit_member.added": _l("加成员"), "credit_member.changed": _l("改成员"),
        "credit_statement.made": _l("出账"), "credit_receipt.proposed": _l("登记回款或核销"),
    },
    fields={
        "credit_account.credit_limit": Column("credit_limit", _l("信用额度"), kind="money"),
        "credit_limit_change.credit_limit": Column("credit_limit", _l("信用额度"), kind="money"),
    },
    views=(CreditAccountView, CreditLimitView, CreditMemberView, CreditStatementView, CreditReceiptView),
    grants=(
        *(Grant(role, view.name, READ) for role in PLATFORM for view in (CreditAccountView, CreditLimitView, CreditMemberView, CreditReceiptView)),
        *(Grant(role, CreditStatementView.name, (*READ, "workbook")) for role in PLATFORM),
        *(Grant(role, CreditAccountView.name, ("add", "edit", "suspend")) for role in ("Operator", "Finance")),
        Grant("Finance", CreditAccountView.name, ("approve", "refuse", "resume", "close")),
        *(Grant(role, CreditLimitView.name, ("add",)) for role in ("Operator", "Finance")),
        Grant("Finance", CreditLimitView.name, ("approve", "refuse")),
        *(Grant(role, CreditMemberView.name, ("add", "edit")) for role in ("Operator", "Finance")),
        Grant("Finance", CreditStatementView.name, ("send", "remind")),
        Grant("Finance", CreditReceiptView.name, ("add", "approve", "refuse")),
    ),
    menu=(
        MenuItem(CreditAccountView.name, "CreditAccountView.list", _l("月结账户"), "building", _l("财务"), 630, badge=waiting_of_credit),
        MenuItem(CreditStatementView.name, "CreditStatementView.list", _l("月结账单"), "file", _l("财务"), 631),
        MenuItem(CreditReceiptView.name, "CreditReceiptView.list", _l("月结回款"), "wallet", _l("财务"), 632),
        MenuItem(CreditMemberView.name, "CreditMemberView.list", _l("月结成员"), "people", _l("财务"), 633),
        MenuItem(CreditLimitView.name, "CreditLimitView.list", _l("月结额度调整"), "building", _l("财务"), 634),
    ),
)
