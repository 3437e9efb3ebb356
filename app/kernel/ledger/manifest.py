"""What the ledger brings: its proofs, the hourly check, the chain of blocks, the nightly closing, the explorer, the proofs page."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Grant, Manifest, MenuItem
from app.framework.queue import Job
from app.kernel.ledger.jobs import check_asked_proofs, check_proofs, close_yesterday, seal_ledger
from app.kernel.ledger.notices import NOTICES
from app.kernel.ledger.proofs import LEDGER_PROOFS
from app.kernel.ledger.views import LedgerPage, ProofsPage

manifest = Manifest(
    name="ledger",
    title=_l("总账"),
    order=30,
    jobs=(
        Job("check_proofs", _l("核对账务证明"), check_proofs, schedule="7 * * * *", lock="check_proofs"),
        Job("check_asked_proofs", _l("按要求核对账务证明"), check_asked_proofs),
        Job("seal_ledger", _l("封存账本"), seal_ledger, schedule="*/10 * * * *", lock="seal_ledger"),
        Job("close_yesterday", _l("关闭昨日账期"), close_yesterday, schedule="30 2 * * *", lock="close_yesterday"),
    ),
    checks=LEDGER_PROOFS,
    notices=NOTICES,
    words={"ledger_proofs.failed": _l("账实核对不符"), "ledger_proofs.resolved": _l("账实核对恢复相符")},
    views=(LedgerPage, ProofsPage),
    grants=(Grant("Finance", "ledger", ("*",)), Grant("Finance", "ledger.proofs", ("*",))),
    menu=(
        MenuItem("ledger", "LedgerPage.index", _l("账本"), "book", _l("财务"), 250),
        MenuItem("ledger.proofs", "ProofsPage.index", _l("账实核对"), "check", _l("财务"), 260),
    ),
)
