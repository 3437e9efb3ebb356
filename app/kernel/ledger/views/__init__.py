"""The ledger's pages: the explorer, the proofs."""

from app.kernel.ledger.views.explorer import LedgerPage
from app.kernel.ledger.views.proofs import ProofsPage

__all__ = ["LedgerPage", "ProofsPage"]
