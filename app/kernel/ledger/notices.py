"""What finance is told about the proofs: when they stop holding, and when they hold again."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.framework.notices import Happening, NoticeKind, Told, Variable
from app.kernel.ledger.models import LedgerProofRun

FINANCE = _l("财务人员")
COUNT = Variable("count", _l("不符的处数"), "2")
CHECKED = Variable("proofs", _l("核对的项数"), "25")


def _told(run: LedgerProofRun, happening: Happening) -> Told:
    return Told("ProofsPage.index", {}, {"count": str(run.findings), "proofs": str(run.proofs)}, roles=frozenset({"Finance"}))


NOTICES = (
    NoticeKind(
        "ledger.proofs_failed", _l("账实核对不符"), FINANCE, ("ledger_proofs.failed",), _told, _l("账实核对不符，付款已暂停"),
        _l("核对了 {proofs} 项，{count} 处不符。查清前不付款。"), (COUNT, CHECKED), texted=True,
    ),
    NoticeKind(
        "ledger.proofs_resolved", _l("账实核对恢复相符"), FINANCE, ("ledger_proofs.resolved",), _told, _l("账实核对恢复相符，可以付款"),
        _l("核对了 {proofs} 项，全部相符。"), (COUNT, CHECKED),
    ),
)
