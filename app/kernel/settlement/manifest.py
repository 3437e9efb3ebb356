"""What settlement brings: its flows, the hourly release, the nightly closing, proof 10, its pages."""

from flask_babel import lazy_gettext as _l

from app.framework.manifest import Manifest
from app.framework.queue import Job
from app.kernel.settlement.jobs import close_cycles, release_holds
from app.kernel.settlement.models import POLICY_FLOW, STATEMENT_FLOW
from app.kernel.settlement.proofs import MerchantsHaveWhatTheyEarned, StatementsEqualTheLedger

manifest = Manifest(
    name="settlement",
    title=_l("结算"),
    order=80,
    flows=(POLICY_FLOW, STATEMENT_FLOW),
    jobs=(
        Job("release_holds", _l("放款"), release_holds, schedule="20 * * * *", lock="release_holds"),
        Job("close_cycles", _l("出账"), close_cycles, schedule="30 2 * * *", lock="close_cycles"),
    ),
    checks=(MerchantsHaveWhatTheyEarned, StatementsEqualTheLedger),
)
