"""Days and months that were compared, pairs, breaks, and what two people correct of them."""

from app.kernel.reconciliation.models.corrections import CORRECTION_FLOW, ReconCorrection
from app.kernel.reconciliation.models.days import BREAK_FLOW, DAY_FLOW, MONTH_FLOW, UNSETTLED, ReconBreak, ReconDay, ReconMonth, ReconPair

__all__ = [
    "BREAK_FLOW", "CORRECTION_FLOW", "DAY_FLOW", "MONTH_FLOW", "UNSETTLED", "ReconBreak", "ReconCorrection", "ReconDay", "ReconMonth", "ReconPair",
]
