"""What settlement brings: its flows, the hourly release, the nightly closing, proof 10, its pages and cards."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Related
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.framework.settings import Setting
from app.kernel.exports import sources
from app.kernel.fulfilment.queries import called_by_couriers
from app.kernel.ledger import chain, lookups, spending
from app.kernel.orders.models import Order
from app.kernel.plans import standing
from app.kernel.settlement import payees
from app.kernel.settlement.api import api
from app.kernel.settlement.chain import explain_settlement, statements_of_order
from app.kernel.settlement.home import MyEarnings, MyMoney, SettlementTodo
from app.kernel.settlement.jobs import close_cycles, confirm_statements, follow_payouts, release_holds, send_batch
from app.kernel.settlement.models import (
    ACCOUNT_FLOW,
    BATCH_FLOW,
    DISPUTE_FLOW,
    INVOICE_FLOW,
    PAYOUT_FLOW,
    POLICY_FLOW,
    STATEMENT_FLOW,
    WITHDRAWAL_FLOW,
)
from app.kernel.settlement.models.policies import CYCLES
from app.kernel.settlement.notices import NOTICES
from app.kernel.settlement.operations.accounts import adopt_application
from app.kernel.settlement.operations.exports import SOURCES
from app.kernel.settlement.proofs import SETTLEMENT_PROOFS
from app.kernel.settlement.queries import (
    disputes_standing,
    open_batches,
    open_disputes,
    orders_numbered,
    promised_to,
    waiting_accounts,
    waiting_invoices,
    waiting_statements,
    waiting_withdrawals,
)
from app.kernel.settlement.views.accounts import PayeeAccountView
from app.kernel.settlement.views.desk import SettlementDesk
from app.kernel.settlement.views.disputes import DisputeView
from app.kernel.settlement.views.earnings import EarningsPage, PeoplePage
from app.kernel.settlement.views.income import IncomePage
from app.kernel.settlement.views.invoices import InvoiceView
from app.kernel.settlement.views.payouts import BatchView, PayoutView
from app.kernel.settlement.views.policies import SettlementPolicyView
from app.kernel.settlement.views.statements import StatementView
from app.kernel.settlement.views.withdrawals import WithdrawalView

lookups.register(orders_numbered)
spending.register(promised_to)
standing.register(disputes_standing)
chain.register(explain_settlement)
payees.register(payees.Earner("courier", _l("配送员"), "Courier", called_by_couriers))
for name, source in SOURCES.items():
    sources.register(name, source)

manifest = Manifest(
    name="settlement",
    title=_l("结算"),
    order=80,
    blueprints=(api,),
    flows=(POLICY_FLOW, STATEMENT_FLOW, ACCOUNT_FLOW, WITHDRAWAL_FLOW, BATCH_FLOW, PAYOUT_FLOW, DISPUTE_FLOW, INVOICE_FLOW),
    fields={
        "settle_policy.cycle": Column("cycle", _l("出账周期"), choices=CYCLES), "settle_policy.hold_days": Column("hold_days", _l("完成后几天放款")),
        "settle_cycle.watermark": Column("watermark", _l("账本水位")),
        "settle_account.number_masked": Column("number_masked", _l("账号")), "settle_batch.rows": Column("rows", _l("笔数")),
        "settle_batch.total": Column("total", _l("总额"), kind="money"), "settle_withdrawal.amount": Column("amount", _l("提现金额"), kind="money"),
        "settle_dispute.claimed": Column("claimed", _l("少算了"), kind="money"), "settle_invoice.amount": Column("amount", _l("金额"), kind="money"),
    },
    handlers={"record_moved": (adopt_application,)},
    settings=(
        Setting("settlement.withdrawal_minimum", _l("提现最低金额"), "money", 1_00, _l("一次提现至少多少。"), least=1, most=1_000_00, money=True),
        Setting("settlement.withdrawal_fee", _l("提现手续费"), "money", 0, _l("每笔提现收多少，到账时扣；没付成不收。"), least=0, most=100_00, money=True),
        Setting(
            "settlement.withdrawal_daily_count", _l("每天提现次数"), "count", 3, _l("一个商户一天最多提几次。"), least=1, most=50, unit=_l("次"), money=True,
        ),
        Setting(
            "settlement.withdrawal_daily_most", _l("每天提现金额"), "money", 50_000_00, _l("一个商户一天最多提多少。"), least=1_00,
            most=10_000_000_00, money=True,
        ),
        Setting(
            "settlement.withdrawal_review_above", _l("提现审核线"), "money", 5_000_00, _l("超过这个金额的提现要财务审核，以下自动进付款批次。"), least=0,
            most=10_000_000_00, money=True,
        ),
    ),
    notices=NOTICES,
    words={
        "settle_policy.proposed": _l("提出结算规则"), "settle_cycle.opened": _l("开始出账"), "settle_cycle.closed": _l("出账完成"),
        "settle_account.proposed": _l("登记收款账户"), "settle_withdrawal.asked": _l("申请提现"), "settle_batch.made": _l("做付款批次"),
        "settle_batch.file_taken": _l("下载银行文件"), "settle_dispute.opened": _l("提出异议"), "settle_invoice.asked": _l("申请开票"),
        "settle_invoice.file_attached": _l("上传发票文件"),
    },
    jobs=(
        Job("release_holds", _l("放款"), release_holds, schedule="20 * * * *", lock="release_holds"),
        Job("close_cycles", _l("出账"), close_cycles, schedule="30 2 * * *", lock="close_cycles"),
        Job("send_batch", _l("付出一个批次"), send_batch),
        Job("follow_payouts", _l("跟进付款结果"), follow_payouts, schedule="*/10 * * * *", lock="follow_payouts"),
        Job("confirm_statements", _l("到期账单算确认"), confirm_statements, schedule="5 * * * *", lock="confirm_statements"),
    ),
    checks=SETTLEMENT_PROOFS,
    views=(
        SettlementDesk, StatementView, SettlementPolicyView, PayeeAccountView, WithdrawalView, BatchView, PayoutView, DisputeView, InvoiceView, IncomePage,
        EarningsPage, PeoplePage,
    ),
    home=(SettlementTodo, MyMoney, MyEarnings),
    leads={Order: (statements_of_order,)},
    related={"parties.merchants": (Related(StatementView, "merchant_id"), Related(PayeeAccountView, "merchant_id"))},
    grants=(
        Grant("Finance", "settlement.desk", ("*",)),
        Grant("Finance", "settlement.statements", ("*",)),
        Grant("Finance", "settlement.policies", ("*",)),
        Grant("Finance", "settlement.accounts", ("list", "show", "export", "approve", "refuse")),
        Grant("Finance", "settlement.withdrawals", ("list", "show", "export", "approve", "refuse")),
        Grant("Finance", "settlement.batches", ("*",)),
        Grant("Finance", "settlement.payouts", ("*",)),
        Grant("Finance", "settlement.disputes", ("list", "show", "export", "propose", "uphold", "send_back", "reject")),
        Grant("Finance", "settlement.invoices", ("list", "show", "export", "issue", "refuse", "edit")),
        Grant("Finance", "settlement.income", ("*",)),
        Grant("Finance", "settlement.people", ("*",)),
        Grant("Courier", "settlement.earnings", ("*",)),
        Grant("Owner", "settlement.statements", ("list", "show", "export", "workbook", "paper", "confirm", "object")),
        Grant("Owner", "settlement.accounts", ("list", "show", "add")),
        Grant("Owner", "settlement.withdrawals", ("list", "show", "export", "add", "cancel")),
        Grant("Owner", "settlement.disputes", ("list", "show", "add", "withdraw")),
        Grant("Owner", "settlement.invoices", ("list", "show", "export", "add", "cancel")),
        Grant("Manager", "settlement.statements", ("list", "show")),
        Grant("Manager", "settlement.withdrawals", ("list", "show")),
    ),
    menu=(
        MenuItem("settlement.desk", "SettlementDesk.index", _l("结算台"), "wallet", _l("财务"), 200, badge=waiting_statements),
        MenuItem("settlement.statements", "StatementView.list", _l("账单"), "list", _l("财务"), 210),
        MenuItem("settlement.batches", "BatchView.list", _l("付款批次"), "wallet", _l("财务"), 212, badge=open_batches),
        MenuItem("settlement.payouts", "PayoutView.list", _l("付款"), "list", _l("财务"), 213),
        MenuItem("settlement.people", "PeoplePage.index", _l("个人收入"), "people", _l("财务"), 219),
        MenuItem("settlement.earnings", "EarningsPage.index", _l("我挣的"), "wallet", _l("财务"), 199),
        MenuItem("settlement.withdrawals", "WithdrawalView.list", _l("提现"), "wallet", _l("财务"), 214, badge=waiting_withdrawals),
        MenuItem("settlement.disputes", "DisputeView.list", _l("账单异议"), "alert", _l("财务"), 215, badge=open_disputes),
        MenuItem("settlement.accounts", "PayeeAccountView.list", _l("收款账户"), "wallet", _l("财务"), 216, badge=waiting_accounts),
        MenuItem("settlement.invoices", "InvoiceView.list", _l("发票"), "file", _l("财务"), 217, badge=waiting_invoices),
        MenuItem("settlement.income", "IncomePage.index", _l("收入报送"), "chart", _l("财务"), 218),
        MenuItem("settlement.policies", "SettlementPolicyView.list", _l("结算规则"), "gear", _l("财务"), 220),
    ),
)
