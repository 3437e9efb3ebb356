"""Who may take payments itself, what of each payment is shared, in which requests, and what comes back."""

from app.kernel.sharing.models.accounts import ACCOUNT_FLOW, ShareAccount, ShareReceiver
from app.kernel.sharing.models.calls import CALL_FLOW, RETURN_FLOW, ShareCall, ShareLine, ShareReturn
from app.kernel.sharing.models.sharings import ENDED, SHARING_FLOW, WHY, Sharing

__all__ = [
    "ACCOUNT_FLOW", "CALL_FLOW", "ENDED", "RETURN_FLOW", "SHARING_FLOW", "WHY", "ShareAccount", "ShareCall", "ShareLine", "ShareReceiver",
    "ShareReturn", "Sharing",
]
