"""What settlement brings: its flows, the hourly release, the nightly closing, proof 10, its pages and cards."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Related
from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.exports import sources
from app.kernel.ledger import lookups
from app.kernel.settlement.home import MyMoney, SettlementTodo
from app.kernel.settlement.jobs import close_cycles, release_holds
from app.kernel.settlement.models import POLICY_FLOW, STATEMENT_FLOW
from app.kernel.settlement.models.policies import CYCLES
from app.kernel.settlement.notices import NOTICES
from app.kernel.settlement.operations.exports import SOURCES
from app.kernel.settlement.proofs import MerchantsHaveWhatTheyEarned, StatementsEqualTheLedger
from app.kernel.settlement.queries import orders_numbered, waiting_statements
from app.kernel.settlement.views.desk import SettlementDesk
from app.kernel.settlement.views.policies import SettlementPolicyView
from app.kernel.settlement.views.statements import StatementView

lookups.register(orders_numbered)
for name, source in SOURCES.items():
    sources.register(name, source)

manifest = Manifest(
    name="settlement",
    title=_l("结算"),
    order=80,
    flows=(POLICY_FLOW, STATEMENT_FLOW),
    fields={
        "settle_policy.cycle": Column("cycle", _l("出账周期"), choices=CYCLES), "settle_policy.hold_days": Column("hold_days", _l("完成后几天放款")),
        "settle_cycle.watermark": Column("watermark", _l("账本水位")),
    },
    notices=NOTICES,
    words={
        "settle_policy.proposed": _l("提出结算规则"), "settle_cycle.opened": _l("开始出账"), "settle_cycle.closed": _l("出账完成"),
    },
    jobs=(
        Job("release_holds", _l("放款"), release_holds, schedule="20 * * * *", lock="release_holds"),
        Job("close_cycles", _l("出账"), close_cycles, schedule="30 2 * * *", lock="close_cycles"),
    ),
    checks=(MerchantsHaveWhatTheyEarned, StatementsEqualTheLedger),
    views=(SettlementDesk, StatementView, SettlementPolicyView),
    home=(SettlementTodo, MyMoney),
    related={"parties.merchants": (Related(StatementView, "merchant_id"),)},
    grants=(
        Grant("Finance", "settlement.desk", ("*",)),
        Grant("Finance", "settlement.statements", ("*",)),
        Grant("Finance", "settlement.policies", ("*",)),
        Grant("Owner", "settlement.statements", ("list", "show", "export", "workbook")),
        Grant("Manager", "settlement.statements", ("list", "show")),
    ),
    menu=(
        MenuItem("settlement.desk", "SettlementDesk.index", _l("结算台"), "wallet", _l("财务"), 200, badge=waiting_statements),
        MenuItem("settlement.statements", "StatementView.list", _l("账单"), "list", _l("财务"), 210),
        MenuItem("settlement.policies", "SettlementPolicyView.list", _l("结算规则"), "gear", _l("财务"), 220),
    ),
)
